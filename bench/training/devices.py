"""Devices that train: those that share a model, and what they compute with."""

from __future__ import annotations

from typing import Any

from bench.errors import UsageError
from bench.machine import computes_bfloat16, processor
from bench.records import FLOAT32

TENSORFLOW = "tensorflow"
"""The backend with kernels of bfloat16 for processors, by oneDNN."""

MIN_CAPABILITY = 8.0
"""Compute capability of NVIDIA's GPUs from which on they multiply bfloat16."""


def check_backend(name: str, count: int) -> None:
    """Refuse several devices for a model on a backend that can't divide batches.

    Raises:
        UsageError: With the backend that can.
    """
    if count > 1 and name != "jax":
        raise UsageError(
            f"--devices divides batches among devices on jax only, not on {name}: add "
            "--backend jax, or leave out --devices"
        )


def check_seeds(name: str, count: int) -> None:
    """Refuse seeds that train together on a backend that has no such program.

    Raises:
        UsageError: With the backend that has.
    """
    if count > 1 and name != "jax":
        raise UsageError(
            f"--seeds-at-once trains seeds as one program on jax only, not on {name}; "
            f"it is {count}: add --backend jax, or leave out --seeds-at-once"
        )


def check_count(count: int, workers: int | None) -> None:
    """Refuse more devices than JAX has, for a model or for all workers together.

    Args:
        count: Number of devices that train a model together.
        workers: Number of workers; None for as many as there are devices for.

    Raises:
        UsageError: With the devices that are there.
    """
    if count == 1:
        return
    names = _names()
    has = f"jax has {len(names)} ({', '.join(names)})"
    if count > len(names):
        raise UsageError(
            f"--devices takes at most as many devices as there are; {count} are asked "
            f"for, and {has}: give --devices {len(names)}"
        )
    if workers is not None and workers * count > len(names):
        raise UsageError(
            f"each of --workers has --devices of its own; {workers} workers with "
            f"{count} devices each are asked for, and {has}: give --workers "
            f"{groups(count)}"
        )


def groups(count: int) -> int:
    """Number of workers that can have so many devices each."""
    return max(1, len(_names()) // count)


def of_worker(slot: int, count: int) -> tuple[str, ...]:
    """Names of the devices on which a worker trains each model; empty for one device.

    Args:
        slot: Number of the worker, from 0.
        count: Number of devices that train a model together.
    """
    if count == 1:
        return ()
    names = _names()
    return tuple(names[(slot * count + i) % len(names)] for i in range(count))


def check_precision(name: str, precision: str) -> None:
    """Refuse a precision that the devices of a backend only imitate, slowly.

    Args:
        name: The backend, which is started.
        precision: Numbers in which networks compute.

    Raises:
        UsageError: With the device that lacks it.
    """
    if precision == FLOAT32:
        return
    capabilities = _CAPABILITIES[name]()
    if any(capability < MIN_CAPABILITY for capability in capabilities):
        device = f"a GPU of compute capability {min(capabilities):g}"
    elif capabilities or (name == TENSORFLOW and computes_bfloat16()):
        return
    else:
        device = f"{processor()}, with {name}"
    raise UsageError(
        f"--precision {precision} needs a processor that is known to multiply it, with "
        f"tensorflow, or a GPU of compute capability {MIN_CAPABILITY:g}; here is "
        f"{device}, which would take several times as long: leave it out"
    )


def _tensorflow_capabilities() -> list[float]:
    """Compute capabilities of the GPUs; those of other makers count as new."""
    import tensorflow

    details = tensorflow.config.experimental.get_device_details
    gpus = map(details, tensorflow.config.list_physical_devices("GPU"))
    pairs = [gpu.get("compute_capability", (MIN_CAPABILITY, 0)) for gpu in gpus]
    return [float(f"{major:g}.{minor}") for major, minor in pairs]


def _jax_capabilities() -> list[float]:
    import jax

    return [
        _number(getattr(device, "compute_capability", MIN_CAPABILITY))
        for device in jax.local_devices()
        if device.platform != "cpu"
    ]


def _number(capability: Any) -> float:
    """NVIDIA's are numbers; those of other makers count as new."""
    try:
        return float(capability)
    except ValueError:
        return MIN_CAPABILITY


def _torch_capabilities() -> list[float]:
    import torch

    devices = range(torch.cuda.device_count())
    pairs = map(torch.cuda.get_device_capability, devices)
    return [float(f"{major}.{minor}") for major, minor in pairs]


_CAPABILITIES: dict[str, Any] = {
    "tensorflow": _tensorflow_capabilities,
    "jax": _jax_capabilities,
    "torch": _torch_capabilities,
}
"""Capabilities of the accelerators that a backend trains on; empty for a processor."""


def _names() -> list[str]:
    """The devices of JAX, as Keras names them."""
    import jax

    return [f"{device.platform}:{device.id}" for device in jax.local_devices()]
