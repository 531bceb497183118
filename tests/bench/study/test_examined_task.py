"""The images of a study are examined once for a store, before the first trial."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import datasets
from bench.records import Budget, StudySpec
from bench.store import FILE_NAME, Store

SPEC = StudySpec(
    family="dense",
    tuner="random",
    budget=Budget(trials=1, epochs=1),
    seeds=1,
    only=("dropout",),
    fixed=(("batch_size", "32"), ("units", "64")),
    skip_default=True,
)


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch, keras_started: None) -> list[str]:
    """Fingerprints of the tasks that were examined since."""
    import bench.study.run as running

    tasks: list[str] = []

    def examine(task: datasets.Task) -> datasets.Examination:
        tasks.append(task.record.fingerprint)
        return datasets.examine(task)

    monkeypatch.setattr(running, "examine", examine)
    return tasks


def test_task_is_examined_once_whatever_becomes_of_its_studies(
    run_study: Callable[..., Any], examined: list[str], tmp_path: Path
) -> None:
    begun = run_study(SPEC, tmp_path, "trial 0 started")
    assert len(begun.data) == 1
    assert begun.data[0].startswith("data: ")
    continued = run_study(SPEC, tmp_path)
    assert continued.data == begun.data
    again = run_study(SPEC, tmp_path)
    assert (again.events, again.data) == (["already finished"], [])
    run_study(replace(SPEC, budget=Budget(trials=1, epochs=2)), tmp_path)
    assert len(examined) == 1
    with Store(tmp_path, read_only=True) as store:
        first, second = store.studies()
        assert first.task.findings == second.task.findings is not None
        assert store.duplicates(first.task.fingerprint) is not None


def test_task_of_an_older_store_is_examined_when_its_study_goes_on(
    run_study: Callable[..., Any], examined: list[str], tmp_path: Path
) -> None:
    run_study(SPEC, tmp_path, "trial 0 started")
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as sql, sql:
        [(text,)] = sql.execute("SELECT record FROM tasks").fetchall()
        old = {k: v for k, v in json.loads(text).items() if k != "findings"}
        sql.execute("UPDATE tasks SET record = ?", (json.dumps(old),))
    with Store(tmp_path, read_only=True) as store:
        assert store.studies()[0].task.findings is None
    assert len(run_study(SPEC, tmp_path).data) == 1
    assert len(examined) == 2
    with Store(tmp_path, read_only=True) as store:
        assert store.studies()[0].task.findings is not None
