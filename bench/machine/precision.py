"""Whether bfloat16 is worth its rounding for a family on this machine."""

from __future__ import annotations

from bench.machine.accelerator import has_gpu
from bench.machine.processor import gains_by_bfloat16
from search_spaces import FAMILIES

MIN_SIDE = 28
"""Minimum height and width of images, in pixels. From these on, networks trained 1.3
to 2.0 times as fast in bfloat16 (``performance/README.md``, Precision); at 8 pixels
0.98 to 1.2 times, since little of an epoch is multiplication there."""


def prefers_bfloat16(family: str, backend: str, side: int) -> bool:
    """Whether a family trains in bfloat16 unless a user asks for float32.

    It was measured with TensorFlow on processors with AVX512_BF16 or AMX, and of
    families whose configurations rank as in float32.

    Args:
        family: Name or place of the family.
        backend: The Keras backend that trains.
        side: The shorter side of the images, in pixels.
    """
    entry = FAMILIES.get(family)
    if entry is None or not entry.ranks_in_bfloat16 or side < MIN_SIDE:
        return False
    is_on_cpu = backend == "tensorflow" and not has_gpu()
    return is_on_cpu and gains_by_bfloat16()
