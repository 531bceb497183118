"""Finds the object that defines a family, in a file or in an installed module."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from inspect import isclass
from pathlib import Path
from types import ModuleType
from typing import Any

import keras_tuner

from bench.errors import FamilyError, unknown
from bench.records import IN_MAIN
from bench.training.model_errors import exits_as_errors, one_line
from search_spaces import FAMILIES
from search_spaces.family import Family

MAX_FILE = 10 * 2**20
"""Maximum number of bytes of a family's file."""


def find(family: str) -> tuple[ModuleType, Any]:
    """Import the module of a family, and return it with the object that was named.

    Args:
        family: As ``hypermodel.load`` takes it.

    Raises:
        FamilyError: There is no such module or object, or the import fails.
    """
    if family.startswith(IN_MAIN):
        raise FamilyError(
            f"a family that was defined in a session of Python can't be loaded by its "
            f"name {family!r}: call bench.search with it again, or write it to a file "
            "and give PATH.py:NAME"
        )
    location = FAMILIES[family].location if family in FAMILIES else family
    origin, _, name = location.rpartition(":")
    module = _import(family, origin)
    try:
        return module, getattr(module, name)
    except AttributeError as error:
        names = [n for n, v in vars(module).items() if _is_family(v)]
        listing = f"{origin} has {', '.join(sorted(names)) or 'no family'}"
        raise FamilyError(unknown("family", name, names, listing)) from error


def custom_objects(module: ModuleType | None) -> dict[str, Any]:
    """The classes and functions in a family's file, by which its models are loaded.

    Args:
        module: Of the file; None for no objects.
    """
    if module is None:
        return {}
    return {
        name: value
        for name, value in vars(module).items()
        if (isclass(value) or inspect.isfunction(value)) and not name.startswith("__")
    }


def _import(family: str, origin: str) -> ModuleType:
    try:
        with exits_as_errors():
            if origin.endswith(".py"):
                return _import_file(Path(origin).expanduser())
            return importlib.import_module(origin)
    except FamilyError:
        raise
    except Exception as error:  # a user's file may raise anything
        raise FamilyError(
            f"a family must be importable; {family!r} is not "
            f"({one_line(error, whole=True)}): mend it, or give PATH.py:NAME or "
            "package.module:NAME"
        ) from error


def _import_file(path: Path) -> ModuleType:
    _check(path)
    name = f"bench_family_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None  # since the path ends with .py
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    # The file may import its neighbours, as if it were run.
    if (folder := str(path.parent.resolve())) not in sys.path:
        sys.path.append(folder)
    spec.loader.exec_module(module)
    return module


def _check(path: Path) -> None:
    """Refuse what is no file, without opening it: a FIFO would never be read.

    Raises:
        FamilyError: With the reason.
    """
    if not path.exists():
        raise FamilyError(
            f"a family's file must exist; {str(path)!r} does not: give PATH.py:NAME"
        )
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "no regular file"
        raise FamilyError(
            f"a family must lie in a file; {str(path)!r} is {kind}: give PATH.py:NAME"
        )
    size = path.stat().st_size
    if size > MAX_FILE:
        raise FamilyError(
            f"a family's file must be Python code of at most {MAX_FILE / 2**20:.0f} "
            f"MiB; {str(path)!r} has {size / 2**20:,.0f} MiB: move its data to a file "
            "of their own"
        )


def _is_family(value: Any) -> bool:
    if isclass(value):
        return issubclass(value, keras_tuner.HyperModel) and value not in (
            keras_tuner.HyperModel,
            Family,
        )
    return isinstance(value, keras_tuner.HyperModel) or (
        inspect.isfunction(value)
        and list(inspect.signature(value).parameters) == ["hp"]
    )
