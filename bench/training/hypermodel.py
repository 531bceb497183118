"""Finds a family: one of ours, or anybody's Keras Tuner hypermodel."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import isclass
from pathlib import Path
from types import ModuleType
from typing import Any

import keras_tuner

from bench.errors import FamilyError, flag, unknown
from bench.records import CLASSIFICATION, Value
from search_spaces import DENOISING_OPTIONS, FAMILIES
from search_spaces.family import Family, ImageTask, UnsupportedTaskError

_TAKERS = {
    "weights": ("transfer or finetune", "that has pretrained ones")
} | dict.fromkeys(DENOISING_OPTIONS, ("autoencoder", "that takes noise out of images"))
"""By option of a constructor: families that have it, and what kind they are."""

_PARTS = "search_spaces."
"""Begins the names of modules that families are made of."""


@dataclass(frozen=True, kw_only=True)
class FamilySource:
    """A family ready to build models for one task.

    Attributes:
        hypermodel: What builds and, if it says so itself, fits.
        fingerprint: Hash of the files that define it, so that an edited family is
            not taken for the one that a finished study searched.
    """

    hypermodel: keras_tuner.HyperModel
    fingerprint: str

    @property
    def family(self) -> Family | None:
        """The hypermodel where it is a family of our kind, else None."""
        return self.hypermodel if isinstance(self.hypermodel, Family) else None

    @property
    def goal(self) -> str:
        """What its models are for."""
        return CLASSIFICATION if self.family is None else self.family.goal

    @property
    def takes_raw_pixels(self) -> bool:
        """Whether the model scales pixels itself; others get float32 in [0, 1]."""
        return self.family is not None

    @property
    def fits_itself(self) -> bool:
        """Whether it overrides Keras Tuner's ``fit`` and must be called through it."""
        return self.family is None and (
            type(self.hypermodel).fit is not keras_tuner.HyperModel.fit
        )


def load(
    family: str, task: ImageTask, options: Mapping[str, Value] | None = None
) -> FamilySource:
    """Import a family and make it for a task.

    Args:
        family: A name in ``FAMILIES``, ``PATH.py:NAME`` or ``package.module:NAME``,
            where NAME is a family, a Keras Tuner hypermodel (class or instance) or
            a function ``build(hp)`` that returns a compiled model.
        task: Shape and classes of the images.
        options: For its constructor, such as ``weights``: a file of pretrained ones,
            or ``random``.

    Raises:
        FamilyError: It can't be found or imported, is none of these, or doesn't take
            images of this task.
    """
    location = FAMILIES[family].location if family in FAMILIES else family
    place, _, name = location.rpartition(":")
    module = _import(family, place)
    try:
        found = getattr(module, name)
    except AttributeError as error:
        names = [n for n, v in vars(module).items() if _is_family(v)]
        listing = f"{place} has {', '.join(sorted(names)) or 'no family'}"
        raise FamilyError(unknown("family", name, names, listing)) from error
    return FamilySource(
        hypermodel=_hypermodel(family, found, task, options or {}),
        fingerprint=_fingerprint(module, found, (options or {}).get("weights")),
    )


class _Function(keras_tuner.HyperModel):  # type: ignore[misc]
    """A hypermodel of a plain ``build(hp)`` function."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function
        super().__init__(name=getattr(function, "__name__", None))

    def build(self, hp: keras_tuner.HyperParameters) -> Any:
        return self._function(hp)


def _import(family: str, place: str) -> ModuleType:
    try:
        if not place.endswith(".py"):
            return importlib.import_module(place)
        path = Path(place).expanduser()
        if not path.is_file():
            raise FamilyError(
                f"a family's file must exist; {str(path)!r} does not: give PATH.py:NAME"
            )
        name = f"bench_family_{path.stem}"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None  # since it ends with .py
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        # What lies beside it can be imported, as if the file were run.
        if (folder := str(path.parent.resolve())) not in sys.path:
            sys.path.append(folder)
        spec.loader.exec_module(module)
        return module
    except FamilyError:
        raise
    except Exception as error:  # whatever a user's file raises
        raise FamilyError(
            f"a family must be importable; {family!r} is not "
            f"({_said(error)}): mend it, or give PATH.py:NAME or "
            "package.module:NAME"
        ) from error


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


def _hypermodel(
    family: str, found: Any, task: ImageTask, options: Mapping[str, Value]
) -> keras_tuner.HyperModel:
    taken = inspect.signature(found).parameters if isclass(found) else {}
    for name in options:
        if name not in taken:
            takers, whose = _TAKERS[name]
            raise FamilyError(
                f"{flag(name)} goes with a family {whose}; {family!r} is none: leave "
                f"out {flag(name)}, or choose {takers}"
            )
    if isinstance(found, keras_tuner.HyperModel):
        return found
    if isclass(found) and issubclass(found, keras_tuner.HyperModel):
        return _construct(family, found, task, options)
    if callable(found) and not isclass(found):
        return _Function(found)
    raise FamilyError(
        "a family must be a Keras Tuner HyperModel or a function build(hp); "
        f"{family!r} is {type(found).__name__}: name one of these after the colon"
    )


def _construct(
    family: str, kind: type, task: ImageTask, options: Mapping[str, Value]
) -> keras_tuner.HyperModel:
    known: dict[str, Any] = {
        "input_shape": task.image_shape,
        "classes": task.classes,
        "num_classes": task.classes,
        "task": task,
        **options,
    }
    parameters = inspect.signature(kind).parameters.values()
    arguments = {p.name: known[p.name] for p in parameters if p.name in known}
    try:
        return kind(**arguments)
    except UnsupportedTaskError as error:
        raise FamilyError(str(error)) from error
    except Exception as error:  # whatever a user's class raises
        raise FamilyError(
            f"a family's constructor may ask for {', '.join(known)} only; "
            f"{family!r} raised {_said(error)}: give an instance "
            "instead of the class"
        ) from error


def _said(error: Exception) -> str:
    """An error's kind and message on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _fingerprint(module: ModuleType, found: Any, weights: Value | None) -> str:
    """Hash of the file that was named, of those that its family is made of, and of
    its weights.
    """
    kind = found if hasattr(found, "__qualname__") else type(found)
    bases = [base.__module__ for base in inspect.getmro(kind)] if isclass(kind) else []
    definers = [module]
    definers += [sys.modules.get(name, module) for name in (kind.__module__, *bases)]
    parts: dict[str, ModuleType] = {}
    for definer in definers:
        _find_parts(definer, parts)
    definers += [parts[name] for name in sorted(parts)]
    texts = []
    for definer in dict.fromkeys(definers):
        file = getattr(definer, "__file__", None)
        texts.append(Path(file).read_bytes() if file else definer.__name__.encode())
    if isinstance(weights, str) and Path(weights).is_file():
        texts.append(Path(weights).read_bytes())
    return hashlib.sha256(b"".join(texts)).hexdigest()[:16]


def _find_parts(module: ModuleType, found: dict[str, ModuleType]) -> None:
    """Find the shared modules of families that one draws on, by name."""
    for value in list(vars(module).values()):
        is_module = isinstance(value, ModuleType)
        name = getattr(value, "__name__" if is_module else "__module__", None)
        if isinstance(name, str) and name.startswith(_PARTS) and name not in found:
            found[name] = sys.modules[name]
            _find_parts(found[name], found)
