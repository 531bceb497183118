"""Memory: what there is, and the refusal of images that would take more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil

from bench.errors import DatasetError

_GIB = 2**30

_OF_CONTAINER = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes",
    ),
)
"""Files of the limit and of the use of a container's memory, of both versions."""


def available() -> int:
    """Bytes that this process can take, by the machine, its container and its limit."""
    return max(0, min(_bounds()))


def check(needed: int, images: str, way_out: str) -> None:
    """Refuse images that would take more memory than there is.

    Args:
        needed: Bytes at the peak of loading.
        images: What takes them, such as ``600 images of 64x64``.
        way_out: What the user can do.

    Raises:
        DatasetError: There is less; both are said in GiB.
    """
    if needed > (free := available()):
        raise DatasetError(
            f"images must fit in memory; {images} take {needed / _GIB:,.1f} GiB while "
            f"they are loaded, and {free / _GIB:,.1f} GiB are free: {way_out}"
        )


def _bounds() -> Iterator[int]:
    yield psutil.virtual_memory().available
    for limit, used in _OF_CONTAINER:
        try:
            yield int(Path(limit).read_text()) - int(Path(used).read_text())
        except (OSError, ValueError):  # there is no such container, or no limit
            continue
    try:
        import resource
    except ImportError:  # on Windows
        return
    limit_here, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit_here != resource.RLIM_INFINITY:
        yield limit_here - psutil.Process().memory_info().vms
