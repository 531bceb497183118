"""The best trial, where some were trained on a part of the images."""

from __future__ import annotations

import pytest

from bench.datasets import Task
from bench.records import (
    Proposal,
    StudyRecord,
    StudySpec,
    StudyState,
    TrialRecord,
    TrialResult,
    TrialState,
    selection,
)
from bench.records.selection import (
    BestSoFar,
    best_trial,
)

SPEC = StudySpec(family="any")


def trial(
    number: int, accuracy: float, share: float, state: str = "finished"
) -> TrialRecord:
    metrics = {"validation_accuracy": accuracy, "validation_log_loss": 0.5}
    return TrialRecord(
        number=number,
        proposal=Proposal(hyperparameters={}, epochs=3, image_share=share),
        seed=0,
        state=TrialState(state),
        started=0.0,
        result=TrialResult(metrics=metrics, epochs=3),
    )


TRIALS = [
    trial(0, 0.9, 1 / 9),
    trial(1, 0.5, 1 / 9, "failed"),
    trial(2, 0.8, 1 / 3),
    trial(3, 0.95, 1 / 9),
    trial(4, 0.7, 1.0),
    trial(5, 0.6, 1.0),
]


def test_best_trial_is_that_with_the_best_score_on_however_many_images() -> None:
    best, seen = BestSoFar(SPEC), []
    for number, each in enumerate(TRIALS):
        best.add(each)
        assert best.trial == best_trial(TRIALS[: number + 1], SPEC)
        seen.append(None if best.trial is None else best.trial.number)
    assert seen == [0, 0, 0, 3, 3, 3]


@pytest.mark.parametrize("shares", [(1 / 9, 1.0, 1 / 3), (1 / 9, 1 / 3)])
def test_of_equal_scores_the_one_on_most_images_is_the_best(
    shares: tuple[float, ...],
) -> None:
    trials = [trial(number, 0.9, share) for number, share in enumerate(shares)]
    best = best_trial(trials, SPEC)
    assert best is not None
    assert best.proposal.image_share == max(shares)


def test_tested_trial_on_a_part_stays_while_its_search_is_extended(
    stripes: Task,
) -> None:
    study = StudyRecord(
        id="any",
        spec=SPEC,
        task=stripes.record,
        state=StudyState.UNFINISHED,
        created=0.0,
        tested=0,
    )
    tested = selection.tested_trial(study, TRIALS)
    assert tested is not None
    assert tested.number == 0
