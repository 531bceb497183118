"""What models of a goal are trained towards, and how good they are at it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import keras
import numpy as np

from bench.datasets import Task
from bench.records import (
    CLASSIFICATION,
    DENOISING,
    GENERATION,
    GOALS,
    Goal,
    ReferenceRecord,
    TaskRecord,
)
from bench.training.compiled.compiled_model import Program
from bench.training.features import Features

JUDGES = {
    CLASSIFICATION: "bench.training.evaluators.classification:Classification",
    DENOISING: "bench.training.evaluators.denoising:Denoising",
    GENERATION: "bench.training.evaluators.generation:Generation",
}
"""By task: where its judge is, made from images and from a ``Judging``."""


class Judge(Protocol):
    """Says what a model is trained towards, and measures it.

    Attributes:
        goal: Names the metrics that it measures.
        task: What models are trained on: images, or what a frozen network computes.
    """

    goal: Goal
    task: Task

    def check(self, model: keras.Model) -> None:
        """Refuse a model that can't serve this goal.

        Raises:
            ValueError: With what it must return.
        """

    def targets(self, model: keras.Model) -> np.ndarray:
        """What a model's loss compares with: one for each training image."""

    def example(self, model: keras.Model) -> np.ndarray:
        """What a trained model is given, ``(1, ...)``, of its shape and kind."""

    def output(self, model: keras.Model) -> np.ndarray | None:
        """What a model may return for an image, ``(1, ...)``, where its metrics make
        their variables when they first see that; else None.
        """

    def begin(self) -> None:
        """A training begins."""

    def validation(
        self, program: Program, rows: np.ndarray | None = None
    ) -> dict[str, float]:
        """Metrics of a program's model on the validation images, or on some."""

    def test(self, program: Program, features: Features | None) -> Tested:
        """Metrics on the test images, and what reports show of them.

        Args:
            program: Holds the trained model.
            features: What the model takes in place of images, if it does.
        """

    def references(self, seed: int) -> list[ReferenceRecord]:
        """Rows that nobody searched, for the board of the test.

        Args:
            seed: Of a sample, where the training images are too many.
        """


@dataclass(frozen=True, kw_only=True)
class Tested:
    """What came of a test.

    Attributes:
        metrics: Named ``test_...``.
        outputs: What reports show, by name: of classifiers ``probabilities``
            ``(n, classes)`` of all test images, of others what their judge says.
    """

    metrics: Mapping[str, float]
    outputs: Mapping[str, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Judging:
    """Makes the judge of a study, in any process.

    Attributes:
        goal: A name in ``GOALS``.
        noise_mean, noise_variance: Of the noise that denoisers take away, with pixels
            in [0, 1].
        fid_network: Whose features generators are judged by.
        features: File of that network.
    """

    goal: str = CLASSIFICATION
    noise_mean: float = 0.0
    noise_variance: float = 0.0
    fid_network: str = "classifier"
    features: Path | None = None

    def within(self, cache: Path, task: TaskRecord) -> Judging:
        """With the file that it needs in a folder, of what was computed for a task."""
        if GOALS[self.goal].task != GENERATION:
            return self
        whose = task.test_fingerprint
        if self.fid_network != "classifier":
            whose = f"{self.fid_network}-{'x'.join(map(str, task.image_shape))}"
        file = cache / "fid" / f"{whose}.keras"
        return replace(self, features=file.absolute())

    def __call__(self, task: Task) -> Judge:
        module, _, name = JUDGES[GOALS[self.goal].task].partition(":")
        made: Judge = getattr(importlib.import_module(module), name)(task, self)
        return made
