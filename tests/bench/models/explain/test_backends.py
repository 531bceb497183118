"""Maps are the same on all backends, each in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[4]


def maps_on(backend: str) -> dict[str, list]:
    script = Path(__file__).with_name("maps_on_backend.py")
    precision = {"JAX_DEFAULT_MATMUL_PRECISION": "float32"}
    process = subprocess.run(
        [sys.executable, str(script), backend],
        env=os.environ | precision | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return json.loads(process.stdout)


@pytest.fixture(scope="module")
def on_tensorflow() -> dict[str, list]:
    return maps_on("tensorflow")


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_maps_are_those_of_tensorflow(on_tensorflow: dict, backend: str) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    found = maps_on(backend)
    for method, expected in on_tensorflow.items():
        scale = np.abs(expected).max()
        assert scale > 0
        np.testing.assert_allclose(found[method], expected, atol=0.01 * scale)
