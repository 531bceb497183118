"""Final trainings whose learning rates fall in the time that is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.records import (
    Budget,
    Proposal,
    StudySpec,
    TrialRecord,
    TrialResult,
    TrialState,
)


@pytest.fixture
def context(prepare: Callable[..., Any]) -> Any:
    """Of a study of dense whose epochs take 2 s, and 1 s beside them."""
    forecast = SimpleNamespace(
        epoch=lambda values: 2.0,
        training=lambda values, epochs: 1.0 + 2.0 * epochs,
        validation=lambda values: 0.5,
    )
    prepared = prepare(StudySpec(family="dense"))
    return SimpleNamespace(forecast=forecast, prepared=prepared)


@pytest.mark.parametrize(
    ("schedule", "seconds", "trainings", "expected"),
    [
        ("cosine", 21.0, 1, 9),  # nine tenths of the 20 s beside the start
        ("cosine", 21.0, 3, 3),
        ("cosine", 7.5, 1, 2.9),  # 5.85 s: two epochs, 1.35 of 1.5 s, a validation
        ("cosine", 6.0, 1, 2),  # 4.5 s: the validation alone takes what is left
        ("cosine", 0.5, 1, 1),
        ("cosine", 120.0, 1, None),
        ("constant", 21.0, 1, None),
    ],
)
def test_epochs_are_planned_where_learning_rates_fall(
    schedule: str, seconds: float, trainings: int, expected: float | None, context: Any
) -> None:
    from bench.study.schedule_in_time import epochs_in_time

    values = {**context.prepared.default, "schedule": schedule}
    planned = epochs_in_time(context, values, seconds, expected=50, trainings=trainings)
    assert planned == expected


def test_a_part_of_an_epoch_is_not_compiled_for(context: Any) -> None:
    from bench.study.schedule_in_time import epochs_in_time

    values = {**context.prepared.default, "schedule": "cosine"}
    spec = replace(context.prepared.spec, backend="jax")
    context.prepared = replace(context.prepared, spec=spec)
    assert epochs_in_time(context, values, 7.5, expected=50) == 2


def test_families_from_elsewhere_have_no_schedule_to_plan(
    context: Any, family: str, prepare: Callable[..., Any]
) -> None:
    from bench.study.schedule_in_time import epochs_in_time

    context.prepared = prepare(StudySpec(family=family))
    assert epochs_in_time(context, {"schedule": "cosine"}, 21.0, expected=50) is None


def test_nothing_is_planned_before_an_epoch_was_timed(context: Any) -> None:
    from bench.study.schedule_in_time import epochs_in_time

    context.forecast.epoch = context.forecast.training = lambda *_: 0.0
    values = {**context.prepared.default, "schedule": "cosine"}
    assert epochs_in_time(context, values, -1.0, expected=50) is None


def test_learning_rates_span_the_planned_epochs() -> None:
    from bench.training.request import FinalRequest

    request = FinalRequest(hyperparameters={}, seed=0, epochs=50, patience=5, planned=6)
    assert (request.training.epochs, request.training.full_epochs) == (6, 6)
    a_part_more = replace(request, planned=6.4).training
    assert (a_part_more.epochs, a_part_more.full_epochs) == (7, 6.4)
    recorded = replace(request, epochs=5)  # time was up before
    assert (recorded.training.epochs, recorded.training.full_epochs) == (5, 6)


def test_planned_trainings_are_repeated_as_they_were(
    run_study: Callable[..., Any],
    stored: Callable[[Path], Any],
    reproduced: Callable[[Path], Any],
    dataset: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from bench.study import finals

    monkeypatch.setattr(finals, "epochs_in_time", lambda *_, **__: 1.5)
    spec = StudySpec(
        family="dense",
        dataset=dataset,
        validation_fraction=0.2,
        test_fraction=0.2,
        tuner="random",
        budget=Budget(trials=2, epochs=4, seconds=1000.0),
        seeds=1,
        skip_default=True,
    )
    said = run_study(spec, tmp_path).said
    assert any("there is time for 1.5 of 4 epochs of the best" in line for line in said)
    (final,) = stored(tmp_path)[2]
    assert (final.planned, final.epochs) == (1.5, 2)
    assert final.note == "there was time for 1.5 of 4 epochs"
    assert final.is_shortened

    monkeypatch.setattr(finals, "epochs_in_time", lambda *_, **__: 3)
    run_study(replace(spec, seeds=2), tmp_path)
    both = stored(tmp_path)[2]
    assert [each.planned for each in both] == [1.5, 1.5]

    assert reproduced(tmp_path).is_equal

    more = replace(spec, seeds=2, budget=replace(spec.budget, seconds=2000.0))
    run_study(more, tmp_path)
    assert [each.planned for each in stored(tmp_path)[2]] == [3, 3]


@pytest.mark.parametrize(
    ("fidelity", "epochs", "best_epoch", "expected"),
    [
        (50, 30, 3, 30),  # patience counted later
        (50, 12, 7, 12),
        (50, 4, 3, 8),  # time ended the trial
        (50, 50, 49, 50),
        (6, 6, 5, 50),  # it would have trained on
    ],
)
def test_final_training_is_expected_to_take_as_long_as_its_trial(
    fidelity: int, epochs: int, best_epoch: int, expected: int
) -> None:
    from bench.study.final_forecast import expected_epochs

    trial = TrialRecord(
        number=0,
        proposal=Proposal(hyperparameters={}, epochs=fidelity),
        seed=0,
        state=TrialState.FINISHED,
        started=0.0,
        result=TrialResult(epochs=epochs, best_epoch=best_epoch),
    )
    assert expected_epochs(trial, Budget(epochs=50, patience=5)) == expected


def test_reserved_time_is_enough_for_what_it_is_reserved_for(context: Any) -> None:
    from bench.study.schedule_in_time import SHARE, epochs_in_time

    values = {**context.prepared.default, "schedule": "cosine"}
    reserved = context.forecast.training(values, 20 / SHARE)
    assert epochs_in_time(context, values, reserved, expected=20) is None
