"""Families that are sent to workers by value: those of a notebook or a script.

They travel through the pipe to a worker, which nobody else can write to.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import isclass, isfunction
from types import ModuleType
from typing import Any

import cloudpickle

from bench.errors import FamilyError, shortened
from bench.records import IN_MAIN, FamilyDefinition
from bench.training.meaning import fingerprint
from search_spaces import FAMILIES

MAX_BYTES = 64 * 2**20
"""Bytes of a family by value, which each worker gets when it starts."""


def place_of(family: Any) -> str | FamilyDefinition:
    """Where other processes find a family: its name, or the family itself by value.

    Args:
        family: A name, a class, a function ``build(hp)`` or a hypermodel. What an
            installed module or one beside the script defines is named.

    Raises:
        FamilyError: It has to be sent by value, and can't be pickled or is too large.
    """
    if isinstance(family, str):
        return family
    module = sys.modules.get(getattr(family, "__module__", ""))
    name = getattr(family, "__qualname__", "")
    is_global = module is not None and getattr(module, name, None) is family
    if module is None or not is_global or not is_importable(module):
        return _defined(family)
    location = f"{module.__name__}:{name}"
    ours = (key for key, entry in FAMILIES.items() if entry.location == location)
    return next(ours, location)


def restored(definition: FamilyDefinition) -> Any:
    """The family that was sent by value.

    Raises:
        FamilyError: It needs a module that this process can't import.
    """
    try:
        family, registered = pickle.loads(definition.pickled)
        for name, value in registered:
            _register(name, value)
        return family
    except Exception as error:  # whatever a module that it imports raises
        raise FamilyError(
            f"a worker must be able to import what a family uses; for "
            f"{definition.name!r} it can't ({type(error).__name__}: "
            f"{_one_line(error)}): install that module, or put it beside the notebook"
        ) from error


def surroundings(family: Any) -> ModuleType:
    """A module of what a family by value refers to, such as layers of its own."""
    kind = family if isclass(family) else type(family)
    functions = [family] if isfunction(family) else vars(kind).values()
    module = ModuleType(IN_MAIN.rstrip(":"))
    for function in filter(isfunction, functions):
        around = zip(
            function.__code__.co_freevars, function.__closure__ or (), strict=True
        )
        vars(module).update(function.__globals__)
        vars(module).update({name: cell.cell_contents for name, cell in around})
    return module


def is_importable(module: ModuleType) -> bool:
    """Whether another process can import a module by its name."""
    name = module.__name__.partition(".")[0]
    if name == "__main__":
        return False
    return can_be_found(name)


def can_be_found(name: str) -> bool:
    """Whether another process can find a package or a module at the root."""
    finders = (getattr(finder, "find_spec", None) for finder in sys.meta_path)
    return any(find is not None and find(name, None) for find in finders)


def _defined(family: Any) -> FamilyDefinition:
    own_name = getattr(family, "__name__", type(family).__name__)
    name = f"{IN_MAIN}{own_name}"
    try:
        with _modules_by_value(family):
            pickled = cloudpickle.dumps((family, _registered()))
        digest = fingerprint(family)
    except Exception as error:  # whatever an object of the user's raises
        raise FamilyError(
            f"a family that is no part of a module is sent to workers by cloudpickle; "
            f"{name!r} can't be ({_one_line(error)}): leave what can't be pickled out "
            "of it, or write it to a file and give PATH.py:NAME"
        ) from error
    if len(pickled) > MAX_BYTES:
        raise FamilyError(
            f"a family by value must have at most {MAX_BYTES >> 20} MiB; {name!r} "
            f"refers to objects of {len(pickled) >> 20:,} MiB, such as a whole data "
            "set: refer to what it needs of them alone, such as shape = X.shape[1:]"
        )
    return FamilyDefinition(name=name, pickled=pickled, fingerprint=digest)


@contextmanager
def _modules_by_value(family: Any) -> Iterator[None]:
    """Let cloudpickle send what a module defines that workers can't import."""
    kind = family if hasattr(family, "__qualname__") else type(family)
    module = sys.modules.get(kind.__module__)
    if module is None or module.__name__ == "__main__" or is_importable(module):
        yield
        return
    cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        cloudpickle.unregister_pickle_by_value(module)


def _registered() -> list[tuple[str, Any]]:
    """What a session has registered with Keras, so that models with it are loaded."""
    keras = sys.modules.get("keras")
    if keras is None:
        return []
    objects = keras.saving.get_custom_objects()
    return [(name, value) for name, value in objects.items() if _is_sendable(value)]


def _is_sendable(value: Any) -> bool:
    """Whether an object is of this session alone, and can be pickled."""
    module = sys.modules.get(getattr(value, "__module__", None) or "__main__")
    if module is not None and is_importable(module):
        return False
    try:
        cloudpickle.dumps(value)
    except Exception:  # whatever it holds; a model that needs it says so itself
        return False
    return True


def _register(name: str, value: Any) -> None:
    import keras

    package, _, own_name = name.rpartition(">")
    keras.saving.register_keras_serializable(package or "Custom", own_name)(value)


def _one_line(error: Exception) -> str:
    return shortened(" ".join(str(error).split()), 200) or type(error).__name__
