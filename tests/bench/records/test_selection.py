"""The best trial, where some were trained on a part of the images."""

from __future__ import annotations

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
    compared_trials,
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


def test_trial_on_a_part_is_the_best_only_until_one_on_more_images_ends() -> None:
    best, seen = BestSoFar(SPEC), []
    for number, each in enumerate(TRIALS):
        best.add(each)
        assert best.trial == best_trial(TRIALS[: number + 1], SPEC)
        seen.append(None if best.trial is None else best.trial.number)
    assert seen == [0, 0, 2, 2, 4, 4]


def test_trials_on_parts_are_not_compared_with_those_on_all_images() -> None:
    numbers = [each.number for each in compared_trials(TRIALS, SPEC)]
    assert numbers == [1, 4, 5]  # of those that failed none is left out
    assert len(compared_trials(TRIALS[:2], SPEC)) == 2


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
