"""Searches during which the machine's clock is set a day forward and back."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.records import Budget, Role, StudySpec
from bench.store import Store
from bench.study.event_clock import EventClock

DAY = 86_400.0


@pytest.fixture
def jumping(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that is right, a day ahead, a day behind, and so on."""
    offsets = itertools.cycle([0.0, DAY, -DAY, -DAY, 0.0, DAY])
    now = time.time
    monkeypatch.setattr("time.time", lambda: now() + next(offsets))


def test_times_of_events_rise_whatever_the_clock_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = iter([10.0, 5.0, 5.0, 11.0])
    monkeypatch.setattr("time.time", lambda: next(said))
    clock = EventClock(last=9.0)
    times = [clock.now() for _ in range(4)]
    assert (times[0], times[3]) == (10.0, 11.0)
    assert times[0] < times[1] < times[2] < times[3]


def test_no_event_precedes_the_last_one_of_an_interrupted_study() -> None:
    ahead = time.time() + DAY
    assert EventClock(last=ahead).now() > ahead


@pytest.mark.slow
@pytest.mark.usefixtures("jumping")
def test_jumping_clock_neither_ends_nor_prolongs_a_search(
    run_study: Callable[..., Any],
    stored: Callable[[Path], Any],
    hyperband: StudySpec,
    tmp_path: Path,
) -> None:
    budget = Budget(trials=4, epochs=3, seconds=3600.0)
    run_study(replace(hyperband, tuner="random", budget=budget, seeds=1), tmp_path)
    record, trials, finals = stored(tmp_path)
    assert len(trials) == 4
    assert {trial.result.epochs for trial in trials} == {3}
    assert [final.epochs for final in finals] == [3]
    assert 0 < record.seconds < 3600
    times = [t for trial in trials for t in (trial.started, trial.ended)]
    assert times == sorted(times)


@pytest.mark.slow
def test_search_that_a_jumping_clock_disturbed_goes_on_as_if_undisturbed(
    run_study: Callable[..., Any],
    content: Callable[[Path], dict[str, Any]],
    hyperband: StudySpec,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    """ASHA replays the events of its trials in the order of their times."""
    budget = Budget(trials=6, epochs=9, patience=9)
    asha = replace(hyperband, tuner="random", schedule="asha", budget=budget, seeds=1)
    run_study(asha, tmp_path / "undisturbed")
    request.getfixturevalue("jumping")
    disturbed = tmp_path / "disturbed"
    for instant in ("trial 2 ended", "trial 4 ended"):
        assert run_study(asha, disturbed, instant).events[-1] == "interrupted"
    run_study(asha, disturbed)
    assert content(disturbed) == content(tmp_path / "undisturbed")
    with Store(disturbed, read_only=True) as store:
        (record,) = store.studies()
        ends = [
            epoch.ended
            for trial in store.trials(record.id)
            for epoch in store.epochs(record.id, Role.TRIAL, trial.number)
        ]
    assert len({*ends}) == len(ends)
