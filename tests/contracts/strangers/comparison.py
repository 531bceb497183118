"""Compares the scores of a stranger's model in Keras Tuner and in this toolkit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from bench.datasets import Task
from bench.records import CLASSIFICATION, TASK_TYPES
from strangers import keras_tuner_side, toolkit_side
from strangers.stranger import Outcome, Stranger, TrialFailedError, Values
from strangers.toolkit_side import Study

EPOCHS = 6
"""Enough for most models to classify nine of ten digits."""

STANDARD_ERRORS = 3
"""Difference of means, in standard errors, that seeds are granted."""

VALIDATION_IMAGES = 238
"""Number of validation images of the digits.

Three seeds may vary little by accident: the first model of the guides has standard
deviations of 0.006 over two seeds and of 0.048 over eight. So the variance counts as
that of the share of so many images at least, and as the mean of the configurations'.
"""

TOLERANCE = 0.01
"""Difference that is granted besides: about two of the 237 validation images.

The tools draw initial weights, dropout masks and orders of images by other rules.
"""


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What a tool did with a model.

    Attributes:
        outcome: What it did.
        accuracies: Validation accuracy ``(configurations, seeds)`` at the best epochs,
            of the configurations that were trained.
        message: Of the refusal or of the failed trial; empty if all went well.
    """

    outcome: Outcome
    accuracies: np.ndarray
    message: str = ""

    @property
    def text(self) -> str:
        if not self.accuracies.size:
            return self.outcome.value
        return ", ".join(
            f"{mean:.3f} ± {deviation:.3f}"
            for mean, deviation in zip(
                self.accuracies.mean(1), self._deviations(), strict=True
            )
        ) + (f", {self.outcome.value}" if self.message else "")

    def variances(self) -> np.ndarray:
        """Variance over seeds of each configuration; the pooled one at least."""
        means = self.accuracies.mean(1)
        least = means * (1 - means) / VALIDATION_IMAGES
        own = np.maximum(self._deviations() ** 2, least)
        return np.maximum(own, own.mean())

    def _deviations(self) -> np.ndarray:
        return self.accuracies.std(1, ddof=1)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A model in both tools.

    Attributes:
        stranger: The model.
        theirs: Scores in Keras Tuner.
        ours: Scores in this toolkit.
    """

    stranger: Stranger
    theirs: Scores
    ours: Scores

    @property
    def bounds(self) -> np.ndarray:
        """Difference of each configuration's means that is no difference."""
        seeds = self.ours.accuracies.shape[1]
        variances = (self.theirs.variances() + self.ours.variances()) / seeds
        return STANDARD_ERRORS * np.sqrt(variances) + TOLERANCE

    @property
    def differences(self) -> np.ndarray:
        """Difference of each configuration's means."""
        return self.ours.accuracies.mean(1) - self.theirs.accuracies.mean(1)

    @property
    def verdict(self) -> str:
        """``same``, ``refused``, or what is wrong."""
        if self.theirs.outcome is not self.stranger.theirs:
            return f"Keras Tuner: {self.theirs.message or self.theirs.outcome.value}"
        if self.ours.outcome is not self.stranger.ours:
            return self.ours.message or "not refused"
        if self.stranger.says not in self.ours.message:
            return f"says {self.ours.message}"
        if not self.ours.accuracies.size:
            return (
                "refused" if self.ours.outcome is Outcome.REFUSES else "fails in both"
            )
        if not self.theirs.accuracies.size:
            return "trains here only"
        differences, bounds = self.differences, self.bounds
        worst = (np.abs(differences) - bounds).argmax()
        if abs(differences[worst]) <= bounds[worst]:
            return "same"
        return f"differs by {differences[worst]:+.3f}, bound {bounds[worst]:.3f}"

    @property
    def holds(self) -> bool:
        """Whether the toolkit does what it must."""
        return self.verdict in ("same", "refused", "trains here only", "fails in both")


def compare(
    stranger: Stranger, folder: Path, seeds: int = 3, epochs: int = EPOCHS
) -> Comparison:
    """Train a model with both tools on the same images and configurations.

    Args:
        stranger: The model.
        folder: Keeps the images.
        seeds: How often each configuration is trained by each tool, at least 2.
        epochs: Number of epochs.
    """
    task = toolkit_side.load(stranger.data, folder)
    return Comparison(
        stranger=stranger,
        theirs=in_keras_tuner(stranger, task, seeds, epochs),
        ours=in_toolkit(stranger, task, folder, seeds, epochs),
    )


def in_keras_tuner(stranger: Stranger, task: Task, seeds: int, epochs: int) -> Scores:
    def train(values: Values, seed: int) -> float:
        return keras_tuner_side.accuracy(stranger, task, values, seed, epochs)

    return _scores(lambda: train, stranger, seeds)


def in_toolkit(
    stranger: Stranger, task: Task, folder: Path, seeds: int, epochs: int
) -> Scores:
    def prepare() -> Train:
        study = Study(stranger, task, folder, epochs)
        return lambda values, seed: study.trial(values, seed).metrics[ACCURACY]

    return _scores(prepare, stranger, seeds)


Train = Callable[[Values, int], float]
"""Trains a configuration with a seed, and returns its validation accuracy."""

ACCURACY = TASK_TYPES[CLASSIFICATION].validated


def _scores(prepare: Callable[[], Train], stranger: Stranger, seeds: int) -> Scores:
    """Train all configurations with all seeds."""
    rows: list[list[float]] = []
    message = ""
    try:
        train = prepare()
        for values in stranger.configurations:
            try:
                rows.append([train(values, seed) for seed in range(seeds)])
            except TrialFailedError as error:
                message = str(error)
    except Exception as error:  # whatever ends a search of the author's
        message = f"{type(error).__name__}: {error}"
        return Scores(outcome=Outcome.REFUSES, accuracies=_NONE, message=message)
    finally:
        keras.config.set_dtype_policy("float32")  # an author may have changed it
    if not rows:
        return Scores(outcome=Outcome.FAILS, accuracies=_NONE, message=message)
    outcome = Outcome.FAILS_ONCE if message else Outcome.TRAINS
    return Scores(outcome=outcome, accuracies=np.array(rows), message=message)


_NONE = np.empty((0, 0))
