"""Pickles a search for its workers, with what they could not import.

It travels through the pipes to the workers, which nobody else can write to.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from types import ModuleType
from typing import Any

import cloudpickle
import keras

from bench.training.by_value import can_be_found


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


def registered() -> dict[str, Any]:
    """Layers and the like that a script or a notebook has registered with Keras."""
    own = {"__main__", *(module.__name__ for module in _own_modules())}
    return {
        name: kind
        for name, kind in keras.saving.get_custom_objects().items()
        if getattr(kind, "__module__", None) in own
    }


def register(kinds: Mapping[str, Any]) -> None:
    """Register with Keras what another process has registered.

    Args:
        kinds: Classes and functions by their names, ``PACKAGE>NAME``.
    """
    for full_name, kind in kinds.items():
        package, has_package, name = full_name.partition(">")
        if has_package:
            keras.saving.register_keras_serializable(package, name)(kind)
        else:
            keras.saving.get_custom_objects()[full_name] = kind


def _own_modules() -> Iterator[ModuleType]:
    """Modules in files that a new process would not find; never the main module."""
    is_found: dict[str, bool] = {"__main__": True, "__mp_main__": True}
    for name, module in list(sys.modules.items()):
        if not getattr(module, "__file__", None) or module.__name__ != name:
            continue
        package = name.partition(".")[0]
        if package not in is_found:
            is_found[package] = can_be_found(package)
        if not is_found[package]:
            yield module
