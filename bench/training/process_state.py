"""Settings of the process beside those of Keras, which a model's code may change."""

from __future__ import annotations

import builtins
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from bench.training.global_state import GlobalState, Members, Setting


def process_state() -> GlobalState:
    """The current settings of this process."""
    return GlobalState(PROCESS_SETTINGS)


def import_state() -> GlobalState:
    """Where this process imports from, and what it has imported."""
    return GlobalState(IMPORT_SETTINGS)


def _set_environment(variables: dict[str, str]) -> None:
    for name in set(os.environ) - set(variables):
        del os.environ[name]
    for name, value in variables.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _handlers() -> dict[int, Any]:
    return {number: signal.getsignal(number) for number in signal.valid_signals()}


def _set_handlers(handlers: dict[int, Any]) -> None:
    for number, handler in handlers.items():
        # Python can't set those of other code, nor any outside of the main thread.
        with suppress(TypeError, ValueError):
            if signal.getsignal(number) != handler:
                signal.signal(number, handler)


def _is_timed() -> bool:
    return hasattr(signal, "getitimer") and signal.getitimer(signal.ITIMER_REAL)[0] > 0


def _set_timed(_: bool) -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)


def _streams() -> tuple[Any, Any, Any]:
    return sys.stdin, sys.stdout, sys.stderr


def _set_streams(streams: tuple[Any, Any, Any]) -> None:
    sys.stdin, sys.stdout, sys.stderr = streams


def _tracers() -> tuple[Any, Any]:
    return sys.gettrace(), sys.getprofile()


def _set_tracers(tracers: tuple[Any, Any]) -> None:
    sys.settrace(tracers[0])
    sys.setprofile(tracers[1])


def _logging() -> tuple[int, int, list[logging.Handler]]:
    root = logging.getLogger()
    return root.level, root.manager.disable, list(root.handlers)


def _set_logging(values: tuple[int, int, list[logging.Handler]]) -> None:
    root = logging.getLogger()
    root.setLevel(values[0])
    logging.disable(values[1])
    root.handlers[:] = values[2]


def _collection() -> tuple[bool, tuple[int, int, int]]:
    return gc.isenabled(), gc.get_threshold()


def _set_collection(values: tuple[bool, tuple[int, int, int]]) -> None:
    (gc.enable if values[0] else gc.disable)()
    gc.set_threshold(*values[1])


def _replacer(target: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """Puts members that were removed or replaced back; new members stay."""

    def replace(values: dict[str, Any]) -> None:
        target.update(values)

    return replace


PROCESS_SETTINGS = (
    # First, since the code that restores the others needs them.
    Setting(
        "Python's builtins",
        lambda: Members(vars(builtins)),
        _replacer(vars(builtins)),
    ),
    Setting("the working directory", os.getcwd, os.chdir),
    Setting("environment variables", lambda: os.environ.copy(), _set_environment),
    Setting("the umask", _umask, os.umask),
    Setting("signal handlers", _handlers, _set_handlers),
    Setting("the alarm clock", _is_timed, _set_timed),
    Setting("the standard streams", _streams, _set_streams),
    Setting("tracing of Python", _tracers, _set_tracers),
    Setting("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
    Setting("NumPy's handling of errors", np.geterr, lambda e: np.seterr(**e)),
    Setting("garbage collection", _collection, _set_collection),
    Setting("logging", _logging, _set_logging, matters=False),
)
"""Settings of a process that have no part in the models of a study."""

IMPORT_SETTINGS = (
    Setting(
        "the module search path",
        lambda: list(sys.path),
        lambda path: sys.path.__setitem__(slice(None), path),
        matters=False,
    ),
    Setting("modules", lambda: Members(sys.modules), _replacer(sys.modules)),
)
"""What a file may change for good where it is imported, but no ``build``."""
