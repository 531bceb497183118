"""Searches that go on for as long as there is time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.records import Budget, StudySpec, StudyState
from bench.study import filling, requests

SECONDS = 1000.0
"""More than the searches of these tests take, which end by the number of trials."""


@pytest.fixture
def spec(family: str, dataset: str, monkeypatch: pytest.MonkeyPatch) -> StudySpec:
    monkeypatch.setattr(filling, "STEP", 2)
    monkeypatch.setattr(filling, "MOST", 5)
    return StudySpec(
        family=family,
        dataset=dataset,
        tuner="random",
        budget=Budget(trials=2, epochs=2, seconds=SECONDS),
        seeds=1,
        fills_time=True,
    )


def configurations(trials: list[Any]) -> list[dict[str, Any]]:
    started = [trial for trial in trials if trial.proposal.parent is None]
    return [dict(trial.proposal.hyperparameters) for trial in started]


def test_a_search_goes_on_as_if_more_trials_had_been_asked_for(
    spec: StudySpec, run_study: Callable, stored: Callable, tmp_path: Path
) -> None:
    progress = run_study(spec, tmp_path / "filled")
    record, trials, finals = stored(tmp_path / "filled")
    assert record.state is StudyState.FINISHED
    assert (record.spec.budget.trials, record.stages) == (5, (2, 4, 5))
    five = replace(spec, fills_time=False, budget=replace(spec.budget, trials=5))
    run_study(five, tmp_path / "asked")
    asked = stored(tmp_path / "asked")
    assert configurations(trials) == configurations(asked[1])
    assert [t.result.metrics for t in trials] == [t.result.metrics for t in asked[1]]
    assert [final.metrics for final in finals] == [f.metrics for f in asked[2]]
    (said,) = (line for line in progress.said if "more --trials" in line)
    assert said.startswith("the search ended after 5 trials, with ")


@pytest.mark.parametrize("tuner", ["random", "hyperband"])
def test_a_search_that_was_interrupted_in_a_later_step_goes_on_there(
    tuner: str, spec: StudySpec, run_study: Callable, stored: Callable, tmp_path: Path
) -> None:
    spec = replace(spec, tuner=tuner)
    run_study(spec, tmp_path / "whole")
    whole = stored(tmp_path / "whole")
    interrupted = run_study(spec, tmp_path / "cut", "trial 3 started")
    assert "interrupted" in interrupted.events
    record = stored(tmp_path / "cut")[0]
    assert record.state is StudyState.UNFINISHED
    assert record.spec.budget.trials == 4
    run_study(spec, tmp_path / "cut")
    cut = stored(tmp_path / "cut")
    assert cut[0].stages == whole[0].stages
    assert configurations(cut[1]) == configurations(whole[1])
    assert [final.metrics for final in cut[2]] == [f.metrics for f in whole[2]]


def test_the_same_command_finds_a_filled_search_finished(
    spec: StudySpec, run_study: Callable, tmp_path: Path
) -> None:
    run_study(spec, tmp_path)
    again = run_study(spec, tmp_path)
    assert not again.count("trial", "started")


def test_a_small_space_ends_a_search_before_its_time(
    spec: StudySpec, run_study: Callable, stored: Callable, tmp_path: Path
) -> None:
    run_study(replace(spec, fixed=(("units", "4"),)), tmp_path)
    record, trials, _ = stored(tmp_path)
    assert len(trials) == 2  # the two optimizers
    assert record.spec.budget.trials == 4


@pytest.mark.parametrize(
    ("given", "fills"),
    [
        ({"time": "5m"}, True),
        ({"time": "5m", "tuner": "bayesian", "schedule": "asha"}, True),
        ({"time": "5m", "trials": 20}, False),
        ({}, False),
        ({"time": "5m", "tuner": "sklearn-random"}, False),
        ({"time": "5m", "tuner": "sklearn-grid"}, False),
    ],
)
def test_time_without_trials_is_filled(given: dict[str, Any], fills: bool) -> None:
    (spec,) = requests.request(["dense"], given).specs
    assert spec.fills_time is fills
