"""The refusal of images that would take more memory than there is."""

from __future__ import annotations

from bench.errors import DatasetError
from bench.machine import available_memory

_GIB = 2**30


def check(needed: int, images: str, way_out: str) -> None:
    """Refuse images that would take more memory than there is.

    Args:
        needed: Bytes at the peak of loading.
        images: What takes them, such as ``600 images of 64x64``.
        way_out: What the user can do.

    Raises:
        DatasetError: There is less; both are said in GiB.
    """
    if needed > (free := available_memory()):
        raise DatasetError(
            f"images must fit in memory; {images} take {needed / _GIB:,.1f} GiB while "
            f"they are loaded, and {free / _GIB:,.1f} GiB are free: {way_out}"
        )
