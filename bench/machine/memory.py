"""The memory that is free, by the machine, its container and the process's limit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil


class _Container(NamedTuple):
    """Files of a container's memory on Linux.

    Attributes:
        limit: Bytes that it may take.
        used: Bytes that it takes, cached files included.
        details: Says how many bytes are cached files.
        cached: Name in it of cached files that have not been used of late, which the
            system drops before memory is short.
    """

    limit: Path
    used: Path
    details: Path
    cached: str


_VERSION_2, _VERSION_1 = Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/memory")
CONTAINERS = (
    _Container(
        _VERSION_2 / "memory.max",
        _VERSION_2 / "memory.current",
        _VERSION_2 / "memory.stat",
        "inactive_file",
    ),
    _Container(
        _VERSION_1 / "memory.limit_in_bytes",
        _VERSION_1 / "memory.usage_in_bytes",
        _VERSION_1 / "memory.stat",
        "total_inactive_file",
    ),
)


def available_memory() -> int:
    """Bytes that this process can take."""
    return max(0, min(_bounds()))


def _bounds() -> Iterator[int]:
    yield psutil.virtual_memory().available
    for container in CONTAINERS:
        try:
            yield _free(container)
        except (OSError, ValueError):  # there is no such container, or no limit
            continue
    try:
        import resource
    except ImportError:  # on Windows
        return
    limit_here, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit_here != resource.RLIM_INFINITY:
        yield limit_here - psutil.Process().memory_info().vms


def _free(container: _Container) -> int:
    limit, used = (int(path.read_text()) for path in container[:2])
    lines = (line.split() for line in container.details.read_text().splitlines())
    cached = {name: int(value) for name, value in lines}.get(container.cached, 0)
    return limit - (used - cached)
