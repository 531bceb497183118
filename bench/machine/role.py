"""Whether this process trains for another one."""

from __future__ import annotations

import multiprocessing

WORKER = "bench worker"
"""Beginning of the names of worker processes."""


def is_worker() -> bool:
    """Whether this process is a worker of a study, and so may be ended.

    A study itself may run in the child of another process.
    """
    return multiprocessing.current_process().name.startswith(WORKER)
