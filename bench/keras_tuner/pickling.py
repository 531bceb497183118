"""Pickles a search for its workers, with what they could not import."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from types import ModuleType

import cloudpickle


def pickled(value: object) -> bytes:
    """Pickle by cloudpickle; by value what a script, a notebook or a test defines.

    Args:
        value: What workers get through their pipes.

    Raises:
        Exception: It can't be pickled.
    """
    with ExitStack() as undo:
        for module in _own_modules():
            cloudpickle.register_pickle_by_value(module)
            undo.callback(cloudpickle.unregister_pickle_by_value, module)
        content: bytes = cloudpickle.dumps(value)
    return content


def _own_modules() -> Iterator[ModuleType]:
    """Modules in files that a new process would not find; never the main module."""
    is_found: dict[str, bool] = {"__main__": True, "__mp_main__": True}
    for name, module in list(sys.modules.items()):
        if not getattr(module, "__file__", None) or module.__name__ != name:
            continue
        package = name.partition(".")[0]
        if package not in is_found:
            is_found[package] = _can_be_found(package)
        if not is_found[package]:
            yield module


def _can_be_found(name: str) -> bool:
    finders = (getattr(finder, "find_spec", None) for finder in sys.meta_path)
    return any(find is not None and find(name, None) for find in finders)
