"""Studies of images that lie elsewhere now, or whose path is typed in another way."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench import report
from bench.records import Budget, StudySpec, study_id
from bench.store import FILE_NAME, Store

DENSE = StudySpec(
    family="dense",
    dataset="folder:sets/photos",
    tuner="random",
    budget=Budget(trials=1, epochs=1),
    seeds=1,
    skip_default=True,
    only=("dropout",),
    fixed=(("batch_size", "32"), ("units", "64")),
)


def test_copy_elsewhere_is_the_same_study_on_the_same_board(
    run_study: Callable, tmp_path: Path
) -> None:
    run_study(DENSE, tmp_path)
    copied = replace(DENSE, dataset="folder:/elsewhere/copy", name="birds")
    assert run_study(copied, tmp_path).events == ["already finished"]
    with Store(tmp_path, read_only=True) as store:
        (study,) = store.studies()
        (board,) = report.boards(store, beside=[study.id])
    assert study.spec.dataset == study.task.dataset == "folder:/elsewhere/copy"
    assert board.title == "birds"
    run_study(DENSE, tmp_path)  # the place is the last one, and the name stays
    with Store(tmp_path, read_only=True) as store:
        (study,) = store.studies()
    assert (study.spec.dataset, study.spec.name) == ("folder:sets/photos", "birds")


def test_study_of_an_older_version_is_found_at_another_place(
    run_study: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def with_places(spec: StudySpec, *fingerprints: str) -> str:
        return study_id(spec, *fingerprints, with_places=True)

    with monkeypatch.context() as patched:
        patched.setattr("bench.study.prepare.study_id", with_places)
        run_study(DENSE, tmp_path)
    for place in ("folder:/a", "folder:b", "folder:sets/photos"):
        again = run_study(replace(DENSE, dataset=place), tmp_path)
        assert again.events == ["already finished"]
    more = run_study(replace(DENSE, dataset="folder:/a", seeds=2), tmp_path)
    assert more.count("seed", "ended") == 1


def test_studies_of_an_older_version_unite_with_repeats_that_are_made_now(
    run_study: Callable, tmp_path: Path
) -> None:
    run_study(DENSE, tmp_path)
    with Store(tmp_path) as store:  # what lies in a folder had no identity then
        (study,) = store.studies()
        store.remove_study(study.id)
        older = replace(study, task=replace(study.task, content=""))
        with sqlite3.connect(tmp_path / FILE_NAME) as sql:
            sql.execute("UPDATE tasks SET record = ?", (older.task.to_json(),))
        store.add_study(older)
        (study,) = store.studies()
    assert study.task.data_set == "folder:sets/photos"
    run_study(replace(DENSE, dataset="folder:/elsewhere/copy", seeds=2), tmp_path)
    with Store(tmp_path, read_only=True) as store:
        (study,) = store.studies()
    assert study.task.data_set == study.task.content != ""
