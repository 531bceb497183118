"""Starts the process from which workers are forked as a copy of this process.

Importing Keras takes seconds of a core and hundreds of MiB. ``multiprocessing`` starts
a new interpreter that imports all of it again; a copy has it already, and shares its
memory with this process for as long as neither writes to it.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Sequence
from multiprocessing import forkserver, resource_tracker, util
from pathlib import Path
from typing import Any

PATIENCE = 0.3
"""Seconds that another thread has to end."""

_DESCRIPTORS = Path("/proc/self/fd")


def can_copy() -> bool:
    """Whether this process can be copied: on Linux, while no other thread runs.

    Another thread may hold a lock, which nobody would release in the copy. One that
    has been told to end, such as that of a display, may take a moment.
    """
    if sys.platform != "linux":
        return False
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(PATIENCE)
    return threading.active_count() == 1


def start() -> None:
    """Start the fork server as a copy, unless it runs already.

    Must be called before this process uses a device or starts threads: neither would
    survive in a copy.
    """
    resource_tracker.ensure_running()  # starts an interpreter, as it must
    internals: Any = util
    spawn = internals.spawnv_passfds
    internals.spawnv_passfds = _copy
    try:
        forkserver.ensure_running()
    finally:
        internals.spawnv_passfds = spawn


def _copy(path: str, arguments: Sequence[str], descriptors: Sequence[int]) -> int:
    """Do in a copy of this process what an interpreter was to be started for.

    Args:
        path: Of the interpreter.
        arguments: Of the interpreter; the last is the program.
        descriptors: Of files that the program uses.

    Returns:
        The number of the process.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()  # or workers would write it once more
    with warnings.catch_warnings():
        # Python 3.12 warns of native threads. Those of OpenBLAS, which importing NumPy
        # starts, are ended and begun again around a fork.
        warnings.simplefilter("ignore", DeprecationWarning)
        number = os.fork()
    if number:
        return number
    code = 1
    try:
        _forget_origin(descriptors)
        exec(arguments[-1], {})
    except SystemExit:
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _forget_origin(descriptors: Sequence[int]) -> None:
    """Become as a new process is: without the files, handlers and locks of the origin.

    Args:
        descriptors: Of files that are kept.
    """
    for number in signal.valid_signals():
        handler = signal.getsignal(number)
        if callable(handler) and handler is not signal.default_int_handler:
            signal.signal(number, signal.SIG_DFL)
    gc.freeze()  # what is never collected closes no descriptor that has another use
    server: Any = forkserver
    server._forkserver.__init__()  # it was locked while this process was started
    for name in os.listdir(_DESCRIPTORS):
        if int(name) > 2 and int(name) not in descriptors:
            try:
                os.close(int(name))
            except OSError:  # that of the folder itself
                continue
