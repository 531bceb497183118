"""Finished searches that are asked for again with more trials or more time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import report
from bench.records import Budget, Role, StudySpec, StudyState
from bench.records.selection import best_trial
from bench.store import Store


def asking(spec: StudySpec, **budget: Any) -> StudySpec:
    return replace(spec, budget=replace(spec.budget, **budget))


@pytest.fixture
def spec(family: str, dataset: str) -> StudySpec:
    return StudySpec(
        family=family,
        dataset=dataset,
        tuner="random",
        budget=Budget(trials=2, epochs=2),
        seeds=1,
    )


@pytest.fixture
def run(run_study: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    def run(spec: StudySpec, interrupt: str | None = None, **options: Any) -> Any:
        return run_study(spec, tmp_path, interrupt, **options)

    return run


def proposals(trials: list[Any]) -> list[dict[str, Any]]:
    return [dict(trial.proposal.hyperparameters) for trial in trials]


@pytest.mark.slow
def test_extended_random_search_equals_a_longer_one(
    spec: StudySpec, run_study: Callable, stored: Callable, tmp_path: Path
) -> None:
    run_study(spec, tmp_path / "extended")
    first = stored(tmp_path / "extended")
    again = run_study(asking(spec, trials=4), tmp_path / "extended")
    run_study(asking(spec, trials=4), tmp_path / "longer")
    record, trials, finals = stored(tmp_path / "extended")
    assert again.count("trial", "started") == 2
    assert record.id == first[0].id
    assert (record.spec.budget.trials, record.stages) == (4, (2, 4))
    assert trials[:2] == first[1]
    longer = stored(tmp_path / "longer")
    assert proposals(trials) == proposals(longer[1])
    assert [t.result.metrics for t in trials] == [t.result.metrics for t in longer[1]]
    assert [final.metrics for final in finals] == [f.metrics for f in longer[2]]
    with Store(tmp_path / "extended", read_only=True) as store:
        (board,) = report.boards(store)
    assert sum(row.family == spec.family for row in board.rows) <= 2  # with the default


@pytest.mark.slow
@pytest.mark.parametrize("tuner", ["hyperband", "one-epoch", "grid", "bayesian"])
def test_extension_keeps_every_trial_and_proposes_none_twice(
    tuner: str, spec: StudySpec, run: Callable, stored: Callable, tmp_path: Path
) -> None:
    spec = replace(spec, tuner=tuner, budget=replace(spec.budget, trials=3, epochs=3))
    run(spec)
    before = stored(tmp_path)[1]
    run(asking(spec, trials=7))
    record, trials, _ = stored(tmp_path)
    assert record.state is StudyState.FINISHED
    assert trials[: len(before)] == before
    started = [t for t in trials if t.proposal.parent is None]
    assert len(started) == 7
    configurations = {tuple(sorted(each.items())) for each in proposals(started)}
    assert len(configurations) == 7
    for trial in trials:
        if trial.proposal.parent is not None:
            parent = trials[trial.proposal.parent]
            assert proposals([parent]) == proposals([trial])


@pytest.mark.slow
def test_tests_follow_the_best_trial_of_an_extended_search(
    spec: StudySpec, run: Callable, stored: Callable, tmp_path: Path
) -> None:
    run(spec)
    record, trials, (tested,) = stored(tmp_path)
    for count in range(3, 12):
        run(asking(spec, trials=count))
        record, trials, (final,) = stored(tmp_path)
        best = best_trial(trials, record.spec)
        assert best is not None
        if best.number >= 2:
            break
    assert best.number == count - 1  # the last extension has found a better one
    assert final.ended > tested.ended
    with Store(tmp_path, read_only=True) as store:
        (study,) = store.studies()
        assert study.task.removed_trainings >= 1  # the former winner looked too
        assert study.tested is None


@pytest.mark.slow
def test_less_of_a_finished_search_is_that_search(
    spec: StudySpec, run: Callable, stored: Callable, tmp_path: Path
) -> None:
    run(asking(spec, trials=3))
    before = stored(tmp_path)
    assert run(asking(spec, trials=2)).events == ["already finished"]
    assert run(asking(spec, trials=3, seconds=60.0)).events == ["already finished"]
    assert stored(tmp_path) == before


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["trial 2 ended", "seed 0 ended"])
def test_interrupted_extension_goes_on_by_either_command(
    moment: str, spec: StudySpec, run: Callable, stored: Callable, tmp_path: Path
) -> None:
    run(spec)
    more = asking(spec, trials=4)
    run(more, moment)
    run(spec if moment.startswith("trial") else more)
    record, trials, finals = stored(tmp_path)
    assert record.state is StudyState.FINISHED
    assert (len(trials), len(finals)) == (4, 1)


@pytest.mark.slow
def test_search_that_time_ended_goes_on_with_more_time(
    spec: StudySpec, run: Callable, stored: Callable, tmp_path: Path
) -> None:
    short = asking(spec, trials=5, epochs=9, seconds=0.01)
    run(short)
    record, trials, finals = stored(tmp_path)
    assert len(trials) == 1
    assert finals[0].is_cut_short
    run(asking(short, seconds=3600.0))
    record, trials, finals = stored(tmp_path)
    assert (record.state, record.spec.budget.seconds) == (StudyState.FINISHED, 3600.0)
    assert len(trials) == 5
    assert not any(final.is_cut_short for final in finals)
    with Store(tmp_path, read_only=True) as store:
        assert not any(f.is_cut_short for f in store.finals(record.id, Role.DEFAULT))


@pytest.mark.slow
def test_time_is_added_to_what_a_finished_search_has_spent(
    spec: StudySpec, prepare: Callable, tmp_path: Path, run: Callable, stored: Callable
) -> None:
    from bench.study import growth
    from bench.study.added_time import AddedTime

    run(asking(spec, seconds=100.0))
    with Store(tmp_path) as store:
        store.add_seconds(store.studies()[0].id, 90.0)
        (study,) = store.studies()
        asked = prepare(asking(spec, seconds=50.0))
        found = growth.stored(asked.identity, store, adds_time=True)
        assert found == study
        added = AddedTime(tmp_path / "added.json", 50.0)
        more = growth.grown(study, asked, store, added=added)
        assert 50 <= more.spec.budget.seconds - study.seconds < 51
        assert store.study(study.id) == more
        # The same command continues what was interrupted, and adds no more.
        added = AddedTime(tmp_path / "added.json", 50.0)
        again = growth.grown(more, asked, store, added=added)
        assert again == more


def test_more_epochs_train_the_same_proposals_again_and_take_the_row(
    spec: StudySpec, run: Callable, tmp_path: Path
) -> None:
    spec = asking(replace(spec, skip_default=True), epochs=1)
    run(spec)
    longer = asking(spec, epochs=2)
    assert run(longer).count("trial", "ended") == 2
    with Store(tmp_path, read_only=True) as store:
        short, long = store.studies()
        (board,) = report.boards(store)
        first, second = (proposals(store.trials(each.id)) for each in (short, long))
    assert long.replaces == (short.id,)
    assert [row.study for row in board.rows if row.study] == [long.id]
    assert first == second
