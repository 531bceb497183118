"""A study with everything that its page is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from bench.records import (
    FinalRecord,
    Metric,
    Role,
    Samples,
    StudyRecord,
    StudySpec,
    TaskRecord,
    TrialRecord,
)
from bench.records.selection import validation_score
from bench.report.board import Board
from bench.report.curves import Curve, trial_curve
from bench.report.page.images import PageImages
from bench.report.ranking import Row
from bench.report.results import StudyResults
from bench.store import Store


@dataclass(frozen=True, kw_only=True)
class Searched:
    """A study and how its search went so far.

    Attributes:
        store: Holds the study.
        results: The study's own results.
    """

    store: Store
    results: StudyResults
    _curves: dict[int, Curve | None] = field(default_factory=dict, init=False)

    @property
    def study(self) -> StudyRecord:
        return self.results.study

    @property
    def spec(self) -> StudySpec:
        return self.results.study.spec

    @property
    def task(self) -> TaskRecord:
        return self.results.study.task

    @property
    def objective(self) -> Metric:
        return self.spec.task_type.objective

    @cached_property
    def best(self) -> TrialRecord | None:
        return self.results.best

    def curve(self, trial: TrialRecord) -> Curve | None:
        """Learning curve of a trial, which is read once."""
        if trial.number not in self._curves:
            self._curves[trial.number] = trial_curve(self.store, self.results, trial)
        return self._curves[trial.number]

    def score(self, trial: TrialRecord) -> float | None:
        """Validation score of a trial; None if it has none."""
        return validation_score(trial, self.spec.task_type)

    def text(self, trial: TrialRecord) -> str:
        """Validation score of a trial as a text."""
        score = self.score(trial)
        return "failed" if score is None else self.objective.text(score)


@dataclass(frozen=True, kw_only=True)
class Subject(Searched):
    """A study, its results and where its images go.

    Attributes:
        board: The board of the study.
        images: Turns images into addresses.
    """

    board: Board
    images: PageImages

    @cached_property
    def samples(self) -> Samples:
        return self.store.samples(self.task.fingerprint)

    @cached_property
    def outputs(self) -> Mapping[str, np.ndarray]:
        """Outputs of the final training that is shown; empty before there is one."""
        final = self.results.shown_final
        if final is None:
            return {}
        return self.store.outputs(self.study.id, final.seed)

    @property
    def tested(self) -> list[FinalRecord]:
        """Final trainings of the best configuration that did not diverge."""
        return [final for final in self.results.finals if final.error is None]

    def row(self, *, is_default: bool = False) -> Row | None:
        """Row of the study on its board; None before it was tested."""
        own = [row for row in self.board.rows if row.study == self.study.id]
        return next((row for row in own if row.is_default is is_default), None)

    def output(self, seed: int, name: str) -> np.ndarray | None:
        """An output of the best configuration's training with a seed."""
        return self.store.output(self.study.id, seed, Role.FINAL, name)
