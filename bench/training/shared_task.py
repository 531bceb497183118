"""A task whose images lie in files, which several processes map into their memory.

Nothing but arrays is written, and they are read without pickle: others may be able to
write to the folder, and a file there must never run code. Of a task whose images are
streamed nothing is written: it says where they lie.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from bench.datasets import Split, Task
from bench.datasets.streamed import StreamedImages, as_array, is_streamed
from bench.errors import StoreError
from bench.files import replaced_file

_SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True)
class SharedTask:
    """A task whose images and labels lie in files; it travels to a worker's process.

    Attributes:
        without_images: The task with empty splits, or with those that are streamed.
        folder: Absolute path of the folder of the files.
        written: Size and time of the last change of each file, by its name.
    """

    without_images: Task
    folder: Path
    written: Mapping[str, tuple[int, int]]

    @property
    def files(self) -> list[Path]:
        """All files that its images and labels are read from, but those of a folder."""
        images = self.without_images.train.images
        streamed = images.encoded.containers if is_streamed(images) else ()
        return [*(self.folder / name for name in self.written), *streamed]

    def moved(self, place: Callable[[Path], Path]) -> SharedTask:
        """The task with copies of its files where a function says; they are there.

        Raises:
            StoreError: One is missing.
        """
        folder = place(self.folder)
        if folder == self.folder:
            return self
        if self.without_images.is_streamed:
            task = _with_images(self.without_images, partial(_moved, place=place))
            return replace(self, without_images=task, folder=folder)
        try:
            written = {name: _state(folder / name) for name in self.written}
        except OSError as error:
            raise _changed(folder, f"incomplete ({error})") from error
        return replace(self, folder=folder, written=written)

    def load(self) -> Task:
        """Open the task; its images stay in their files until they are read.

        Raises:
            StoreError: A file is gone, was changed, or is none that ``save`` writes.
        """
        if not self.written:
            return self.without_images
        train, validation, test = map(self._split, _SPLITS)
        return replace(
            self.without_images, train=train, validation=validation, test=test
        )

    def _split(self, name: str) -> Split:
        images, labels, blocks = _files(name)
        return Split(
            images=self._array(images, mapped=True),
            labels=self._array(labels),
            blocks=self._array(blocks) if blocks in self.written else None,
        )

    def _array(self, name: str, *, mapped: bool = False) -> np.ndarray:
        path = self.folder / name
        try:
            if _state(path) != self.written[name]:
                raise _changed(path, "changed")
            array: np.ndarray = np.load(
                path, mmap_mode="r" if mapped else None, allow_pickle=False
            )
        except (OSError, ValueError) as error:
            raise _changed(path, f"unreadable ({error})") from error
        return array


def save(task: Task, folder: Path, threads: int = 1) -> SharedTask:
    """Write the images and labels of a task to a folder; existing files are replaced.

    Args:
        task: The task.
        folder: Of the files.
        threads: Number of threads of each process that decode streamed images.

    Raises:
        StoreError: The folder can't be written.
    """
    if task.is_streamed:
        return _streamed(task, folder, threads)
    written = {}
    for split_name in _SPLITS:
        split: Split = getattr(task, split_name)
        arrays = (split.images, split.labels, split.blocks)
        for name, array in zip(_files(split_name), arrays, strict=True):
            if array is None:
                continue
            _save(folder / name, array)
            written[name] = _state(folder / name)
    empty = Split(images=np.empty(0), labels=np.empty(0))
    return SharedTask(
        without_images=replace(
            task, train=empty, validation=empty, test=empty, load_whole=None
        ),
        folder=folder.absolute(),
        written=written,
    )


def _streamed(task: Task, folder: Path, threads: int) -> SharedTask:
    """A task whose workers read its images where they lie."""
    task = _with_images(task, lambda images: replace(images, threads=threads))
    return SharedTask(without_images=task, folder=folder.absolute(), written={})


def _moved(images: StreamedImages, place: Callable[[Path], Path]) -> StreamedImages:
    return replace(images, encoded=images.encoded.moved(place))


def _with_images(
    task: Task, change: Callable[[StreamedImages], StreamedImages]
) -> Task:
    """A task with changed streamed images, and nothing else that workers don't need."""

    def changed(split: Split) -> Split:
        assert is_streamed(split.images)
        images = as_array(change(split.images))
        return Split(images=images, labels=split.labels, blocks=split.blocks)

    return replace(
        task,
        train=changed(task.train),
        validation=changed(task.validation),
        test=changed(task.test),
        load_whole=None,
    )


def _files(split: str) -> tuple[str, str, str]:
    """Names of the files of a split's images, labels and blocks."""
    return f"{split}_images.npy", f"{split}_labels.npy", f"{split}_blocks.npy"


def _save(path: Path, array: np.ndarray) -> None:
    with replaced_file(path) as scratch, scratch.open("wb") as file:
        np.save(file, array, allow_pickle=False)


def _state(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _changed(path: Path, how: str) -> StoreError:
    return StoreError(
        f"the images of a running search must stay as it wrote them; {str(path)!r} is "
        f"{how}: give the same command again"
    )
