"""The Keras backend: chosen before Keras is imported, and started for training."""

from __future__ import annotations

import gc
import importlib.util
import os
import platform
import sys
from contextlib import suppress

from bench.errors import UsageError, unknown
from bench.machine import gpus, processor
from bench.text import ERROR, hidden_output
from bench.training.commit import commit

BACKENDS = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}
"""The backends of Keras, and the module that each of them needs."""

DETERMINISTIC = "--xla_gpu_deterministic_ops"
"""Flag of XLA by which a training on a GPU gives the same weights each time. It also
saves XLA the search for the fastest kernels: LeNet's first epoch on MNIST took 5 s
instead of 10 on an H100, and each later one 0.22 s instead of 0.18."""


def choose(name: str | None) -> str:
    """Choose the backend that trains.

    Args:
        name: The backend that the user asked for; None for the one that the
            environment variable ``KERAS_BACKEND`` names, or else TensorFlow.

    Raises:
        UsageError: Keras has no such backend, or the backend isn't installed.
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
    """Import Keras on a backend, and make the backend's operations deterministic.

    Args:
        name: A key of ``BACKENDS``.
        one_thread: Whether operations will run on one thread, see ``settle``. On a
            CPU they are deterministic then anyway, and TensorFlow's deterministic
            cross-entropy, which takes ten times as many operations, isn't needed.

    Raises:
        UsageError: Keras already runs on another backend in this process.
    """
    load(name)
    if name != "tensorflow":
        return
    import tensorflow

    gpus = tensorflow.config.list_physical_devices("GPU")
    has_gpu = bool(gpus)
    for gpu in gpus:  # several processes share a GPU
        with suppress(RuntimeError):  # a notebook may have used it already
            tensorflow.config.experimental.set_memory_growth(gpu, True)
    if has_gpu or not one_thread:
        tensorflow.config.experimental.enable_op_determinism()
    if not has_gpu:
        # Graph optimization takes half of the time that a new model needs to start,
        # and doesn't shorten its epochs on a CPU.
        tensorflow.config.optimizer.set_experimental_options(
            {"disable_meta_optimizer": True}
        )


def load(name: str) -> None:
    """Import Keras on a backend, without log messages and without using a device.

    It takes no time in a process forked from one that imported Keras.

    Args:
        name: A key of ``BACKENDS``.

    Raises:
        UsageError: Keras already runs on another backend in this process.
    """
    check_free(name)
    os.environ["KERAS_BACKEND"] = name
    _set_environment()
    # TensorFlow's C++ code logs before it reads TF_CPP_MIN_LOG_LEVEL.
    with hidden_output(ERROR, shown_after_error=True):
        import keras  # noqa: F401
    if name == "tensorflow":
        import tensorflow

        # TensorFlow warns of every fifth function that is traced, so of many trials.
        tensorflow.get_logger().setLevel("ERROR")
    # Otherwise every garbage collection would visit all objects of Keras; and tracing,
    # which makes many objects but little garbage, would start many collections.
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def check_free(name: str) -> None:
    """Refuse a backend if Keras was imported on another in this process.

    Raises:
        UsageError: With the backend on which it runs.
    """
    keras = sys.modules.get("keras")
    if keras is None or (running := keras.config.backend()) == name:
        return
    raise UsageError(
        f"one process has one backend; Keras already runs on {running!r}, not "
        f"{name!r}: start a new process"
    )


def share() -> str:
    """Let workers use the backend on which Keras runs here already, and its GPUs.

    Returns:
        The backend's name.
    """
    import keras

    name: str = keras.backend.backend()
    os.environ["KERAS_BACKEND"] = name
    _set_environment()
    if name == "tensorflow":
        import tensorflow

        for gpu in tensorflow.config.list_physical_devices("GPU"):
            with suppress(RuntimeError):  # this process uses it already
                tensorflow.config.experimental.set_memory_growth(gpu, True)
    return name


def _set_environment() -> None:
    """Set variables that backends read when they are imported or first used.

    Those that the user has set are kept.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # The study's process and its workers share a GPU; JAX would give three quarters of
    # the memory to the first of them.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    flags = os.environ.get("XLA_FLAGS", "")
    if DETERMINISTIC not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} {DETERMINISTIC}=true".strip()
    # Otherwise PyTorch starts CUDA to look for GPUs, and so in the process that workers
    # are forked from, and refuses to use a GPU in them.
    os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")


def settle(name: str, slot: int, threads: int = 1) -> None:
    """Restrict a worker to one GPU if there are any, and to some threads.

    The worker takes memory of its GPU only as it needs it. JAX can't be restricted to
    threads in a process that is running.

    Args:
        name: The backend, started in this process but not used yet.
        slot: Number of the worker, from 0.
        threads: Number of threads on which an operation runs.
    """
    _SETTLE[name](slot, threads)


def _settle_tensorflow(slot: int, threads: int) -> None:
    import tensorflow

    config = tensorflow.config
    config.threading.set_intra_op_parallelism_threads(threads)
    config.threading.set_inter_op_parallelism_threads(1)
    devices = config.list_physical_devices("GPU")
    if devices:
        device = devices[slot % len(devices)]
        config.set_visible_devices(device, "GPU")
        config.experimental.set_memory_growth(device, True)


def _settle_jax(slot: int, threads: int) -> None:
    import jax

    devices = jax.local_devices()
    jax.config.update("jax_default_device", devices[slot % len(devices)])


def _settle_torch(slot: int, threads: int) -> None:
    import torch

    torch.set_num_threads(threads)
    if devices := torch.cuda.device_count():
        torch.cuda.set_device(slot % devices)


_SETTLE = {
    "tensorflow": _settle_tensorflow,
    "jax": _settle_jax,
    "torch": _settle_torch,
}


def default_workers(name: str) -> int:
    """Number of GPUs, or else of the cores that this process may use."""
    return _gpus(name) or cores()


def cores() -> int:
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _gpus(name: str) -> int:
    """Number of GPUs that a backend can use."""
    if name == "tensorflow":
        import tensorflow

        return len(tensorflow.config.list_physical_devices("GPU"))
    if name == "jax":
        import jax

        return sum(device.platform == "gpu" for device in jax.local_devices())
    import torch

    return int(torch.cuda.device_count())


OF_ONE_MACHINE = ("processor", "cores", "gpus", "commit")
"""Names among ``versions`` in which the machines of a search may differ."""


def shared_versions(name: str) -> dict[str, str]:
    """Versions that all machines of a search must share.

    Args:
        name: A key of ``BACKENDS``.
    """
    known = versions(name)
    return {name: known[name] for name in known if name not in OF_ONE_MACHINE}


def versions(name: str) -> dict[str, str]:
    """What determines scores: versions of packages, without importing them, and more.

    ``processor`` is its name, ``cores`` and ``gpus`` are the numbers that this process
    may use, without ``gpus`` if there are none, and ``commit`` is that of the toolkit's
    own source, where it runs from a checkout.

    Args:
        name: A key of ``BACKENDS``.
    """
    from importlib.metadata import PackageNotFoundError, version

    versions = {
        "python": platform.python_version(),
        "platform": sys.platform,
        "processor": processor(),
        "cores": str(cores()),
    }
    if count := gpus():
        versions["gpus"] = str(count)
    for package in ("keras-leaderboard", "keras", "keras-tuner", BACKENDS[name]):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "unknown"
    if (source := commit()) is not None:
        versions["commit"] = source
    return versions
