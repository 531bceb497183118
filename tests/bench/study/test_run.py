"""Studies in which something fails, or time runs out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.errors import StudyError
from bench.records import (
    Budget,
    Resources,
    Role,
    StudySpec,
    StudyState,
    TrialState,
)
from bench.store import Store

DENSE = StudySpec(
    family="dense",
    tuner="random",
    budget=Budget(trials=2, epochs=1),
    seeds=1,
    only=("dropout",),
    fixed=(("batch_size", "32"), ("units", "64")),
)


@pytest.fixture
def run(run_study: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Runs a study in the test's folder; returns its progress."""

    def run(spec: StudySpec, interrupt: str | None = None) -> Any:
        return run_study(spec, tmp_path / "results", interrupt)

    return run


@pytest.fixture
def results(stored: Callable[[Path], Any], tmp_path: Path) -> Callable[[], Any]:
    """Reads the only study of the test's folder, its trials and final trainings."""
    return lambda: stored(tmp_path / "results")


def test_family_of_the_table_is_studied(run: Callable, results: Callable) -> None:
    progress = run(DENSE)
    record, trials, finals = results()
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
    assert progress.events[-1] == "default, seed 0 ended"


def test_failed_trial_among_good_ones_is_recorded_and_the_study_continues(
    run: Callable, results: Callable, write_family: Callable[[str], str]
) -> None:
    family = write_family('if units == 5: raise ValueError("five\\nis too few")')
    spec = StudySpec(
        family=family,
        tuner="grid",
        budget=Budget(trials=3, epochs=1),
        only=("units",),
        seeds=1,
    )
    progress = run(spec)
    record, trials, finals = results()
    assert [t.state for t in trials] == [
        TrialState.FINISHED,
        TrialState.FAILED,
        TrialState.FINISHED,
    ]
    assert any(
        said.startswith("1 of 3 trials failed: ValueError: five (")
        for said in progress.said
    )
    assert trials[1].result.error == "ValueError: five"
    assert "theirs.py" in trials[1].result.traceback
    assert trials[1].result.metrics == {}
    assert trials[1].seed != trials[0].seed
    assert record.state is StudyState.FINISHED
    assert len(finals) == 1


@pytest.fixture
def broken(tmp_path: Path) -> str:
    """A family that raises an error in ``build`` until a file ``mended`` exists."""
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


def test_study_whose_trials_all_fail_stops_after_five_trials(
    run: Callable, results: Callable, broken: str
) -> None:
    with pytest.raises(StudyError) as stopped:
        run(StudySpec(family=broken, budget=Budget(trials=9, epochs=1)))
    message = str(stopped.value)
    assert "first 5 all failed" in message
    assert "ValueError: broken" in message
    assert "\n" not in message
    record, trials, finals = results()
    assert (record.state, record.message) == (StudyState.FAILED, message)
    assert [t.state for t in trials] == [TrialState.FAILED] * 5
    assert not finals
    assert stopped.value.exit_code == 1


def test_trials_that_all_failed_are_tried_again_when_asked(
    run: Callable, results: Callable, broken: str, tmp_path: Path
) -> None:
    spec = StudySpec(family=broken, budget=Budget(trials=2, epochs=1), seeds=1)
    with pytest.raises(StudyError, match="the first 2 all failed"):
        run(spec)
    (tmp_path / "mended").touch()
    assert run(spec).count("trial", "started") == 2
    record, trials, finals = results()
    assert (record.state, record.message) == (StudyState.FINISHED, "")
    assert [t.state for t in trials] == [TrialState.FINISHED] * 2
    assert len(finals) == 1


def test_study_killed_after_five_failures_stops_at_the_next_one(
    run: Callable, results: Callable, broken: str
) -> None:
    spec = StudySpec(family=broken, budget=Budget(trials=9, epochs=1))
    assert run(spec, "trial 4 ended").events[-1] == "interrupted"
    with pytest.raises(StudyError):
        run(spec)
    assert results()[0].state is StudyState.FAILED
    assert len(results()[1]) == 6


