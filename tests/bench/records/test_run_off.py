"""Whether the default configuration takes the place of a search's best one."""

from __future__ import annotations

import pytest

from bench.records import GENERATION, FinalRecord, StudySpec
from bench.records.run_off import is_default_better, outcome
from bench.records.task_types import TASK_TYPES

CLASSES, DISTANCE = StudySpec(family="any").task_type, TASK_TYPES[GENERATION]


def final(seed: int, error: str | None = None, **metrics: float) -> FinalRecord:
    return FinalRecord(
        seed=seed,
        metrics=metrics,
        best_epoch=1,
        epochs=1,
        parameters=1,
        seconds=1.0,
        core_seconds=1.0,
        latency_ms_1=1.0,
        latency_ms_64=1.0,
        ended=0.0,
        error=error,
    )


def finals(*scores: float | None, name: str = "validation_accuracy") -> list:
    """Trainings with the seeds 0, 1, ...; None for one that diverged."""
    return [
        final(seed, "diverged", test_accuracy=0.1)
        if score is None
        else final(seed, test_accuracy=1 - score, **{name: score})
        for seed, score in enumerate(scores)
    ]


@pytest.mark.parametrize(
    ("best", "default", "expected"),
    [
        ([0.7, 0.9], [0.8, 0.81], True),  # by the mean, whatever the tests say
        ([0.8, 0.81], [0.7, 0.9], False),
        ([0.8], [0.8], False),
        ([0.5, 0.5, 0.5], [0.9, 0.9], False),  # time was too short for a seed
        ([0.5], [], False),
        ([0.8], [0.9, 0.1], True),  # by the seeds that both have
        ([], [0.9], False),
        ([0.9, None], [0.5, 0.5], True),
        ([0.5, 0.5], [0.9, None], False),
        ([None], [None], False),
        ([float("nan")], [0.9], False),
    ],
)
def test_default_is_better_by_its_mean_validation_score_over_the_same_seeds(
    best: list, default: list, expected: bool
) -> None:
    assert is_default_better(finals(*best), finals(*default), CLASSES) is expected


def test_lower_distance_is_better() -> None:
    near, far = (finals(fid, name=DISTANCE.validated) for fid in (0.1, 0.2))
    assert is_default_better(far, near, DISTANCE)
    assert not is_default_better(near, far, DISTANCE)


def test_trainings_without_validation_images_are_not_compared() -> None:
    best, default = ([final(0, test_accuracy=score)] for score in (0.1, 0.9))
    assert not is_default_better(best, default, CLASSES)


def test_outcome_names_the_trial_and_both_scores() -> None:
    said = outcome(7, finals(0.7, 0.8), finals(0.9, 0.9), CLASSES)
    assert "trial 7" in said
    assert "validation accuracy, 0.9000 against 0.7500" in said
    assert said == outcome(7, finals(0.7, 0.8), finals(0.9, 0.9, 0.1), CLASSES)
    assert "a training that diverged" in outcome(7, finals(None), finals(0.9), CLASSES)
