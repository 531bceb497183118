"""Studies that are interrupted and continued, repeated, or started over."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.errors import StoreError, StudyError
from bench.records import Budget, StudySpec, StudyState
from bench.store import FILE_NAME, Store

Run = Callable[..., Any]
Content = Callable[[Path], dict[str, Any]]


@pytest.fixture(scope="module")
def run(run_study: Callable[..., Any], hyperband: StudySpec) -> Run:
    """Runs a study in a folder, by default the small study by Hyperband."""

    def run(folder: Path, interrupt: str | None = None, **options: Any) -> Any:
        return run_study(options.pop("spec", hyperband), folder, interrupt, **options)

    return run


@pytest.fixture(scope="module")
def undisturbed(
    run: Run, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[str]]:
    """Folder and events of a study that was never interrupted."""
    folder = tmp_path_factory.mktemp("undisturbed")
    return folder, run(folder).events


def scratch(folder: Path) -> list[Path]:
    """Scratch folders of studies."""
    from bench.store import SCRATCH

    return list((folder / SCRATCH).iterdir())


def checkpoints(folder: Path) -> list[Path]:
    return [path for study in scratch(folder) for path in study.glob("*.npz")]


def test_study_searches_promotes_and_tests(
    undisturbed: tuple, content: Content
) -> None:
    study = content(undisturbed[0])
    assert study["study"]["state"] is StudyState.FINISHED
    assert [t["proposal"]["parent"] for t in study["trials"]] in (
        [None, None, 0, None],
        [None, None, 1, None],
    )
    assert [len(curve) for curve in study["curves"]] == [1, 1, 2, 3, 3, 3]
    assert [final["seed"] for final in study["finals"]] == [0, 1]
    assert study["trials"][0]["result"]["error"] is None
    assert np.shape(study["predictions"]) == (2, 18, 3)


INSTANTS = [
    pytest.param("trial 0 started, epoch 1", marks=pytest.mark.slow),
    "trial 2 started, epoch 1",
    pytest.param("trial 2 ended", marks=pytest.mark.slow),
    pytest.param("2 finals started, epoch 2", marks=pytest.mark.slow),
    pytest.param("seed 0 ended, epoch 1", marks=pytest.mark.slow),
    "seed 1 ended",
]


@pytest.mark.parametrize("instant", INSTANTS)
def test_interrupted_study_continues_to_the_same_end(
    instant: str, run: Run, undisturbed: tuple, content: Content, tmp_path: Path
) -> None:
    before = run(tmp_path, interrupt=instant)
    assert before.events[-2:] == [instant, "interrupted"]
    with Store(tmp_path, read_only=True) as store:
        assert store.studies()[0].state is StudyState.UNFINISHED
    after = run(tmp_path)
    assert content(tmp_path) == content(undisturbed[0])
    for number in range(4):
        started = before.count(f"trial {number}", "started") + after.count(
            f"trial {number}", "started"
        )
        was_in_flight = instant.startswith(f"trial {number} started")
        assert started == 1 + was_in_flight
    assert scratch(tmp_path) == []


def test_study_and_its_checkpoints_survive_an_interrupt_at_every_trial(
    run: Run, undisturbed: tuple, content: Content, tmp_path: Path
) -> None:
    seconds = [0.0]
    for instant in ("trial 0 ended", "trial 1 started, epoch 1", "trial 2 started"):
        assert run(tmp_path, interrupt=instant).events[-1] == "interrupted"
        with Store(tmp_path, read_only=True) as store:
            seconds.append(store.studies()[0].seconds)
    assert sorted(set(seconds)) == seconds  # every continuation adds to them
    assert len(checkpoints(tmp_path)) == 2
    run(tmp_path)
    assert scratch(tmp_path) == []
    assert content(tmp_path) == content(undisturbed[0])


def test_finished_study_trains_nothing_when_asked_again(
    run: Run, undisturbed: tuple, content: Content
) -> None:
    before = content(undisturbed[0])
    assert run(undisturbed[0]).events == ["already finished"]
    assert content(undisturbed[0]) == before


def test_same_seed_gives_the_same_study_in_another_folder(
    run: Run, undisturbed: tuple, content: Content, tmp_path: Path
) -> None:
    assert run(tmp_path).events == undisturbed[1]
    assert content(tmp_path) == content(undisturbed[0])


def test_other_seed_gives_another_study(
    run: Run, hyperband: StudySpec, undisturbed: tuple, content: Content, tmp_path: Path
) -> None:
    run(tmp_path, interrupt="trial 0 ended", spec=replace(hyperband, seed=1))
    other, trial = content(tmp_path), content(undisturbed[0])["trials"][0]
    assert other["study"]["id"] != content(undisturbed[0])["study"]["id"]
    assert other["trials"][0]["seed"] != trial["seed"]
    assert other["trials"][0]["result"]["metrics"] != trial["result"]["metrics"]


@pytest.mark.slow
def test_fresh_removes_old_checkpoints_and_starts_over(
    run: Run, undisturbed: tuple, content: Content, tmp_path: Path
) -> None:
    run(tmp_path, interrupt="trial 2 ended")
    assert checkpoints(tmp_path)
    run(tmp_path, interrupt="trial 0 started", fresh=True)
    assert scratch(tmp_path) == []
    again = run(tmp_path, fresh=True)
    assert again.events == undisturbed[1]
    assert content(tmp_path) == content(undisturbed[0])


def test_failed_final_training_fails_the_study_and_leaves_no_scratch(
    run: Run, content: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        assert checkpoints(tmp_path)
        raise RuntimeError("no memory is left")

    monkeypatch.setattr("bench.training.trial_runner.run_final", fail)
    with pytest.raises(StudyError, match="RuntimeError: no memory is left"):
        run(tmp_path)
    study = content(tmp_path)
    assert study["study"]["state"] is StudyState.FAILED
    assert "no memory is left" in study["study"]["message"]
    assert study["finals"] == []
    assert scratch(tmp_path) == []


@pytest.mark.slow
def test_two_studies_share_a_folder(
    run: Run,
    hyperband: StudySpec,
    tmp_path: Path,
    undisturbed: tuple,
    content: Content,
) -> None:
    other = replace(
        hyperband, budget=Budget(trials=1, epochs=1), seeds=1, tuner="random"
    )
    run(tmp_path, interrupt="trial 1 ended")
    kept = checkpoints(tmp_path)
    run(tmp_path, spec=other)
    assert checkpoints(tmp_path) == kept != []
    run(tmp_path)
    with Store(tmp_path, read_only=True) as store:
        studies = {study.spec.tuner: study for study in store.studies()}
        assert {s.state for s in studies.values()} == {StudyState.FINISHED}
        assert len(store.trials(studies["random"].id)) == 1
        assert [f.metrics for f in store.finals(studies["hyperband"].id)] == [
            final["metrics"] for final in content(undisturbed[0])["finals"]
        ]


def test_trial_that_would_be_another_now_is_refused(run: Run, tmp_path: Path) -> None:
    run(tmp_path, "trial 2 started, epoch 1")
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as sql, sql:
        sql.execute(
            "UPDATE trials SET proposal = json_set(proposal, "
            "'$.hyperparameters.units', 39) WHERE number = 0"
        )
    with pytest.raises(StoreError, match=r"would now be another.*--fresh"):
        run(tmp_path)