def test_time_that_runs_out_ends_the_search_and_still_tests(
    run: Callable, results: Callable, write_family: Callable[[str], str]
) -> None:
    spec = StudySpec(
        family=write_family(),
        tuner="random",
        budget=Budget(trials=500, epochs=40, patience=40, seconds=2.0),
        seeds=2,
    )
    progress = run(spec)
    record, trials, finals = results()
    assert 1 <= len(trials) < 500
    assert [final.seed for final in finals] in ([0], [0, 1])  # as time allows
    assert record.state is StudyState.FINISHED
    assert progress.events[-1] == f"seed {finals[-1].seed} ended"


def test_no_trial_starts_that_is_predicted_to_end_too_late(
    run: Callable,
    results: Callable,
    write_family: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "bench.study.forecast.Forecast.trial",
        lambda forecast, affinity, asked: 5000.0 if forecast.learned > 2 else 1.0,
    )
    monkeypatch.setattr("bench.study.forecast.Forecast.learned", 0, raising=False)

    def learn(forecast: Any, *_: object, **__: object) -> None:
        forecast.learned += 1

    monkeypatch.setattr("bench.study.forecast.Forecast.learn", learn)
    spec = StudySpec(
        family=write_family(),
        tuner="random",
        budget=Budget(trials=9, epochs=1, seconds=1000.0),
        seeds=1,
        skip_default=True,
    )
    progress = run(spec)
    record, trials, finals = results()
    assert [trial.result.is_left_out for trial in trials] == [False] * 3 + [True] * 6
    assert progress.said == [
        "6 of 9 trials would not have ended within --time 16m40s, and were left out"
    ]
    assert record.state is StudyState.FINISHED
    assert len(finals) == 1


def test_budget_too_short_for_anything_still_gives_one_epoch(
    run: Callable, results: Callable, write_family: Callable[[str], str]
) -> None:
    spec = StudySpec(
        family=write_family(), budget=Budget(trials=9, epochs=9, seconds=0.01), seeds=1
    )
    run(spec)
    _, trials, finals = results()
    assert [t.result.epochs for t in trials] == [1]
    assert [final.epochs for final in finals] == [1]


@pytest.mark.usefixtures("search_wins")
def test_default_configuration_is_trained_and_tested_with_the_same_seeds(
    run: Callable, write_family: Callable[[str], str], tmp_path: Path
) -> None:
    spec = StudySpec(
        family=write_family(),
        tuner="grid",
        budget=Budget(trials=3, epochs=2),
        only=("units",),
        seeds=2,
    )
    run(spec)
    with Store(tmp_path / "results", read_only=True) as store:
        (record,) = store.studies()
        finals = store.finals(record.id)
        defaults = store.finals(record.id, Role.DEFAULT)
        assert [final.seed for final in defaults] == [0, 1]
        assert {final.role for final in defaults} == {Role.DEFAULT}
        for final in defaults:
            outputs = store.outputs(record.id, final.seed, Role.DEFAULT)
            predicted = outputs["probabilities"].argmax(axis=1)
            assert len(predicted) == record.task.test
            assert store.epochs(record.id, Role.DEFAULT, final.seed)
            best = finals[final.seed]
            assert final.metrics != best.metrics


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"skip_default": True}, "left out"), ({"only": ()}, "best is the default")],
)
def test_default_configuration_is_not_trained_without_need(
    options: dict, reason: str, run: Callable, write_family: Callable[[str], str]
) -> None:
    spec = StudySpec(
        family=write_family(),
        tuner="random",
        budget=Budget(trials=1, epochs=1),
        seeds=1,
        **options,
    )
    events = run(spec).events
    assert "seed 0 ended" in events, reason
    assert "default, seed 0 ended" not in events, reason


@pytest.fixture
def diverging(tmp_path: Path) -> Callable[..., str]:
    """Writes a family whose loss is NaN from some step on, for some seeds only."""

    def write(*, seeds: tuple[int, ...], step: int) -> str:
        path = tmp_path / "diverging.py"
        path.write_text(f"""
import keras
import numpy as np
from search_spaces.family import Family

SEEDS, STEP = {seeds!r}, {step}

class Diverging(Family):
    def declare(self, hp):
        hp.Int("units", 1, 99)

    def features(self, hp, images):
        return keras.layers.Flatten()(images)

    def learning_rates(self, hp, steps):
        rates = super().learning_rates(hp, steps)
        seed = int(np.random.get_state()[1][0])  # as the model's build has set it
        if seed in SEEDS:
            rates[STEP:] = np.nan
        return rates
""")
        return f"{path}:Diverging"

    return write


