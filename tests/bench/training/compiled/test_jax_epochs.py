"""Epochs on JAX; Keras has one backend a process, so in another one."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("jax") is None, reason="jax is not installed"
    ),
]


@pytest.fixture(scope="module")
def found() -> dict:
    script = Path(__file__).with_name("jax_epochs.py")
    done = subprocess.run(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_scanned_epochs_equal_training_batch_by_batch(
    found: dict, optimizer: str
) -> None:
    of = found[optimizer]
    assert of["kind"] == "bench.training.compiled.jax_epochs"
    assert of["largest_difference"] < 1e-4
    assert of["logs"][1]["loss"] < of["logs"][0]["loss"]


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_reused_program_gives_the_same_result(found: dict, optimizer: str) -> None:
    of = found[optimizer]
    assert of["is_reused"]
    assert of["traces"] == 1
    assert of["again"] == of["logs"]
