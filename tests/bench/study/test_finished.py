"""A finished command that is given again, answered without Keras and without images."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from rich.console import Console

from bench import datasets
from bench.datasets import Task
from bench.records import ImageSource, SearchRequest, StudyRecord, StudySpec, StudyState
from bench.store import Store
from bench.study import finished, identity
from bench.study.identity import Identity
from bench.study.requests import request


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of ten small photographs of two classes."""
    for number in range(10):
        path = tmp_path / "photos" / ("cat", "dog")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (20 * number, 90, 30)).save(path)
    return tmp_path / "photos"


@pytest.fixture
def asked(photos: Path, tmp_path: Path) -> SearchRequest:
    """A request whose study is finished, in a store that a search left."""
    given = {"dataset": str(photos), "results": str(tmp_path / "results")}
    asked = request(["dense"], given)
    (spec,) = asked.specs
    task = datasets.load_for(spec, asked.source)
    known = Identity(
        spec=spec, task_fingerprint=task.record.fingerprint, space_fingerprint="space"
    )
    with Store(asked.results) as store:
        store.add_task(task.record, task.samples())
        store.add_study(
            StudyRecord(
                id=known.id,
                spec=spec,
                task=task.record,
                state=StudyState.FINISHED,
                created=0.0,
            )
        )
    for name in ("leaderboard.md", "leaderboard.csv", "report/index.html"):
        (asked.results / name).parent.mkdir(exist_ok=True)
        (asked.results / name).touch()
    identity.remember(asked.results, spec, known, task.state)
    return asked


@pytest.fixture
def answers(asked: SearchRequest) -> Callable[[], tuple[bool, int]]:
    """Give the command again: whether it is answered, and how often it reads."""

    def answers() -> tuple[bool, int]:
        loads: list[StudySpec] = []

        def load() -> Task:
            loads.append(asked.specs[0])
            return datasets.load_for(asked.specs[0], asked.source)

        console = Console(file=io.StringIO(), width=200)
        is_answered = finished.answer(asked, load, console)
        said: Any = console.file
        assert ("is finished; nothing was trained" in said.getvalue()) is is_answered
        return is_answered, len(loads)

    return answers


def test_finished_command_reads_no_image_again(answers: Callable) -> None:
    assert answers() == (True, 0)


def test_images_that_were_only_touched_are_read_once_more(
    answers: Callable, photos: Path
) -> None:
    os.utime(photos / "cat" / "0.png")
    assert answers() == (True, 1)
    assert answers() == (True, 0)


def test_image_of_the_same_size_and_time_is_another_one(
    answers: Callable, photos: Path
) -> None:
    path = photos / "cat" / "0.png"
    before, size = path.stat(), path.stat().st_size
    Image.new("RGB", (8, 8), (1, 90, 30)).save(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (size, before.st_mtime_ns)
    assert answers() == (False, 1)


def test_added_and_removed_images_are_seen(answers: Callable, photos: Path) -> None:
    (photos / "dog" / "1.png").rename(photos / "cat" / "1.png")
    assert answers() == (False, 1)


@pytest.mark.parametrize("dataset", ["hf:beans", "folder:s3://bucket/photos"])
def test_state_of_what_lies_elsewhere_is_unknown(dataset: str) -> None:
    spec = StudySpec(family="dense", dataset=dataset)
    assert datasets.state_of(spec, ImageSource()) is None


def test_state_knows_arrays_tables_and_groups(tmp_path: Path, photos: Path) -> None:
    (tmp_path / "arrays.npz").write_bytes(b"1")
    (tmp_path / "table.csv").write_text("path,label\nphotos/cat/0.png,cat\n")
    (tmp_path / "groups.csv").write_text("path,group\n")

    def state(dataset: str, groups: str | None = None) -> str | None:
        spec = StudySpec(family="dense", dataset=dataset, groups=groups)
        return datasets.state_of(spec, ImageSource())

    groups = str(tmp_path / "groups.csv")
    cases = (
        (f"npz:{tmp_path}/arrays.npz", None, tmp_path / "arrays.npz"),
        (f"csv:{tmp_path}/table.csv", None, photos / "cat" / "0.png"),
        (f"folder:{photos}", groups, tmp_path / "groups.csv"),
    )
    for dataset, of_groups, changed in cases:
        before = state(dataset, of_groups)
        assert before is not None
        assert state(dataset, of_groups) == before
        written = changed.stat().st_mtime
        os.utime(changed, (written + 1, written + 1))  # whatever the clock's grain is
        assert state(dataset, of_groups) != before
