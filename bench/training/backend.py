"""Which Keras backend trains, chosen before Keras is imported."""

from __future__ import annotations

import gc
import importlib.util
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from bench.errors import UsageError, unknown

BACKENDS = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}
"""The backends of Keras, and the module that each of them needs."""


def choose(name: str | None) -> str:
    """Name the backend that will train: as asked, else ``KERAS_BACKEND``, else
    TensorFlow.

    Raises:
        UsageError: Keras knows no such backend, or it isn't installed.
    """
    chosen = name or os.environ.get("KERAS_BACKEND") or "tensorflow"
    if chosen not in BACKENDS:
        raise UsageError(unknown("backend", chosen, BACKENDS, ", ".join(BACKENDS)))
    if importlib.util.find_spec(BACKENDS[chosen]) is None:
        raise UsageError(
            f"a backend must be installed; {chosen!r} is not: pip install {chosen}, "
            "or choose another with --backend"
        )
    return chosen


def start(name: str) -> None:
    """Import Keras on a backend, quietly, and make its operations repeatable.

    Raises:
        UsageError: Keras already runs on another backend in this process.
    """
    os.environ["KERAS_BACKEND"] = name
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _quiet_import():
        import keras

    if keras.backend.backend() != name:
        raise UsageError(
            f"one process has one backend; Keras already runs on "
            f"{keras.backend.backend()!r}, not {name!r}: start a new process"
        )
    if name == "tensorflow":
        import tensorflow

        # It warns of every fifth program that is traced: here, of every fifth trial.
        tensorflow.get_logger().setLevel("ERROR")
        tensorflow.config.experimental.enable_op_determinism()
    # Collecting garbage after a trial would else look at all of Keras every time.
    gc.freeze()


@contextmanager
def _quiet_import() -> Iterator[None]:
    """Keep from the terminal what TensorFlow's C++ code logs while it is loaded.

    It logs before it looks at TF_CPP_MIN_LOG_LEVEL. If the import fails, what was
    said is shown.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as log:
        terminal = os.dup(2)
        os.dup2(log.fileno(), 2)
        try:
            yield
        except BaseException:
            log.seek(0)
            os.write(terminal, log.read())
            raise
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)


def versions(name: str) -> dict[str, str]:
    """Versions of what determines a score, without importing any of it."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version(), "platform": sys.platform}
    for package in ("keras-leaderboard", "keras", "keras-tuner", BACKENDS[name]):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found
