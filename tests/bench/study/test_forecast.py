"""Forecasts of a trial's duration, from the trials before it."""

import pytest

from bench.records import TrialResult
from bench.study.cost_model import CostModel
from bench.study.earlier import TimedTrial
from bench.study.forecast import Forecast
from bench.training.work import Work


def result(rest: float, training: float) -> TrialResult:
    return TrialResult(
        seconds=rest + training,
        stage_seconds={"training": training * 0.75, "validation": training * 0.25},
    )


def test_nothing_is_known_of_a_first_trial() -> None:
    assert Forecast(str).trial({"kind": "any"}, 10) is None


def test_trial_takes_as_long_as_trials_of_its_affinity() -> None:
    forecast = Forecast(str)
    for _ in range(3):
        forecast.learn({"kind": "slow"}, result(1.0, 40.0), trained=10, asked=10)
        forecast.learn({"kind": "quick"}, result(1.0, 2.0), trained=10, asked=10)
    assert forecast.trial({"kind": "slow"}, 5) == pytest.approx(1 + 5 * 4.0)
    assert forecast.trial({"kind": "quick"}, 5) == pytest.approx(1 + 5 * 0.2)
    assert forecast.trial({"kind": "unknown"}, 5) == pytest.approx(1 + 5 * 2.1)


def test_trials_are_expected_to_stop_as_early_as_others_did() -> None:
    forecast = Forecast(str)
    forecast.learn({"kind": "any"}, result(0.0, 10.0), trained=5, asked=50)
    assert forecast.trial({"kind": "any"}, 50) == pytest.approx(10.0)
    assert forecast.training({"kind": "any"}, 50) == pytest.approx(100.0)


def test_trial_that_trained_nothing_teaches_nothing() -> None:
    forecast = Forecast(str)
    forecast.learn({"kind": "any"}, result(1.0, 0.0), trained=0, asked=3)
    assert forecast.trial({"kind": "any"}, 3) is None


def test_result_without_stages_counts_all_its_seconds() -> None:
    forecast = Forecast(str)
    forecast.learn({"kind": "any"}, TrialResult(seconds=8.0), trained=4, asked=4)
    assert forecast.trial({"kind": "any"}, 2) == pytest.approx(4.0)


def test_training_includes_the_seconds_of_its_start() -> None:
    forecast = Forecast(str)
    forecast.learn({"kind": "any"}, result(3.0, 10.0), trained=10, asked=10)
    assert forecast.training({"kind": "any"}, 4) == pytest.approx(3.0 + 4.0)


def test_first_trial_is_forecast_from_earlier_studies() -> None:
    work = Work(multiply_adds=10**6, parameters=10**4, batch_size=32)
    timed = TimedTrial(
        study="s", family="f", work=work, train=800, validation=200, epoch=4.0, rest=2.0
    )
    known = {"kind": work}
    forecast = Forecast(
        str,
        work=lambda values: known.get(str(values["kind"])),
        costs=CostModel(800, 200, [timed]),
        start=2.0,
    )
    assert forecast.trial({"kind": "kind"}, 5) == pytest.approx(22.0, rel=0.01)
    assert forecast.trial({"kind": "from elsewhere"}, 5) is None
