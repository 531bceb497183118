"""Studies in which something fails, or time runs out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.datasets import Task
from bench.errors import BenchError, FamilyError, SpaceError, StudyError, UsageError
from bench.records import Budget, StudySpec, StudyState, TrialState
from bench.store import Store
from bench.study import run as study
from bench.study.prepare import Crew, describe, plan

pytestmark = pytest.mark.usefixtures("keras_started")

DENSE = StudySpec(
    family="dense",
    tuner="random",
    budget=Budget(trials=2, epochs=1),
    seeds=1,
    only=("dropout",),
    fixed=(("batch_size", "32"), ("units", "64")),
)


@pytest.fixture
def run(small_task: Task, tmp_path: Path, watch: Any) -> Callable[..., Any]:
    """Run a study in the test's folder; what was seen of it."""

    def run(spec: StudySpec, seen: Any = None, **options: Any) -> Any:
        seen = seen or watch()
        with Store(tmp_path / "results") as store:
            options.setdefault("crew", Crew(workers=0))
            study.run(plan(spec, small_task), store, seen, **options)
        return seen

    return run


@pytest.fixture
def held(tmp_path: Path) -> Callable[[], Any]:
    """The only study of the test's folder, its trials and its finals."""

    def held() -> Any:
        with Store(tmp_path / "results", read_only=True) as store:
            (record,) = store.studies()
            return record, store.trials(record.id), store.finals(record.id)

    return held


def test_family_of_ours_is_studied(run: Callable, held: Callable) -> None:
    seen = run(DENSE)
    record, trials, finals = held()
    assert record.state is StudyState.FINISHED
    assert record.spec.fixed == (("batch_size", 32), ("units", 64))
    assert "keras" in record.versions
    for trial in trials:
        assert trial.state is TrialState.FINISHED
        assert trial.proposal.hyperparameters["units"] == 64
        assert trial.proposal.hyperparameters["optimizer"] == "adam"
    assert len({t.proposal.hyperparameters["dropout"] for t in trials}) == 2
    assert len({t.seed for t in trials}) == 2
    assert 0 <= finals[0].metrics["test_accuracy"] <= 1
    assert finals[0].latency_ms_1 > 0
    assert seen.events[-1] == "seed 0 ended"


def test_failed_trial_among_good_ones_is_recorded_and_the_study_goes_on(
    run: Callable, held: Callable, write_family: Callable[[str], str]
) -> None:
    family = write_family('if units == 5: raise ValueError("five\\nis too few")')
    spec = StudySpec(
        family=family,
        tuner="grid",
        budget=Budget(trials=3, epochs=1),
        only=("units",),
        seeds=1,
    )
    run(spec)
    record, trials, finals = held()
    assert [t.state for t in trials] == [
        TrialState.FINISHED,
        TrialState.FAILED,
        TrialState.FINISHED,
    ]
    assert trials[1].result.error == "ValueError: five"
    assert "theirs.py" in trials[1].result.traceback
    assert trials[1].result.metrics == {}
    assert trials[1].seed != trials[0].seed
    assert record.state is StudyState.FINISHED
    assert len(finals) == 1


@pytest.fixture
def broken(tmp_path: Path) -> str:
    """A family that raises while it builds, until there is a file ``mended``."""
    path = tmp_path / "broken.py"
    path.write_text(f"""
import pathlib
import keras
from search_spaces.family import Family

class Broken(Family):
    def declare(self, hp):
        hp.Int("units", 1, 99)

    def features(self, hp, images):
        if not pathlib.Path({str(tmp_path / "mended")!r}).exists():
            raise ValueError("broken")
        return keras.layers.Flatten()(images)
""")
    return f"{path}:Broken"


def test_study_in_which_nothing_works_stops_after_five_trials(
    run: Callable, held: Callable, broken: str
) -> None:
    with pytest.raises(StudyError) as stopped:
        run(StudySpec(family=broken, budget=Budget(trials=9, epochs=1)))
    message = str(stopped.value)
    assert "first 5 all failed" in message
    assert "ValueError: broken" in message
    assert "\n" not in message
    record, trials, finals = held()
    assert (record.state, record.message) == (StudyState.FAILED, message)
    assert [t.state for t in trials] == [TrialState.FAILED] * 5
    assert not finals
    assert stopped.value.exit_code == 1


def test_failed_study_starts_over_when_asked_again(
    run: Callable, held: Callable, broken: str, tmp_path: Path
) -> None:
    spec = StudySpec(family=broken, budget=Budget(trials=2, epochs=1), seeds=1)
    with pytest.raises(StudyError, match="the first 2 all failed"):
        run(spec)
    (tmp_path / "mended").touch()
    assert run(spec).count("trial", "started") == 2
    record, trials, finals = held()
    assert (record.state, record.message) == (StudyState.FINISHED, "")
    assert [t.state for t in trials] == [TrialState.FINISHED] * 2
    assert len(finals) == 1


