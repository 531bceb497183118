"""Loads families: those of this project, and any Keras Tuner hypermodel."""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import isclass
from pathlib import Path
from types import ModuleType
from typing import Any

import keras_tuner

from bench.errors import FamilyError, flag
from bench.records import CLASSIFICATION, FLOAT32, FamilyDefinition, Value
from bench.training import by_value, definition
from bench.training.global_state import AT_START, GlobalState, keras_state
from bench.training.model_errors import exits_as_errors, one_line
from bench.training.neighbours import neighbours
from bench.training.precision import computing_in
from bench.training.process_state import process_state
from search_spaces import TASK_TYPE_OPTIONS, takers
from search_spaces.family import Family, ImageTask, UnsupportedTaskError
from search_spaces.parts import blocks
from search_spaces.parts.options import FOREIGN_OPTIONS, PIXELS

_PARTS = "search_spaces."
"""Beginning of the names of modules whose files are part of a fingerprint."""


@dataclass(frozen=True, kw_only=True)
class FamilySource:
    """A family ready to build models for one task.

    Attributes:
        hypermodel: Builds the models, and fits them if it overrides ``fit``.
        fingerprint: Hash of the files that define the family, so that an edited
            family isn't mistaken for the one that a finished study searched.
        image_shape: ``(height, width, channels)`` of the images.
        has_custom_fit: Whether the hypermodel overrides ``fit``, and so must train its
            models.
        pixels: Pixels that models from elsewhere take: ``unit`` for [0, 1], or
            ``raw`` for those of the data set.
        defined_in: Module of a hypermodel from elsewhere; None for a family of this
            project.
        precision: Numbers in which the networks compute; see ``precision``.
        global_state: Settings of Keras that every model is built under.
        process_state: Settings of the process that every model is trained under.
    """

    hypermodel: keras_tuner.HyperModel
    fingerprint: str
    image_shape: tuple[int, int, int]
    has_custom_fit: bool = False
    pixels: str = "unit"
    defined_in: ModuleType | None = None
    precision: str = FLOAT32
    global_state: GlobalState = field(default_factory=keras_state)
    process_state: GlobalState = field(default_factory=process_state)

    @property
    def family(self) -> Family | None:
        """The hypermodel, if it is a ``Family``; None if it is any other hypermodel."""
        return self.hypermodel if isinstance(self.hypermodel, Family) else None

    @property
    def trains_head_only(self) -> bool:
        """Whether all layers up to the head are frozen; see ``Family``."""
        return self.family is not None and self.family.trains_head_only

    @property
    def name(self) -> str:
        """Name of the hypermodel, for messages."""
        name: str | None = self.hypermodel.name
        return name or type(self.hypermodel).__name__

    @property
    def task_type(self) -> str:
        """Kind of the task type, such as ``CLASSIFICATION``."""
        return CLASSIFICATION if self.family is None else self.family.task_type

    @property
    def takes_raw_pixels(self) -> bool:
        """Whether models take raw pixels, rather than float32 in [0, 1]."""
        return self.family is not None or self.pixels == "raw"

    def affinity(self, hyperparameters: Mapping[str, Value]) -> str:
        """Text that is equal only if the models of two configurations share epochs.

        It is known without building a model. Models may share epochs although their
        texts differ.
        """
        free = () if self.family is None else blocks.FREE
        structural = {
            name: value for name, value in hyperparameters.items() if name not in free
        }
        return json.dumps(structural, sort_keys=True)


class Absent(keras_tuner.HyperModel):  # type: ignore[misc]
    """Stands for a hypermodel that only other processes import."""

    def build(self, hp: keras_tuner.HyperParameters) -> Any:
        raise NotImplementedError("this process has not imported the hypermodel")


def load(
    place: str | FamilyDefinition,
    task: ImageTask,
    options: Mapping[str, Value] | None = None,
    precision: str = FLOAT32,
) -> FamilySource:
    """Import a family and make it for a task.

    Args:
        place: A key of ``FAMILIES``, ``PATH.py:NAME`` or ``package.module:NAME``,
            where NAME is a family, a Keras Tuner hypermodel (class or instance) or
            a function ``build(hp)`` that returns a compiled model; or such an object
            by value.
        task: Shape, classes and pixel range of the images.
        options: Options of the family, such as ``weights``: a file of pretrained
            weights, or ``random``.
        precision: Numbers in which the networks compute.

    Raises:
        FamilyError: The family can't be found or imported, is none of these objects,
            or doesn't take an option or the images of this task.
    """
    AT_START.restore()  # what another family's file has set
    outside = process_state()
    options = options or {}
    try:
        name, module, found, contents = _found(place)
        with computing_in(precision):  # a code's limit is one of its bits
            hypermodel = _hypermodel(name, found, task, options)
        return FamilySource(  # with the settings that its file has made
            hypermodel=hypermodel,
            fingerprint=_fingerprint(contents, options.get("weights")),
            image_shape=task.image_shape,
            has_custom_fit=_has_custom_fit(hypermodel),
            pixels="raw" if options.get(PIXELS.name) == "raw" else "unit",
            defined_in=None if isinstance(hypermodel, Family) else module,
            precision=precision,
        )
    finally:
        outside.restore()


