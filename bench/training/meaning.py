"""A hash of what an object means, the same in every process that defines it alike.

Pickled bytes don't serve: they hold the names of a session's cells, the order of sets
and whatever else differs between processes.
"""

from __future__ import annotations

import dis
import hashlib
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    MethodType,
    ModuleType,
)
from typing import Any

from bench.training.neighbours import own_files

_PLAIN = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis))

_OF_EVERY_CLASS = {
    "__dict__",
    "__weakref__",
    "__module__",
    "__doc__",
    "__qualname__",
    "__firstlineno__",
    "__static_attributes__",
    "_abc_impl",
}


def fingerprint(value: Any) -> str:
    """Hash of an object's meaning.

    A function means its source, or its code where there is no source, with its
    defaults, the variables around it and the global ones that it names. A class means
    its bases and members. What another module defines means its name, and the files
    of that module unless it is installed. Other objects mean what pickle would keep.

    Raises:
        TypeError: A part of it can't be pickled.
    """
    meaning = _Meaning()
    meaning.add(value)
    return meaning.digest()


class _Meaning:
    """Hashes objects, each once; those that occur again by their number."""

    def __init__(self) -> None:
        self._sha = hashlib.sha256()
        self._seen: dict[int, int] = {}
        self._alive: list[Any] = []  # or ids would be used again

    def digest(self) -> str:
        return self._sha.hexdigest()[:16]

    def add(self, value: Any) -> None:
        if type(value) in _PLAIN:
            self._text(type(value).__name__, repr(value))
        elif id(value) in self._seen:
            self._text("again", str(self._seen[id(value)]))
        else:
            self._seen[id(value)] = len(self._seen)
            self._alive.append(value)
            self._add_new(value)

    def _text(self, *texts: str) -> None:
        for text in texts:
            encoded = text.encode("utf-8", "surrogatepass")
            self._sha.update(f"{len(encoded)}:".encode() + encoded)

    def _add_all(self, kind: str, *values: Any) -> None:
        self._text(kind, str(len(values)))
        for value in values:
            self.add(value)

    def _add_new(self, value: Any) -> None:
        for kinds, add in _KINDS:
            if isinstance(value, kinds):
                add(self, value)
                return
        if callable(getattr(value, "get_config", None)):  # an object of Keras
            self._add_configured(value)
        else:
            self._add_reduced(value)

    def _add_module(self, module: ModuleType) -> None:
        self._text("module", module.__name__)
        for path in own_files(module):
            self._text(hashlib.sha256(path.read_bytes()).hexdigest())

    def _add_function(self, function: FunctionType) -> None:
        if self._add_imported(function):
            return
        code = function.__code__
        self._text("function", function.__name__)
        source = _source(code)
        if source is None:
            self._add_code(code)
        else:
            self._text(source)
        self._add_all("defaults", function.__defaults__, function.__kwdefaults__)
        self._add_all("around", *map(_content, function.__closure__ or ()))
        for name in sorted(set(_globals(code)) & set(function.__globals__)):
            self._add_all("global", name, function.__globals__[name])

    def _add_class(self, kind: type) -> None:
        if self._add_imported(kind):
            return
        self._add_all("class", kind.__name__, *kind.__bases__)
        members = {n: v for n, v in vars(kind).items() if n not in _OF_EVERY_CLASS}
        for name in sorted(members):
            if not inspect.ismemberdescriptor(members[name]):
                self._add_all("member", name, members[name])

    def _add_imported(self, value: Any) -> bool:
        """Add the name of what an importable module defines, and its files."""
        module = sys.modules.get(value.__module__ or "")
        if module is None or module.__name__ == "__main__":
            return False
        found: Any = module
        for part in value.__qualname__.split("."):
            found = getattr(found, part, None)
        if found is not value:
            return False
        self._text("named", value.__qualname__)
        self.add(module)
        return True

    def _add_code(self, code: CodeType) -> None:
        names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
        self._add_all("code", code.co_name, code.co_code, *names)
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self._add_code(constant)
            else:
                self.add(constant)

    def _add_mapping(self, mapping: Mapping[Any, Any]) -> None:
        self._add_all(type(mapping).__name__, *mapping, *mapping.values())

    def _add_set(self, values: set[Any]) -> None:
        self._text(type(values).__name__, *sorted(map(fingerprint, values)))

    def _add_configured(self, value: Any) -> None:
        weights: list[Any] = getattr(value, "get_weights", list)()
        self._add_all("configured", type(value), value.get_config(), weights)

    def _add_reduced(self, value: Any) -> None:
        reduced = value.__reduce_ex__(4)
        if isinstance(reduced, str):
            self._text("global", type(value).__module__, reduced)
            return
        parts = [list(part) if isinstance(part, Iterator) else part for part in reduced]
        self._add_all("reduced", *parts)


_KINDS: tuple[tuple[Any, Callable[[_Meaning, Any], object]], ...] = (
    (ModuleType, _Meaning._add_module),
    (FunctionType, _Meaning._add_function),
    (type, _Meaning._add_class),
    (MethodType, lambda m, v: m._add_all("method", v.__func__, v.__self__)),
    (
        BuiltinFunctionType,
        lambda m, v: m._text("builtin", str(v.__module__), v.__qualname__),
    ),
    ((staticmethod, classmethod), lambda m, v: m._add_all("static", v.__func__)),
    (property, lambda m, v: m._add_all("property", v.fget, v.fset, v.fdel)),
    ((list, tuple), lambda m, v: m._add_all(type(v).__name__, *v)),
    (dict, _Meaning._add_mapping),
    ((set, frozenset), _Meaning._add_set),
)


def _source(code: CodeType) -> str | None:
    """Source of a function; None if there is none, or if a line holds several."""
    if code.co_name == "<lambda>":
        return None
    try:
        return textwrap.dedent(inspect.getsource(code)).strip()
    except (OSError, TypeError, SyntaxError):
        return None


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # empty still
        return "empty cell"


def _globals(code: CodeType) -> Iterator[str]:
    """Names of the global variables that a function and those in it read."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield str(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _globals(constant)
