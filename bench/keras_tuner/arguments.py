"""The arguments of ``search`` on their way to workers: arrays in files, without copies.

Nothing but arrays is written, and they are read without pickle.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np


@dataclass(frozen=True)
class _Stored:
    """An array in a file.

    Attributes:
        path: Of the file.
        is_tensor: Whether it was a tensor of the backend.
    """

    path: Path
    is_tensor: bool


def stored(arguments: Any, folder: Path) -> Any:
    """The arguments with arrays written to files; one that occurs twice once only.

    Args:
        arguments: Nested tuples, lists and dictionaries.
        folder: Of the files; others can't write to it.
    """
    known: dict[int, _Stored] = {}

    def store(value: Any) -> Any:
        is_tensor = bool(keras.ops.is_tensor(value)) and hasattr(value, "numpy")
        if not (is_tensor or _is_plain(value)):
            return value
        if id(value) not in known:
            path = folder / f"{len(known)}.npy"
            np.save(path, np.asarray(value), allow_pickle=False)
            known[id(value)] = _Stored(path, is_tensor)
        return known[id(value)]

    return _mapped(store, arguments)


def opened(arguments: Any) -> Any:
    """Arguments that were stored; their arrays are mapped into memory, read-only."""
    known: dict[Path, Any] = {}

    def opened_one(value: Any) -> Any:
        if not isinstance(value, _Stored):
            return value
        if value.path not in known:
            array = np.load(value.path, mmap_mode="r", allow_pickle=False)
            known[value.path] = (
                keras.ops.convert_to_tensor(array) if value.is_tensor else array
            )
        return known[value.path]

    return _mapped(opened_one, arguments)


def _is_plain(value: Any) -> bool:
    return type(value) is np.ndarray and not value.dtype.hasobject and value.size > 0


def _mapped(function: Callable[[Any], Any], value: Any) -> Any:
    if type(value) in (tuple, list):
        return type(value)(_mapped(function, item) for item in value)
    if type(value) is dict:
        return {key: _mapped(function, item) for key, item in value.items()}
    return function(value)
