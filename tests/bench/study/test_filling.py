"""Searches that go on for as long as there is time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.records import Budget, StudySpec, StudyState
from bench.records.wording import budget_text
from bench.report import search_command
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


@pytest.mark.parametrize(
    ("tuner", "stages"),
    [
        ("random", (2, 5)),
        pytest.param("hyperband", (2, 4, 5), marks=pytest.mark.slow),
    ],
)
def test_a_search_goes_on_as_if_more_trials_had_been_asked_for(
    tuner: str,
    stages: tuple[int, ...],
    spec: StudySpec,
    run_study: Callable,
    stored: Callable,
    tmp_path: Path,
) -> None:
    spec = replace(spec, tuner=tuner)
    progress = run_study(spec, tmp_path / "filled")
    record, trials, finals = stored(tmp_path / "filled")
    assert record.state is StudyState.FINISHED
    assert record.stages == stages
    assert record.spec.budget == spec.budget
    assert record.spec.fills_time
    for count in stages:
        budget = replace(spec.budget, trials=count)
        asked = replace(spec, fills_time=False, budget=budget)
        run_study(asked, tmp_path / "asked")
    asked = stored(tmp_path / "asked")
    assert configurations(trials) == configurations(asked[1])
    assert [t.result.metrics for t in trials] == [t.result.metrics for t in asked[1]]
    assert [final.metrics for final in finals] == [f.metrics for f in asked[2]]
    (said,) = (line for line in progress.said if "more --trials" in line)
    assert said.startswith("the search ended after 5 trials, with ")


@pytest.mark.parametrize(
    ("tuner", "asked"),
    [
        ("hyperband", {"seeds": 2}),
        pytest.param("random", {"seconds": 2 * SECONDS}, marks=pytest.mark.slow),
        pytest.param("hyperband", {"seconds": 2 * SECONDS}, marks=pytest.mark.slow),
        pytest.param("hyperband", {}, marks=pytest.mark.slow),
        pytest.param("random", {"seeds": 2}, marks=pytest.mark.slow),
        pytest.param("random", {}, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_an_interrupted_search_goes_on_in_its_step(
    tuner: str,
    asked: dict[str, Any],
    spec: StudySpec,
    run_study: Callable,
    stored: Callable,
    tmp_path: Path,
) -> None:
    spec = replace(spec, tuner=tuner)
    more = replace(spec, seeds=asked.get("seeds", 1))
    if "seconds" in asked:
        more = replace(more, budget=replace(spec.budget, **asked))
    run_study(more, tmp_path / "whole")
    whole = stored(tmp_path / "whole")
    assert "interrupted" in run_study(spec, tmp_path / "cut", "trial 3 started").events
    first = stored(tmp_path / "cut")[0]
    assert first.state is StudyState.UNFINISHED
    assert len(first.stages) == 2
    # Interrupted once more, now that more is asked for than it began with.
    run_study(more, tmp_path / "cut", "trial 4 started")
    run_study(more, tmp_path / "cut")
    cut = stored(tmp_path / "cut")
    assert cut[0].id == first.id
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
    assert record.state is StudyState.FINISHED


@pytest.mark.parametrize(
    ("trials", "seconds", "expected"), [(2, None, 3), (4, SECONDS, 4), (2, SECONDS, 3)]
)
def test_a_number_of_trials_ends_a_search_that_was_to_fill_its_time(
    trials: int,
    seconds: float | None,
    expected: int,
    spec: StudySpec,
    run_study: Callable,
    stored: Callable,
    tmp_path: Path,
) -> None:
    run_study(spec, tmp_path, "trial 2 ended")
    budget = replace(spec.budget, trials=trials, seconds=seconds)
    run_study(replace(spec, budget=budget, fills_time=False), tmp_path)
    record, found, _ = stored(tmp_path)
    assert record.state is StudyState.FINISHED
    assert len(found) == expected


def test_a_study_without_a_limit_of_time_is_not_filled(
    spec: StudySpec, run_study: Callable, stored: Callable, tmp_path: Path
) -> None:
    run_study(replace(spec, budget=replace(spec.budget, seconds=None)), tmp_path)
    assert len(stored(tmp_path)[1]) == 2


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"time": "5m"}, "--time 5m"),
        ({"time": "5m", "trials": 20}, "--trials 20 --time 5m"),
        ({"time": "5m", "tuner": "sklearn-random"}, "--time 5m"),
        ({"trials": 20}, ""),
    ],
)
def test_printed_commands_say_what_ends_the_search(
    given: dict[str, Any], words: str
) -> None:
    (spec,) = requests.request(["dense"], given).specs
    command = search_command(spec)
    assert command.endswith(words)
    assert ("--trials" in command) == ("--trials" in words)


def test_budgets_of_time_alone_are_alike_whatever_they_came_to() -> None:
    (spec,) = requests.request(["dense"], {"time": "5m"}).specs
    assert budget_text(spec) == "5m of trials × 50 epochs"


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
