"""The first look at a family from elsewhere: its search space, and whether it fits.

Its code may hang or end its process, which must not be the study's.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from keras_tuner import HyperParameters

from bench.datasets import Task
from bench.errors import FamilyError
from bench.executors import Executor, memory
from bench.executors.inline import InlineExecutor
from bench.executors.local import LocalExecutor
from bench.records import FamilyDefinition, Resources, StudySpec, Value
from bench.searchers import space as search_space
from bench.training import PRELOAD, backend, foreign, hypermodel, models
from bench.training.containment import contained
from bench.training.hypermodel import FamilySource
from bench.training.model_errors import exits_as_errors
from bench.training.trial_runner import image_task
from search_spaces.family import ImageTask

SECONDS = 300.0
"""Seconds that a look may take, unless ``--trial-timeout`` says otherwise."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a study needs to know of a family that it does not import.

    Attributes:
        name: Of the hypermodel, for messages.
        fingerprint: Of the files that define it.
        space: The whole search space.
        has_custom_fit: Whether the hypermodel overrides ``fit``.
        is_family: Whether it is a ``Family``, which a study does need itself.
    """

    name: str
    fingerprint: str
    space: HyperParameters
    has_custom_fit: bool
    is_family: bool


@dataclass(frozen=True)
class _Lost:
    """Result of a look whose process ended or took too long."""

    reason: str


class FirstLook:
    """Looks at a family from elsewhere, in a process that may be ended.

    Args:
        spec: Of the study; it names the family.
        task: The images and classes.
        resources: Of the study; without workers, this process looks itself.
    """

    def __init__(self, spec: StudySpec, task: Task, resources: Resources) -> None:
        self._spec = spec
        self._task = foreign.few(task)
        self._resources = resources
        self._executor: Executor[_Look, Any] | None = None

    @cached_property
    def seen(self) -> Seen:
        """The family's search space and its properties.

        Raises:
            FamilyError: It can't be imported, or doesn't build with its defaults.
        """
        seen: Seen = self._ask(_see)
        return seen

    def suit(
        self, values: Mapping[str, Value], options: Mapping[str, Value]
    ) -> foreign.Suited:
        """Check that a configuration fits the task; see ``foreign.suit``.

        Raises:
            FamilyError: It doesn't.
        """
        suited: foreign.Suited = self._ask(_Suit(self._task, values, options))
        return suited

    def parameters(self, values: Mapping[str, Value]) -> int:
        """Parameter count of a configuration; 0 if it can't be built."""
        try:
            count: int = self._ask(_Count(values))
        except FamilyError:  # its trial will fail and say so
            return 0
        return count

    def close(self) -> None:
        """End the process, until the next question."""
        if self._executor is not None:
            self._executor.close()
            self._executor = None

    def _ask(self, look: _Look) -> Any:
        if self._executor is None:
            self._executor = self._start()
            weakref.finalize(self, self._executor.close)
        self._executor.submit(0, look)
        _, result = self._executor.collect(lambda *_: True)
        if isinstance(result, _Lost):
            raise FamilyError(
                "a family must build with its default hyperparameters; "
                f"{self._spec.family!r} did not: its process {result.reason}: mend "
                "its build(hp), or give it more time with --trial-timeout"
            )
        return result

    def _start(self) -> Executor[_Look, Any]:
        spec = self._spec
        make_runner = _MakeRunner(
            spec.place,
            image_task(self._task),
            spec.options,
            spec.backend,
            spec.precision,
        )
        if self._resources.workers == 0:
            return InlineExecutor(make_runner.here())
        return LocalExecutor(
            make_runner,
            1,
            lost=lambda _, reason: _Lost(reason.removeprefix("its worker ")),
            preload=[PRELOAD],
            timeout=max(SECONDS, self._resources.trial_timeout or 0.0),
            memory=memory.limit(),
        )


@dataclass(frozen=True)
class _MakeRunner:
    """Makes what looks at a family, in another process or here."""

    place: str | FamilyDefinition
    task: ImageTask
    options: Mapping[str, Value]
    backend: str
    precision: str

    def __call__(self, slot: int) -> _Runner:
        backend.start(self.backend, one_thread=True)
        backend.settle(self.backend, slot)
        return self.here()

    def here(self) -> _Runner:
        return _Runner(self)


class _Runner:
    """Looks at a family, which it imports when it is first asked."""

    def __init__(self, maker: _MakeRunner) -> None:
        self._maker = maker

    @cached_property
    def _source(self) -> FamilySource:
        maker = self._maker
        return hypermodel.load(maker.place, maker.task, maker.options, maker.precision)

    def __call__(self, look: _Look, _: object) -> Any:
        with contained(self._source):
            return look(self._source)


_Look = Callable[[FamilySource], Any]


def _see(source: FamilySource) -> Seen:
    return Seen(
        name=source.name,
        fingerprint=source.fingerprint,
        space=search_space.discover(source.hypermodel),
        has_custom_fit=source.has_custom_fit,
        is_family=source.family is not None,
    )


@dataclass(frozen=True)
class _Suit:
    task: Task
    values: Mapping[str, Value]
    options: Mapping[str, Value]

    def __call__(self, source: FamilySource) -> foreign.Suited:
        return foreign.suit(source, self.task, self.values, self.options)


@dataclass(frozen=True)
class _Count:
    values: Mapping[str, Value]

    def __call__(self, source: FamilySource) -> int:
        try:
            with exits_as_errors():
                return models.count(source, self.values)
        except Exception:  # its trial will fail and say so
            return 0
