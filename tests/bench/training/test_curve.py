"""The learning curve: which epoch is best, and when training stops."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from bench.records import CLASSIFICATION, TASK_TYPES
from bench.training.curve import DivergedError, LearningCurve

TASK_TYPE = TASK_TYPES[CLASSIFICATION]


def curve_of(
    points: Sequence[tuple[float, float]], *, patience: int = 99, **options: object
) -> LearningCurve:
    """A curve of epochs with the given accuracies and log losses."""
    curve = LearningCurve(TASK_TYPE, patience, lambda epoch: True, **options)
    for epoch, (accuracy, log_loss) in enumerate(points, start=1):
        metrics = {"validation_accuracy": accuracy, "validation_log_loss": log_loss}
        curve.add(metrics, 0.1, lambda epoch=epoch: [epoch])
    return curve


@pytest.mark.parametrize(
    ("points", "best"),
    [
        ([(0.5, 1.0), (0.7, 2.0), (0.6, 0.1)], 2),
        ([(0.5, 1.0), (0.7, 0.9), (0.7, 0.8)], 3),
        ([(0.7, 0.8), (0.7, 0.9), (0.7, 0.8)], 1),
    ],
    ids=["by accuracy first", "ties by log loss", "first of equal epochs"],
)
def test_best_epoch_and_its_weights(
    points: Sequence[tuple[float, float]], best: int
) -> None:
    curve = curve_of(points)
    assert curve.best_epoch == best
    assert curve.best_weights == [best]
    assert curve.best_metrics["validation_log_loss"] == points[best - 1][1]
    assert curve.epoch == 3


@pytest.mark.parametrize(
    ("points", "stops"),
    [
        ([(0.5, 1.0)] * 3, True),
        ([(0.5, 1.0)] * 2, False),
        ([(0.5, 1.0), (0.4, 0.9), (0.4, 0.8)], False),
        ([(0.5, 1.0), (0.6, 2.0), (0.4, 3.0)], False),
        ([(0.5, 1.0), (0.4, 0.9), (0.4, 0.95), (0.4, 0.92)], True),
    ],
    ids=[
        "no improvement for two epochs",
        "no improvement for one epoch",
        "log loss still falls",
        "accuracy rose",
        "log loss falls, but not below its minimum",
    ],
)
def test_curve_stops_after_two_epochs_without_improvement(
    points: Sequence[tuple[float, float]], stops: bool
) -> None:
    assert curve_of(points, patience=2).should_stop is stops


def test_patience_does_not_count_before_it_starts() -> None:
    plateau = [(0.5, 1.0)] * 5
    assert curve_of(plateau, patience=2).should_stop
    assert not curve_of(plateau, patience=2, patience_start=4).should_stop
    assert curve_of([*plateau, (0.5, 1.0)], patience=2, patience_start=4).should_stop


def test_deadline_stops_a_curve_only_after_its_first_epoch() -> None:
    past = time.monotonic() - 1
    assert not curve_of([], deadline=past).should_stop
    assert curve_of([(0.5, 1.0)], deadline=past).should_stop
    assert not curve_of([(0.5, 1.0)], deadline=past + 1000).should_stop


def test_report_gets_each_epoch_and_may_stop_the_curve() -> None:
    reported = []
    curve = LearningCurve(
        TASK_TYPE, 9, lambda epoch: not reported.append(epoch) and False
    )
    metrics = {"validation_accuracy": 0.5, "validation_log_loss": 1.0}
    curve.add(metrics, 0.25, list)
    assert curve.should_stop
    [epoch] = reported
    assert (epoch.epoch, epoch.metrics, epoch.seconds) == (1, metrics, 0.25)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_metric_that_is_not_finite_ends_the_training(value: float) -> None:
    with pytest.raises(DivergedError, match=f"validation_log_loss is {value} at epoch"):
        curve_of([(0.5, value)])
