"""Memory: what there is, and the refusal of images that would take more."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

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
    yield _of_machine()
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
        yield limit_here - _page_size() * _pages_of_this_process()


def _of_machine() -> int:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        values = dict(line.split(":") for line in lines)
        return 1024 * int(values["MemAvailable"].split()[0])
    except (OSError, KeyError, ValueError):  # no Linux: all memory, used or not
        return _page_size() * os.sysconf("SC_PHYS_PAGES")


def _pages_of_this_process() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError):
        return 0


def _page_size() -> int:
    return os.sysconf("SC_PAGE_SIZE")