def test_final_that_diverges_at_once_counts_with_the_score_of_the_prior(
    run: Callable, results: Callable, diverging: Callable[..., str]
) -> None:
    spec = StudySpec(
        family=diverging(seeds=(1,), step=0),
        tuner="random",
        budget=Budget(trials=2, epochs=2),
        seeds=3,
        skip_default=True,
    )
    run(spec)
    record, trials, finals = results()
    assert record.state is StudyState.FINISHED
    assert [trial.state for trial in trials] == [TrialState.FINISHED] * 2
    assert [final.error is None for final in finals] == [True, False, True]
    assert "nan" in finals[1].error
    assert finals[1].metrics["test_accuracy"] == pytest.approx(0.5, abs=0.2)
    assert finals[1].epochs == 0


def test_final_that_diverges_later_keeps_its_epochs_before(
    run: Callable, results: Callable, diverging: Callable[..., str]
) -> None:
    # The small task has a single step in each epoch of batches of 64.
    spec = StudySpec(
        family=diverging(seeds=(0,), step=4),
        tuner="random",
        budget=Budget(trials=1, epochs=9, patience=9),
        fixed=(("batch_size", "256"),),
        seeds=1,
        skip_default=True,
    )
    run(spec)
    _, _, (final,) = results()
    assert final.error is None
    assert final.epochs == 4


def test_failed_final_keeps_the_search_and_is_trained_again_when_asked(
    run: Callable, results: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bench.training import trial_runner

    run_final = trial_runner.run_final

    def fail(trainer: Any, request: Any, report: Any) -> Any:
        if request.seed == 0:
            raise MemoryError("too big")
        return run_final(trainer, request, report)

    spec = replace(DENSE, seeds=2, skip_default=True)
    with monkeypatch.context() as patched:
        patched.setattr(trial_runner, "run_final", fail)
        with pytest.raises(StudyError, match="MemoryError: too big"):
            run(spec)
    record, trials, finals = results()
    assert record.state is StudyState.FAILED
    assert [final.seed for final in finals] == [1]
    again = run(spec)
    assert again.count("trial", "started") == 0
    assert results()[0].state is StudyState.FINISHED
    assert results()[1] == trials
    assert [final.seed for final in results()[2]] == [0, 1]


def test_seeds_that_can_not_train_together_are_trained_one_by_one(
    run_study: Callable, results: Callable, tmp_path: Path
) -> None:
    """TensorFlow has no program for several seeds."""
    together = Resources(workers=0, seeds_at_once=3)
    spec = replace(DENSE, seeds=3, skip_default=True)
    progress = run_study(spec, tmp_path / "results", resources=together)
    assert [final.seed for final in results()[2]] == [0, 1, 2]
    assert not any(final.error for final in results()[2])
    assert progress.events.count("seed 2 ended") == 1


def test_search_does_not_continue_once_a_seed_was_tested(
    run: Callable,
    results: Callable,
    write_family: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All seeds train the same configuration, however much time is left later."""
    spec = StudySpec(
        family=write_family(),
        tuner="random",
        budget=Budget(trials=4, epochs=1, seconds=1000.0),
        seeds=2,
    )
    with monkeypatch.context() as patch:
        patch.setattr("bench.study.time_budget.TimeBudget.is_search_over", True)
        assert run(spec, "seed 0 ended").events[-1] == "interrupted"
    run(spec)
    _, trials, finals = results()
    assert len(trials) == 1
    assert len(finals) == 2


def test_look_at_a_family_ends_if_no_executor_can_be_made(
    prepare: Callable,
    make_progress: Callable,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    from bench.study import run as module

    def refuse(*_: object) -> None:
        raise StudyError("no cluster")

    closed: list[str] = []
    prepared = replace(prepare(DENSE), close=lambda: closed.append("look"))
    monkeypatch.setattr(module, "make_executor", refuse)
    with Store(tmp_path) as store, pytest.raises(StudyError, match="no cluster"):
        module.run(prepared, store, make_progress(None), resources=Resources(workers=0))
    assert closed == ["look"]
