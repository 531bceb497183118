"""Learning curves of trainings, and how they are shown for each task type."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.records import (
    CLASSIFICATION,
    DENOISING,
    GENERATION,
    GENERATION_OF_FEW,
    EpochRecord,
    Role,
    TaskType,
    TrialRecord,
)
from bench.report.results import StudyResults
from bench.store import Store

_TRAINING, _VALIDATION = 1, 0
"""Indices of the colours of training and validation in a palette."""

Line = tuple[str, str, int]
"""A metric, its name in the legend, and the index of its colour in a palette."""


def _pair(training: str, validation: str) -> tuple[Line, ...]:
    return (
        (training, "training", _TRAINING),
        (validation, "validation", _VALIDATION),
    )


_ADVERSARIAL = (
    "Loss",
    (
        ("generator_loss", "generator", 2),
        ("discriminator_loss", "discriminator", 3),
    ),
)

Panel = tuple[str, tuple[Line, ...]]
"""The label of a panel, and its lines."""

PANELS: dict[str, tuple[Panel, ...]] = {
    CLASSIFICATION: (
        ("Accuracy", _pair("accuracy", "validation_accuracy")),
        ("Loss", _pair("loss", "validation_log_loss")),
    ),
    DENOISING: (
        ("Squared error", _pair("loss", "validation_mse")),
        ("PSNR (dB)", _pair("", "validation_psnr")),
    ),
    GENERATION: (("FID", _pair("", "validation_fid")), _ADVERSARIAL),
    GENERATION_OF_FEW: (("KID", _pair("", "validation_kid")), _ADVERSARIAL),
}
"""Panels by task type or by its kind, each with its label and its lines."""


def panels(task_type: TaskType) -> tuple[Panel, ...]:
    """Panels of a task type, the first one of its objective."""
    known = PANELS.get(task_type.name) or PANELS[task_type.kind]
    metrics = {metric for _, lines in known for metric, _, _ in lines}
    if task_type.validated in metrics:
        return known
    label = task_type.objective.label
    own = (label[:1].upper() + label[1:], _pair("", task_type.validated))
    return (own, *known)


@dataclass(frozen=True, kw_only=True)
class Curve:
    """The learning curve of one training.

    Attributes:
        best_epoch: The epoch whose weights were kept; 0 before the training ends.
        epochs: Numbers of epochs, each with its metrics as pairs of name and value.
    """

    best_epoch: int
    epochs: tuple[tuple[int, tuple[tuple[str, float], ...]], ...]

    def points(self, metric: str) -> list[tuple[int, float]]:
        """Epochs and values of a metric; values that aren't finite are left out."""
        named = [(epoch, dict(metrics).get(metric)) for epoch, metrics in self.epochs]
        return [(e, v) for e, v in named if v is not None and math.isfinite(v)]


def final_curves(
    store: Store, results: StudyResults, *, are_all: bool = False
) -> dict[int, Curve]:
    """The curves of the final trainings, by seed.

    Args:
        store: Holds the study.
        results: The study.
        are_all: Whether those count too that have no result yet.
    """
    best_epochs = {final.seed: final.best_epoch for final in results.finals}
    seeds = results.study.spec.final_seeds if are_all else best_epochs
    curves = {
        seed: _curve(
            store.epochs(results.study.id, Role.FINAL, seed), best_epochs.get(seed, 0)
        )
        for seed in seeds
    }
    return {seed: curve for seed, curve in curves.items() if curve.epochs}


def trial_curve(
    store: Store, results: StudyResults, trial: TrialRecord
) -> Curve | None:
    """The curve of a trial, as long as it is so far; None if it trained no epoch."""
    best_epoch = 0 if trial.result is None else trial.result.best_epoch
    curve = _curve(_history(store, results, trial), best_epoch)
    return curve if curve.epochs else None


def _history(
    store: Store, results: StudyResults, trial: TrialRecord
) -> list[EpochRecord]:
    """Epochs of a trial, preceded by those of the trials that it continued.

    It continues none that was trained on a part of the images.
    """
    by_number = {t.number: t for t in results.trials if not t.proposal.is_on_part}
    epochs = store.epochs(results.study.id, Role.TRIAL, trial.number)
    parent = trial.proposal.parent
    while parent is not None and parent in by_number:
        earlier = store.epochs(results.study.id, Role.TRIAL, parent)
        first = epochs[0].epoch if epochs else math.inf
        epochs = [epoch for epoch in earlier if epoch.epoch < first] + epochs
        parent = by_number[parent].proposal.parent
    return epochs


def _curve(epochs: Sequence[EpochRecord], best_epoch: int) -> Curve:
    return Curve(
        best_epoch=best_epoch,
        epochs=tuple((e.epoch, tuple(sorted(e.metrics.items()))) for e in epochs),
    )


def spans_decades(values: Iterable[float]) -> bool:
    """Whether values are positive and differ so much that ratios tell more."""
    known = [value for value in values if math.isfinite(value)]
    return bool(known) and min(known) > 0 and max(known) > 20 * min(known)
