"""Whether the machine has a GPU, known without a backend, and what follows from it."""

from __future__ import annotations

import os
from pathlib import Path

from search_spaces.parts.sizes import BASE, SMALL

DEVICES = Path("/dev")
"""Where Linux shows the GPUs that have a driver, as ``nvidia0`` and so on."""


def has_gpu() -> bool:
    """Whether an NVIDIA GPU with a driver is here, whatever backends can use it."""
    return any(DEVICES.glob("nvidia[0-9]*"))


def gpus() -> int:
    """Number of NVIDIA GPUs that processes of this environment may use."""
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is None:
        return len(list(DEVICES.glob("nvidia[0-9]*")))
    named = [name for name in allowed.split(",") if name.strip() not in ("", "-1")]
    return len(named) if has_gpu() else 0


def default_size() -> str:
    """Size of the search spaces that the machine affords."""
    return BASE if has_gpu() else SMALL
