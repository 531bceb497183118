"""Whether the machine has a GPU, known without a backend."""

from __future__ import annotations

from pathlib import Path

DEVICES = Path("/dev")
"""Where Linux shows the GPUs that have a driver, as ``nvidia0`` and so on."""


def has_gpu() -> bool:
    """Whether an NVIDIA GPU with a driver is here, whatever backends can use it."""
    return any(DEVICES.glob("nvidia[0-9]*"))
