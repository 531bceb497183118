"""A configuration of a study with everything by which it is compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bench.records import (
    CLASSIFICATION,
    FinalRecord,
    Origin,
    Role,
    StudyRecord,
    Value,
)
from bench.report.ranking import Row
from bench.report.results import StudyResults
from bench.store import Store

Choice = tuple[StudyRecord, Role]
"""A study, and which of its configurations."""


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """What the models of all seeds predicted for the test images.

    Attributes:
        labels: ``(n,)``, the true classes.
        probabilities: ``(seeds, n, classes)``.
    """

    labels: np.ndarray
    probabilities: np.ndarray

    @cached_property
    def mean(self) -> np.ndarray:
        """Probabilities ``(n, classes)``, the mean over the seeds."""
        mean: np.ndarray = self.probabilities.mean(axis=0, dtype=np.float64)
        return mean

    @cached_property
    def classes(self) -> np.ndarray:
        """The classes ``(n,)`` that are predicted by the mean over the seeds."""
        classes: np.ndarray = self.mean.argmax(axis=1)
        return classes

    @cached_property
    def right(self) -> np.ndarray:
        """Whether these are right, ``(n,)``."""
        right: np.ndarray = self.classes == self.labels
        return right


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A configuration that is compared with others.

    Attributes:
        label: Its name, which no other of the comparison has.
        results: The study.
        role: ``FINAL`` for the best configuration, ``DEFAULT`` for the default one.
        row: Its row, with the interval of its score.
        predictions: None for other task types, and where the store lacks them.
    """

    label: str
    results: StudyResults
    role: Role
    row: Row
    predictions: Predictions | None

    @property
    def study(self) -> StudyRecord:
        return self.results.study

    @property
    def hyperparameters(self) -> Mapping[str, Value] | None:
        """Of the configuration; None if no trial had them."""
        if self.role is Role.FINAL:
            return self.row.hyperparameters
        for trial in self.results.trials:
            if trial.proposal.origin is Origin.DEFAULT:
                return trial.proposal.hyperparameters
        return None


def finals_of(results: StudyResults, role: Role) -> Sequence[FinalRecord]:
    """The final trainings of a configuration."""
    return results.default_finals if role is Role.DEFAULT else results.finals


def predictions(store: Store, results: StudyResults, role: Role) -> Predictions | None:
    """The predictions of all final trainings that did not diverge, if they are known.

    Args:
        store: Holds the study.
        results: The study.
        role: Which of its configurations.
    """
    study = results.study
    finals = [final for final in finals_of(results, role) if final.error is None]
    if study.spec.task_type.kind != CLASSIFICATION or not finals:
        return None
    labels = store.output(study.id, finals[0].seed, role, "labels")
    found = [store.output(study.id, f.seed, role, "probabilities") for f in finals]
    known = [each for each in found if each is not None]
    if labels is None or len(known) < len(found):
        return None
    return Predictions(labels=labels, probabilities=np.stack(known))
