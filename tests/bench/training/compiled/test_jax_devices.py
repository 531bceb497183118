"""Batches that two devices of JAX share, in a process that has two virtual ones."""

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


def on_two_devices(*words: str) -> subprocess.CompletedProcess[str]:
    """Run Python where JAX has two devices of the processor."""
    two = {
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": str(REPOSITORY),
    }
    return subprocess.run(
        [sys.executable, *words],
        env=os.environ | two,
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.fixture(scope="module")
def results() -> dict:
    """What ``jax_shared_batches.py`` prints."""
    script = Path(__file__).with_name("jax_shared_batches.py")
    process = on_two_devices(str(script))
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


@pytest.mark.parametrize(
    ("case", "largest"),
    # Batch normalization divides by what may be small, and so magnifies rounding.
    [("divided", 1e-5), ("odd", 1e-5), ("normalized", 1e-3)],
)
def test_two_devices_train_the_model_that_one_trains(
    results: dict, case: str, largest: float
) -> None:
    result = results[case]
    assert result["difference"] < largest
    assert result["of_metrics"] < largest
    assert result["losses"][1] < result["losses"][0]


def test_devices_add_what_each_computed_of_a_batch(results: dict) -> None:
    assert results["divided"]["all_reduces"] > 0
    assert results["normalized"]["all_reduces"] > 0


def test_batch_of_an_odd_size_is_computed_whole_by_each_device(results: dict) -> None:
    assert results["odd"]["all_reduces"] == 0


def test_search_trains_on_two_devices(tmp_path: Path) -> None:
    words = "search lenet --backend jax --devices 2 --trials 2 --epochs 2 --seeds 1"
    done = on_two_devices(
        *("-m", "bench", *words.split(), "--skip-default", "--tuner", "random"),
        *("--results", str(tmp_path)),
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Traceback" not in done.stdout


def test_more_devices_than_there_are_are_refused(tmp_path: Path) -> None:
    words = ["search", "lenet", "--backend", "jax", "--devices", "3", "--results"]
    done = on_two_devices("-m", "bench", *words, str(tmp_path))
    assert done.returncode == 2
    assert done.stderr == (
        "error: --devices takes at most as many devices as there are; 3 are asked for, "
        "and jax has 2 (cpu:0, cpu:1): give --devices 2\n"
    )