def test_study_killed_as_its_fifth_trial_failed_goes_no_further(
    run: Callable, held: Callable, broken: str, watch: Any
) -> None:
    spec = StudySpec(family=broken, budget=Budget(trials=9, epochs=1))
    with pytest.raises(KeyboardInterrupt):
        run(spec, watch(interrupt="trial 4 ended"))
    with pytest.raises(StudyError):
        run(spec)
    assert held()[0].state is StudyState.FAILED
    assert len(held()[1]) == 6


def test_time_that_runs_out_ends_the_search_and_still_tests(
    run: Callable, held: Callable, write_family: Callable[[str], str]
) -> None:
    spec = StudySpec(
        family=write_family(),
        tuner="random",
        budget=Budget(trials=500, epochs=40, patience=40, seconds=2.0),
        seeds=2,
    )
    seen = run(spec)
    record, trials, finals = held()
    assert 1 <= len(trials) < 500
    assert [final.seed for final in finals] == [0, 1]
    assert record.state is StudyState.FINISHED
    assert seen.events[-1] == "seed 1 ended"


def test_no_trial_starts_that_is_predicted_to_end_too_late(
    run: Callable,
    held: Callable,
    write_family: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "bench.study.run.search.Forecast.trial",
        lambda forecast, affinity, asked: 5000.0 if forecast.heard > 2 else 1.0,
    )
    monkeypatch.setattr("bench.study.run.search.Forecast.heard", 0, raising=False)

    def learn(forecast: Any, *_: object, **__: object) -> None:
        forecast.heard += 1

    monkeypatch.setattr("bench.study.run.search.Forecast.learn", learn)
    spec = StudySpec(
        family=write_family(),
        tuner="random",
        budget=Budget(trials=9, epochs=1, seconds=1000.0),
        seeds=1,
    )
    run(spec)
    record, trials, finals = held()
    assert len(trials) == 3
    assert record.state is StudyState.FINISHED
    assert len(finals) == 1


def test_budget_too_short_for_anything_still_gives_one_epoch(
    run: Callable, held: Callable, write_family: Callable[[str], str]
) -> None:
    spec = StudySpec(
        family=write_family(), budget=Budget(trials=9, epochs=9, seconds=0.01), seeds=1
    )
    run(spec)
    _, trials, finals = held()
    assert [t.result.epochs for t in trials] == [1]
    assert [final.epochs for final in finals] == [1]


def test_search_does_not_go_on_once_a_seed_was_tested(
    run: Callable,
    held: Callable,
    write_family: Callable[[str], str],
    watch: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All seeds must train one configuration, whatever the clock says later."""
    spec = StudySpec(
        family=write_family(),
        tuner="random",
        budget=Budget(trials=4, epochs=1, seconds=1000.0),
        seeds=2,
    )
    honest = study.BudgetClock.search_is_over
    monkeypatch.setattr(study.BudgetClock, "search_is_over", True)
    with pytest.raises(KeyboardInterrupt):
        run(spec, watch(interrupt="seed 0 ended"))
    monkeypatch.setattr(study.BudgetClock, "search_is_over", honest)
    run(spec)
    _, trials, finals = held()
    assert len(trials) == 1
    assert len(finals) == 2


@pytest.mark.parametrize(
    ("change", "kind", "parts"),
    [
        ({"only": ("widht",)}, SpaceError, ["'widht'", "units", "batch_size"]),
        ({"only": None, "fixed": (("units", "65"),)}, SpaceError, ["units", "'65'"]),
        ({"only": ("units",)}, SpaceError, ["'units'", "--only", "--fix"]),
        ({"family": "nowhere.py:Net"}, FamilyError, ["'nowhere.py'"]),
        ({"family": "no.such.module:Net"}, FamilyError, ["no.such.module"]),
        ({"family": "search_spaces.vgg:VGH"}, FamilyError, ["'VGH'", "'VGG'"]),
        ({"tuner": "hyperbrand"}, UsageError, ["'hyperband'"]),
    ],
)
def test_plan_that_makes_no_sense_is_refused(
    small_task: Task, change: dict, kind: type[BenchError], parts: list[str]
) -> None:
    with pytest.raises(kind) as refused:
        plan(replace(DENSE, **change), small_task)
    for part in parts:
        assert part in str(refused.value)


def test_identity_follows_task_space_and_the_familys_file(
    small_task: Task, write_family: Callable[[str], str]
) -> None:
    spec = StudySpec(family=write_family())
    first = plan(spec, small_task).id
    assert plan(spec, small_task).id == first
    assert plan(replace(spec, fixed=(("units", "5"),)), small_task).id != first
    other = replace(small_task, record=replace(small_task.record, fingerprint="other"))
    assert plan(spec, other).id != first
    write_family("edited = True")
    assert plan(spec, small_task).id != first


def test_description_is_of_the_task(small_task: Task) -> None:
    described = {h.name: h for h in describe(replace(DENSE, family="vgg"), small_task)}
    assert described["blocks"].range == "1"
    assert described["momentum"].condition == "optimizer = sgd"
