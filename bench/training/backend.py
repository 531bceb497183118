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


def start(name: str, *, one_thread: bool = False) -> None:
    """Import Keras on a backend and make its operations repeatable.

    Args:
        name: The backend.
        one_thread: Operations will run on one thread, as ``settle`` makes them, and
            so repeat by themselves on a CPU. TensorFlow's repeatable cross-entropy
            has ten times the operations of the other one.

    Raises:
        UsageError: Keras already runs on another backend in this process.
    """
    load(name)
    if name != "tensorflow":
        return
    import tensorflow

    gpus = tensorflow.config.list_physical_devices("GPU")
    has_gpu = bool(gpus)
    for gpu in gpus:  # which all of its processes share
        tensorflow.config.experimental.set_memory_growth(gpu, True)
    if has_gpu or not one_thread:
        tensorflow.config.experimental.enable_op_determinism()
    if not has_gpu:
        # It takes half of a new program's start, and an epoch is no shorter for it
        # on a CPU.
        tensorflow.config.optimizer.set_experimental_options(
            {"disable_meta_optimizer": True}
        )


def load(name: str) -> None:
    """Import Keras on a backend, quietly, and look at no device yet.

    In a process whose parent imported it, this takes no time.

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
    # Collecting garbage after a trial would else look at all of Keras every time, and
    # while a program is traced, which makes many objects but no garbage, often.
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def settle(name: str, slot: int) -> None:
    """Give a worker one thread, or one accelerator with memory as it needs it.

    Args:
        name: The backend, started in this process but not used yet.
        slot: The worker's number, from 0.
    """
    if name == "torch":
        import torch

        torch.set_num_threads(1)
    if name != "tensorflow":
        return
    import tensorflow

    config = tensorflow.config
    config.threading.set_intra_op_parallelism_threads(1)
    config.threading.set_inter_op_parallelism_threads(1)
    devices = config.list_physical_devices("GPU")
    if devices:
        device = devices[slot % len(devices)]
        config.set_visible_devices(device, "GPU")
        config.experimental.set_memory_growth(device, True)


def default_workers(name: str) -> int:
    """One worker for each accelerator, or for each core that this process may use."""
    if name == "tensorflow":
        import tensorflow

        devices = len(tensorflow.config.list_physical_devices("GPU"))
        if devices:
            return devices
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
