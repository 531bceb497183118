"""A task in files that several processes map into their memory."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.datasets import Split, Task

_SPLITS = ("train", "validation", "test")


def save(task: Task, folder: Path) -> None:
    """Write a task's arrays and the rest of it; what is there already is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _SPLITS:
        split: Split = getattr(task, name)
        np.save(folder / f"{name}_images.npy", split.images)
        np.save(folder / f"{name}_labels.npy", split.labels)
    nothing = Split(images=np.empty(0), labels=np.empty(0))
    rest = replace(task, train=nothing, validation=nothing, test=nothing)
    (folder / "task.pickle").write_bytes(pickle.dumps(rest))


def load(folder: Path) -> Task:
    """A task whose images stay in the files of ``save``, read as they are needed."""
    rest: Task = pickle.loads((folder / "task.pickle").read_bytes())
    train, validation, test = (_split(folder, name) for name in _SPLITS)
    return replace(rest, train=train, validation=validation, test=test)


def _split(folder: Path, name: str) -> Split:
    return Split(
        images=np.load(folder / f"{name}_images.npy", mmap_mode="r"),
        labels=np.load(folder / f"{name}_labels.npy"),
    )
