"""Devices that train one model together, each its part of every batch."""

from __future__ import annotations

from bench.errors import UsageError


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


def _names() -> list[str]:
    """The devices of JAX, as Keras names them."""
    import jax

    return [f"{device.platform}:{device.id}" for device in jax.local_devices()]
