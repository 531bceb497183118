"""Lets processes end with the process that they work for, however that one ended."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import wait

_PR_SET_PDEATHSIG = 1
"""Option of ``prctl(2)``: the signal that a process gets when its parent has ended."""


def end_with_parent() -> None:
    """Let the kernel kill this process when its parent ends; on Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def end_with_pool() -> None:
    """End this worker as soon as the process that holds its pool has ended.

    A thread waits for that. A worker that is stopped, or whose threads get no turn,
    would not notice, so the kernel kills it when the fork server ends, which ends with
    the same process.
    """
    holder = multiprocessing.parent_process()
    if holder is None:
        return
    end_with_parent()
    if not holder.is_alive():  # it ended before the kernel was asked
        os._exit(1)
    threading.Thread(target=_end_after, args=(holder.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
