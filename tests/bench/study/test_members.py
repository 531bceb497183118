"""Trainings of the members of an ensemble."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.datasets import Task
from bench.errors import UsageError
from bench.records import Budget, FinalRecord, Role, StudySpec, StudyState
from bench.records.selection import best_configurations
from bench.store import Store, model_file

Content = Callable[[Path], dict[str, Any]]


@pytest.fixture(scope="module")
def spec(family: str) -> StudySpec:
    return StudySpec(
        family=family,
        tuner="random",
        budget=Budget(trials=3, epochs=1),
        seeds=1,
        skip_default=True,
        ensemble=3,
    )


@pytest.fixture(scope="module")
def undisturbed(
    run_study: Callable[..., Any],
    spec: StudySpec,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, list[str]]:
    """Folder and events of a study that was never interrupted."""
    folder = tmp_path_factory.mktemp("undisturbed")
    return folder, run_study(spec, folder).events


def smaller(spec: StudySpec, seconds: float | None = None) -> StudySpec:
    """A study of two configurations, which both are members."""
    budget = replace(spec.budget, trials=2, seconds=seconds)
    return replace(spec, budget=budget, ensemble=2)


def members(folder: Path) -> list[FinalRecord]:
    with Store(folder, read_only=True) as store:
        (record,) = store.studies()
        return store.finals(record.id, Role.MEMBER)


def test_best_configurations_after_the_winner_are_trained_once_each(
    undisturbed: tuple[Path, list[str]],
) -> None:
    folder, events = undisturbed
    with Store(folder, read_only=True) as store:
        (record,) = store.studies()
        best = best_configurations(store.trials(record.id), record.spec, 3)
        found = store.finals(record.id, Role.MEMBER)
        assert record.state is StudyState.FINISHED
        assert len(store.finals(record.id)) == 1
        for final in found:
            assert final.seed == 0
            assert store.epochs(record.id, Role.MEMBER, final.number)
            outputs = store.outputs(record.id, final.number, Role.MEMBER)
            assert len(outputs["probabilities"]) == record.task.test
            assert model_file(folder, record.id, Role.MEMBER, final.number).exists()
    assert [final.trial for final in found] == sorted(t.number for t in best[1:])
    ended = [event for event in events if event.endswith("ended")]
    assert ended[-2:] == [f"member, trial {t.number} ended" for t in best[1:]]


@pytest.mark.parametrize(
    "instant",
    [pytest.param("members started, epoch 1", marks=pytest.mark.slow), "member ended"],
)
def test_interrupted_members_continue_to_the_same_end(
    instant: str,
    run_study: Callable[..., Any],
    spec: StudySpec,
    undisturbed: tuple[Path, list[str]],
    content: Content,
    tmp_path: Path,
) -> None:
    if instant == "member ended":
        instant = next(e for e in undisturbed[1] if e.startswith("member,"))
    before = run_study(spec, tmp_path, interrupt=instant)
    assert before.events[-2:] == [instant, "interrupted"]
    after = run_study(spec, tmp_path)
    assert content(tmp_path) == content(undisturbed[0])
    assert not after.count("trial", "started")
    assert not after.count("seed", "ended")


def test_member_that_fails_is_left_out_and_the_study_ends(
    run_study: Callable[..., Any],
    spec: StudySpec,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from bench.training import trial_runner

    run_final = trial_runner.run_final

    def fail(trainer: Any, request: Any, report: Any) -> Any:
        if request.role is Role.MEMBER:
            raise MemoryError("too big")
        return run_final(trainer, request, report)

    monkeypatch.setattr(trial_runner, "run_final", fail)
    run_study(smaller(spec), tmp_path)
    assert members(tmp_path) == []
    with Store(tmp_path, read_only=True) as store:
        assert store.studies()[0].state is StudyState.FINISHED


def test_members_without_time_are_left_out_and_said(
    run_study: Callable[..., Any],
    spec: StudySpec,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bench.study.members.final_seconds", lambda *_: 1e6)
    progress = run_study(smaller(spec, seconds=1000.0), tmp_path)
    assert members(tmp_path) == []
    search, members_left = progress.said
    assert search.startswith("the search ended after 2 trials, with 16m")
    assert search.endswith(" of --time left: more --trials would use it")
    assert members_left == (
        "time was up before 1 member of the ensemble could be trained"
    )


def test_members_that_the_search_has_no_configuration_for_are_said(
    run_study: Callable[..., Any], spec: StudySpec, tmp_path: Path
) -> None:
    progress = run_study(replace(smaller(spec), ensemble=4), tmp_path)
    assert len(members(tmp_path)) == 1
    assert progress.said == [
        "the ensemble lacks 2 members: the search compared no more configurations; "
        "give it more --trials or --time"
    ]


def test_finished_study_gets_an_ensemble_later_without_a_new_search(
    run_study: Callable[..., Any], spec: StudySpec, tmp_path: Path
) -> None:
    wanted = smaller(spec)
    run_study(replace(wanted, ensemble=0), tmp_path)
    with Store(tmp_path, read_only=True) as store:
        [before] = store.studies()
    later = run_study(wanted, tmp_path)
    assert not later.count("trial", "started")
    assert not later.count("seed", "ended")
    assert len(members(tmp_path)) == 1
    with Store(tmp_path, read_only=True) as store:
        [record] = store.studies()
    assert (record.id, record.spec.ensemble) == (before.id, 2)
    assert record.state is StudyState.FINISHED
    assert run_study(replace(wanted, ensemble=0), tmp_path).events == [
        "already finished"
    ]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"family": "autoencoder"}, "averages the probabilities"),
        ({"tuner": "sklearn-random", "folds": 3}, "did not train on"),
    ],
)
def test_ensemble_is_refused_where_nothing_can_weigh_it(
    options: dict, reason: str, prepare: Callable[..., Any], digits: Task
) -> None:
    asked = {"family": "linear", "ensemble": 5} | options
    with pytest.raises(UsageError, match=reason):
        prepare(StudySpec(**asked), digits)


def test_ensemble_of_one_is_refused() -> None:
    with pytest.raises(UsageError, match="2 or more"):
        StudySpec(family="vgg", ensemble=1)
