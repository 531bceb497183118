"""Epochs on JAX, in a separate process since a process has one Keras backend."""

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

REPOSITORY = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def results() -> dict:
    """What ``jax_trials.py`` prints."""
    script = Path(__file__).with_name("jax_trials.py")
    # On a GPU JAX multiplies with 10 bits of a mantissa unless told otherwise.
    precision = {"JAX_DEFAULT_MATMUL_PRECISION": "float32"}
    process = subprocess.run(
        [sys.executable, str(script)],
        env=os.environ | precision | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return json.loads(process.stdout)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_jax_epochs_equal_training_batch_by_batch(
    results: dict, optimizer: str
) -> None:
    result = results[optimizer]
    assert result["module"] == "bench.training.compiled.jax_epochs"
    assert result["largest_difference"] < 1e-4
    assert result["metrics"][1]["loss"] < result["metrics"][0]["loss"]


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_reused_compiled_model_gives_the_same_result(
    results: dict, optimizer: str
) -> None:
    result = results[optimizer]
    assert result["is_reused"]
    assert result["new_traces"] == 0
    assert result["metrics_of_reused"] == result["metrics"]


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_limited_jax_epoch_equals_an_undivided_one_or_is_cut_short(
    results: dict, optimizer: str
) -> None:
    result = results[optimizer]
    for limited, metrics in zip(
        result["metrics_in_pieces"], result["metrics"], strict=True
    ):
        assert limited == pytest.approx(metrics, rel=1e-4, abs=1e-5)
    assert result["validated"]
    assert result["share_of_cut"] == pytest.approx(100)  # its first batch
