"""A task travels to workers as arrays in files, which are never unpickled."""

from __future__ import annotations

import ast
import os
import pickle
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.datasets import Task
from bench.errors import StoreError
from bench.training import shared_task
from bench.training.shared_task import SharedTask

ROOT = Path(__file__).parents[3]


class Planted:
    """Leaves a mark where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self._mark),)


def plant(path: Path, mark: Path) -> None:
    """Write an array whose reading runs code, if pickle is allowed."""
    with path.open("wb") as file:
        np.save(file, np.array([Planted(mark)], object), allow_pickle=True)


@pytest.fixture
def shared(stripes: Task, tmp_path: Path) -> SharedTask:
    return shared_task.save(stripes, tmp_path / "images")


def test_loaded_task_equals_the_saved_one(shared: SharedTask, stripes: Task) -> None:
    loaded = pickle.loads(pickle.dumps(shared)).load()  # as it travels by a pipe
    for name in ("train", "validation", "test"):
        ours, theirs = getattr(stripes, name), getattr(loaded, name)
        assert np.array_equal(ours.images, theirs.images)
        assert np.array_equal(ours.labels, theirs.labels)
        assert theirs.labels.dtype == ours.labels.dtype
    empty = stripes.train
    assert replace(loaded, train=empty, validation=empty, test=empty) == replace(
        stripes, train=empty, validation=empty, test=empty
    )


def test_only_arrays_are_written(shared: SharedTask) -> None:
    assert {path.suffix for path in shared.folder.iterdir()} == {".npy"}


@pytest.mark.parametrize("file", ["train_images.npy", "test_labels.npy"])
def test_planted_pickle_is_refused_and_never_runs(
    shared: SharedTask, tmp_path: Path, file: str
) -> None:
    mark = tmp_path / "ran"
    plant(shared.folder / file, mark)
    with pytest.raises(StoreError, match=file):
        shared.load()
    # Not even a file that passes for the one that was written.
    forged = replace(
        shared,
        written=dict(shared.written) | {file: shared_task._state(shared.folder / file)},
    )
    with pytest.raises(StoreError, match=f"{file}.*unreadable"):
        forged.load()
    assert not mark.exists()


def test_changed_image_is_noticed(shared: SharedTask) -> None:
    path = shared.folder / "validation_images.npy"
    images = np.load(path)
    os.utime(path, ns=(0, 0))
    np.save(path, images + 1)
    with pytest.raises(StoreError, match=r"validation_images\.npy.*changed"):
        shared.load()


def test_missing_file_is_named(shared: SharedTask) -> None:
    (shared.folder / "train_labels.npy").unlink()
    with pytest.raises(StoreError, match=r"train_labels\.npy"):
        shared.load()


THROUGH_PIPES = (
    "bench/executors/ray/worker.py",
    "bench/executors/remote/host.py",
    "bench/executors/remote/packed.py",
    "bench/keras_tuner/parallel.py",
    "bench/keras_tuner/pickling.py",
    "bench/keras_tuner/worker.py",
    "bench/training/by_value.py",
)
"""Modules that pickle what a script or a notebook defines, and unpickle what came
through the pipe of a worker, or from a node of a cluster; none of them reads a file."""


def test_nothing_in_the_code_unpickles_a_file() -> None:
    modules = [*(ROOT / "bench").rglob("*.py"), *(ROOT / "search_spaces").rglob("*.py")]
    assert len(modules) > 100
    found = {str(path.relative_to(ROOT)): [*_unsafe(path)] for path in modules}
    unsafe = {path: lines for path, lines in found.items() if lines}
    assert set(unsafe) == set(THROUGH_PIPES)
    opens = re.compile(r"\bopen\(|\bread_bytes\(|Path\(")
    assert not [p for p in THROUGH_PIPES if opens.search((ROOT / p).read_text())]


def _unsafe(path: Path) -> Iterator[str]:
    """Imports of packages that unpickle, and calls that may, in a module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            if name.split(".")[0] in ("pickle", "joblib", "cloudpickle", "shelve"):
                yield f"line {node.lineno} imports {name}"
        if isinstance(node, ast.Call):
            call = ast.unparse(node.func)
            given = {word.arg: ast.unparse(word.value) for word in node.keywords}
            for function, argument, safe in (
                ("np.load", "allow_pickle", "False"),
                ("keras.models.load_model", "safe_mode", "True"),
            ):
                if call == function and given.get(argument) != safe:
                    yield f"line {node.lineno} calls {call} without {argument}={safe}"
