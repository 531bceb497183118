"""The table of families and the options are available without Keras."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "package",
    [
        "search_spaces",
        "search_spaces.parts",
        "search_spaces.parts.options",
        "search_spaces.parts.sizes",
    ],
)
def test_import_does_not_import_keras(package: str) -> None:
    code = f"import sys, {package}; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = {name.partition(".")[0] for name in done.stdout.split()}
    assert "search_spaces" in imported
    assert not imported & {"keras", "keras_tuner", "tensorflow", "numpy", "bench"}