def _found(
    place: str | FamilyDefinition,
) -> tuple[str, ModuleType, Any, list[bytes]]:
    """Name, module and object of a family, and what its fingerprint hashes."""
    if isinstance(place, FamilyDefinition):
        found = by_value.restored(place)
        module = by_value.surroundings(found)
        return place.name, module, found, [place.fingerprint.encode()]
    module, found = definition.find(place)
    return place, module, found, _contents(module, found)


def _has_custom_fit(hypermodel: keras_tuner.HyperModel) -> bool:
    if isinstance(hypermodel, Family):
        return False
    return type(hypermodel).fit is not keras_tuner.HyperModel.fit


class _Function(keras_tuner.HyperModel):  # type: ignore[misc]
    """A hypermodel of a plain ``build(hp)`` function."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function
        super().__init__(name=getattr(function, "__name__", None))

    def build(self, hp: keras_tuner.HyperParameters) -> Any:
        return self._function(hp)


def _hypermodel(
    family: str, definition: Any, task: ImageTask, options: Mapping[str, Value]
) -> keras_tuner.HyperModel:
    _check_options(family, definition, options)
    if isinstance(definition, keras_tuner.HyperModel):
        return definition
    if isclass(definition) and issubclass(definition, keras_tuner.HyperModel):
        return _construct(family, definition, task, options)
    if callable(definition) and not isclass(definition):
        return _Function(definition)
    raise FamilyError(
        "a family must be a Keras Tuner HyperModel or a function build(hp); "
        f"{family!r} is {type(definition).__name__}: name one of these after the colon"
    )


def _check_options(family: str, definition: Any, options: Mapping[str, Value]) -> None:
    """Refuse an option that neither the family nor its task type takes."""
    parameters = inspect.signature(definition).parameters if isclass(definition) else {}
    task_type = getattr(definition, "task_type", CLASSIFICATION)
    is_ours = isinstance(definition, Family) or (
        isclass(definition) and issubclass(definition, Family)
    )
    declared = TASK_TYPE_OPTIONS.get(task_type, ()) if is_ours else FOREIGN_OPTIONS
    taken = {*parameters, *(option.name for option in declared)}
    for name in options:
        if name not in taken:
            raise FamilyError(
                f"{flag(name)} goes with a family that takes {name!r}; {family!r} "
                f"doesn't: leave out {flag(name)}, or choose "
                f"{' or '.join(takers(name))}"
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
    try:
        parameters = inspect.signature(kind).parameters.values()
        arguments = {p.name: known[p.name] for p in parameters if p.name in known}
        with exits_as_errors():
            return kind(**arguments)
    except UnsupportedTaskError as error:
        raise FamilyError(str(error)) from error
    except Exception as error:  # a user's class may raise anything
        raise FamilyError(
            f"a family's constructor may ask for {', '.join(known)} only; "
            f"{family!r} raised {one_line(error, whole=True)}: give an instance "
            "instead of the class"
        ) from error


def _fingerprint(contents: Sequence[bytes], weights: Value | None) -> str:
    """Hash of what defines a family, and of its pretrained weights."""
    parts = list(contents)
    if isinstance(weights, str) and Path(weights).is_file():
        parts.append(Path(weights).read_bytes())
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


def _contents(module: ModuleType, definition: Any) -> list[bytes]:
    """Contents of all files that define a family.

    These are the file that was named, those of the family's base classes, those of
    all shared modules that they import, and those beside the named file that it
    imports.
    """
    kind = definition if hasattr(definition, "__qualname__") else type(definition)
    bases = [base.__module__ for base in inspect.getmro(kind)] if isclass(kind) else []
    definers = [module]
    definers += [sys.modules.get(name, module) for name in (kind.__module__, *bases)]
    parts: dict[str, ModuleType] = {}
    for definer in definers:
        _find_parts(definer, parts)
    definers += [parts[name] for name in sorted(parts)]
    contents = []
    for definer in dict.fromkeys(definers):
        file = getattr(definer, "__file__", None)
        contents.append(Path(file).read_bytes() if file else definer.__name__.encode())
    return contents + [path.read_bytes() for path in neighbours(module)]


def _find_parts(module: ModuleType, parts: dict[str, ModuleType]) -> None:
    """Add the shared modules that a module imports, directly or not, to ``parts``."""
    for value in list(vars(module).values()):
        is_module = isinstance(value, ModuleType)
        name = getattr(value, "__name__" if is_module else "__module__", None)
        if isinstance(name, str) and name.startswith(_PARTS) and name not in parts:
            parts[name] = sys.modules[name]
            _find_parts(parts[name], parts)
