"""The name of the processor."""

from __future__ import annotations

import platform
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
"""Where Linux says it; ``platform`` knows only the architecture there."""


def processor() -> str:
    """Name of the processor, such as ``AMD EPYC 7R13``; its architecture if unknown."""
    try:
        lines = _CPUINFO.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if _names(line))
    return next(named, "") or platform.processor() or platform.machine() or "unknown"


def _names(line: str) -> bool:
    return line.startswith("model name")
