"""The name of the processor, and what it can compute with."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
"""Where Linux says it; ``platform`` knows only the architecture there."""


_FASTER = {"avx512_bf16", "amx_bf16"}
"""Flags of processors where training was measured to be faster in bfloat16."""

_BFLOAT16 = _FASTER | {"bf16"}
"""Flags of processors that multiply bfloat16; the last one is that of ARM."""


def processor() -> str:
    """Name of the processor, such as ``AMD EPYC 7R13``; its architecture if unknown."""
    named = next(_said_of("model name"), "")
    return named or platform.processor() or platform.machine() or "unknown"


def computes_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16; unknown elsewhere than on Linux."""
    return bool(_BFLOAT16 & _flags())


@cache
def gains_by_bfloat16() -> bool:
    """Whether it has AVX512_BF16 or AMX, where bfloat16 was measured to be faster."""
    return not _FASTER.isdisjoint(_flags())


def _flags() -> set[str]:
    said = (*_said_of("flags"), *_said_of("Features"))
    return {flag for text in said for flag in text.split()}


def _said_of(name: str) -> Iterator[str]:
    """What Linux says of each core under a name."""
    try:
        lines = _CPUINFO.read_text(errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        if line.startswith(name):
            yield line.partition(":")[2].strip()
