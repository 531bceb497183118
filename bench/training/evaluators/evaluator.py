"""The protocol of evaluators, and the configuration that makes one in any process."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from bench.datasets import Task
from bench.records import (
    CLASSIFICATION,
    DENOISING,
    GENERATION,
    TASK_TYPES,
    ReferenceRecord,
    TaskType,
    Value,
)
from bench.training.compiled.compiled_model import CompiledModel
from bench.training.compiled.supervision import Supervision
from bench.training.evaluators.reading import Reading
from bench.training.features import Features

EVALUATORS = {
    CLASSIFICATION: "bench.training.evaluators.classification:Classification",
    DENOISING: "bench.training.evaluators.denoising:Denoising",
    GENERATION: "bench.training.evaluators.generation:Generation",
}
"""The evaluator of each kind of task type, as ``module:Class``."""


References = Mapping[str, Callable[[], ReferenceRecord | None]]
"""Scores a reference of each name; None if the task has no such reference. A call
raises ``CutShortError`` where its ``time_limit`` is too short for the reference."""


class Evaluator(Supervision, Protocol):
    """Trains models towards a task type, and measures them.

    An evaluator is made from a task and an ``EvaluatorConfig``.

    Attributes:
        task_type: Names the metrics that the evaluator measures.
    """

    task_type: TaskType

    @classmethod
    def configure(cls, options: Mapping[str, Value], task: Task) -> EvaluatorConfig:
        """Complete the options of a study, and check that the task can be evaluated.

        Args:
            options: Options as given by the user, those of the family included.
            task: A task of images.

        Raises:
            UsageError: The task has too few images, or an option doesn't fit it.
        """

    def begin(self) -> None:
        """Forget the epochs of the last training; called before each training."""

    def validation(
        self, compiled: CompiledModel, indices: np.ndarray | None = None
    ) -> dict[str, float]:
        """Metrics on the validation images at the given indices; on all for None."""

    def test(
        self,
        compiled: CompiledModel,
        features: Features | None,
        validation: np.ndarray | None = None,
    ) -> Tested:
        """Metrics on the test images, and outputs for reports.

        Args:
            compiled: Holds the trained model.
            features: Features that the model takes; None if it takes images.
            validation: Indices of the images that validated the training, whose
                outputs are kept too; None for all validation images.
        """

    def floor(self) -> Tested:
        """Scores of the reference that learned nothing, for trainings that diverge."""

    def references(self, known: Mapping[str, ReferenceRecord]) -> References:
        """Reference rows of the leaderboard, which no search is needed for.

        They depend on no seed, so that it doesn't matter which study comes first.

        Args:
            known: Rows that the board has, by name.

        Returns:
            Rows that the board lacks, or that are to replace those of their name.
        """


@dataclass(frozen=True, kw_only=True)
class Tested:
    """Metrics of a test, and outputs for reports.

    Attributes:
        metrics: Metrics by name; the names begin with ``test_``.
        outputs: Arrays by name. Classifiers have ``probabilities`` ``(n, classes)``
            of all test images, their ``labels`` ``(n,)``, and whether they are
            predicted ``right`` ``(n,)``; and, unless all images trained them,
            ``validation_probabilities`` and ``validation_labels``.
        note: A remark for readers of the metrics; empty for none.
        reading: How the outputs of a classifier became probabilities; None for other
            task types.
    """

    metrics: Mapping[str, float]
    outputs: Mapping[str, np.ndarray]
    note: str = ""
    reading: Reading | None = None


@dataclass(frozen=True, kw_only=True)
class EvaluatorConfig:
    """Makes the evaluator of a study, in any process.

    Attributes:
        task_type: The task type of the family.
        options: Options of the study, completed by ``Evaluator.configure``.
        features: File of the task's FID network; None for other task types.
    """

    task_type: TaskType = field(default_factory=lambda: TASK_TYPES[CLASSIFICATION])
    options: Mapping[str, Value] = field(default_factory=dict)
    features: Path | None = None

    def number(self, option: str) -> float:
        """Value of an option that is a number."""
        return float(self.options[option])

    def evaluator(self, task: Task) -> Evaluator:
        """Make the evaluator of a task of images, or of features of images."""
        evaluator: Evaluator = evaluator_class(self.task_type.kind)(task, self)
        return evaluator


def evaluator_class(kind: str) -> type:
    """The class of the evaluator for a kind of task type, a key of ``EVALUATORS``."""
    module, _, name = EVALUATORS[kind].partition(":")
    evaluator: type = getattr(importlib.import_module(module), name)
    return evaluator


def configure(kind: str, options: Mapping[str, Value], task: Task) -> EvaluatorConfig:
    """Configure the evaluator of a kind of task type; see ``Evaluator.configure``."""
    config: EvaluatorConfig = evaluator_class(kind).configure(options, task)  # type: ignore[attr-defined]
    return config
