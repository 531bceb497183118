"""A task in files, which several processes map into their memory."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.datasets import Split, Task
from bench.files import replace_file, replaced_file

_SPLITS = ("train", "validation", "test")


def save(task: Task, folder: Path) -> None:
    """Write a task to a folder; existing files are replaced.

    Raises:
        StoreError: The folder can't be written.
    """
    for name in _SPLITS:
        split: Split = getattr(task, name)
        _save(folder / f"{name}_images.npy", split.images)
        _save(folder / f"{name}_labels.npy", split.labels)
    empty = Split(images=np.empty(0), labels=np.empty(0))
    without_images = replace(task, train=empty, validation=empty, test=empty)
    replace_file(folder / "task.pickle", pickle.dumps(without_images))


def load(folder: Path) -> Task:
    """Open a saved task; its images stay in their files until they are read."""
    without_images: Task = pickle.loads((folder / "task.pickle").read_bytes())
    train, validation, test = (_split(folder, name) for name in _SPLITS)
    return replace(without_images, train=train, validation=validation, test=test)


def _save(path: Path, array: np.ndarray) -> None:
    with replaced_file(path) as scratch, scratch.open("wb") as file:
        np.save(file, array)


def _split(folder: Path, name: str) -> Split:
    return Split(
        images=np.load(folder / f"{name}_images.npy", mmap_mode="r"),
        labels=np.load(folder / f"{name}_labels.npy"),
    )
