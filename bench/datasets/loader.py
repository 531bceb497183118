"""Loading: from the name or path of a data set to a task."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from bench.datasets import catalogue, content, pixels
from bench.datasets.groups import attach, with_labels
from bench.datasets.reading import Reading
from bench.datasets.remote_places import Fetching
from bench.datasets.source import Source
from bench.datasets.sources import read_source
from bench.datasets.split import divide, trainable
from bench.datasets.streamed import Room
from bench.datasets.task import Split, Task
from bench.records import Grouping, TaskRecord


def is_here(dataset: str, data_folder: Path | None) -> bool:
    """Whether a data set can be loaded without fetching it."""
    if dataset not in catalogue.DATASETS:
        return True
    return catalogue.is_present(dataset, catalogue.data_folder(data_folder))


def is_folder(dataset: str) -> bool:
    """Whether a data set is a folder, which is streamed if memory lacks the room."""
    return dataset.startswith("folder:")


@dataclass(frozen=True, kw_only=True)
class DataSetRequest:
    """Which data set is loaded, and how it is read and split.

    Attributes:
        dataset: A name in ``DATASETS``, ``folder:PATH``, ``shards:PATH``, ``npz:PATH``
            or ``npy:X.npy,y.npy``.
        data_folder: Folder of the data sets known by name; None for ``BENCH_DATA``,
            else the user's cache folder.
        validation_fraction: Share of the training images that validate.
        test_fraction: Share of all images that test; unused if the data set has an
            official test part.
        seed: Seed of the splits.
        image_size: Height and width to which images are cropped and scaled; None to
            keep their size.
        skip_unreadable: Whether unreadable image files are left out or refused.
        images: Number of images that train and validate, drawn as a stratified
            sample; None for all.
        in_memory: The images, if they were given as objects of Python.
        groups: Says which images belong together, see ``groups.WAYS``; None if each
            stands alone.
        groups_in_memory: Labels of the groups, if they were given as an array.
        classes_from: What names the classes in a folder of folders; None if each class
            has one folder.
        fetching: How what lies at URLs is fetched; None for the usual way.
        room: Memory that images may take; None for what is free.
    """

    dataset: str
    validation_fraction: float
    test_fraction: float
    data_folder: Path | None = None
    seed: int = 0
    image_size: tuple[int, int] | None = None
    skip_unreadable: bool = False
    images: int | None = None
    in_memory: Source | None = None
    groups: str | None = None
    groups_in_memory: np.ndarray | None = None
    classes_from: str | None = None
    fetching: Fetching | None = None
    room: Room | None = None


def load(asked: DataSetRequest) -> Task:
    """Load a data set, check it and split it.

    Raises:
        RemoteError: What lies at a URL can't be fetched.
        DatasetError: The data set is unknown, missing, broken or too small.
    """
    room = asked.room or Room()
    source = _source(asked, room)
    splits = divide(
        source,
        validation_fraction=asked.validation_fraction,
        test_fraction=asked.test_fraction,
        seed=asked.seed,
        images=asked.images,
    )
    grouping = _grouping(source, splits, asked)
    task = replace(_task(source, splits, asked), grouping=grouping)
    if task.is_streamed:
        task = replace(task, max_kept=room.max_kept)
    held_back = 0 if source.test is not None else len(task.test)
    if asked.images is None or asked.images >= len(trainable(source)) - held_back:
        return task
    return replace(task, load_whole=partial(load, replace(asked, images=None)))


def _source(asked: DataSetRequest, room: Room) -> Source:
    """The images of a data set, in their size and with their groups."""
    if (size := asked.image_size) is not None:
        pixels.check_size(*size)
    dataset, groups = _fetched(asked)
    source = asked.in_memory or read_source(
        dataset,
        asked.data_folder,
        Reading(
            size, asked.skip_unreadable, room, asked.classes_from, asked.groups is None
        ),
    )
    source = _identified(source, asked.dataset)
    if size is not None:
        source = _resized(source, size)
    if source.train.keys is None:
        source = _placed(source, room, can_stream=is_folder(dataset))
    source = _grouped(source, dataset, groups, asked.groups_in_memory)
    pixels.check_size(*source.train.images.shape[1:3])
    return source


def _fetched(asked: DataSetRequest) -> tuple[str, str | None]:
    """The names of a data set and its groups, with copies of what lies at URLs."""
    how = asked.fetching or Fetching()
    return (
        how.local(asked.dataset, asked.data_folder),
        None if asked.groups is None else how.local(asked.groups, asked.data_folder),
    )


def _identified(source: Source, dataset: str) -> Source:
    """The data set with the identity of what it holds; a known name is one."""
    if source.content or dataset in catalogue.DATASETS:
        return source
    identity = content.of_splits(source.class_names, *_parts(source))
    return replace(source, content=identity)


def _grouped(
    source: Source, dataset: str, groups: str | None, in_memory: np.ndarray | None
) -> Source:
    """The data set with the groups of its images, if they are not known already."""
    if in_memory is not None:
        return with_labels(source, in_memory, "groups=")
    if groups is None or source.train.groups is not None:
        return source
    return attach(source, dataset, groups)


def _parts(source: Source) -> list[Split]:
    return [source.train] if source.test is None else [source.train, source.test]


def _placed(source: Source, room: Room, *, can_stream: bool) -> Source:
    """A data set in memory, with a note of it if the user bounds the memory.

    Args:
        source: The data set.
        room: Memory that images may take.
        can_stream: Whether it would have been streamed for lack of memory.

    Raises:
        DatasetError: It can't be, and takes more memory than the user allows.
    """
    parts = _parts(source)
    size = sum(part.images.nbytes for part in parts)
    if not can_stream:
        room.check(size)
    if room.limit is None:
        return source
    note = room.note(sum(map(len, parts)), size, holds=True)
    return replace(source, notes=(note, *source.notes))


def _resized(source: Source, size: tuple[int, int]) -> Source:
    def resized(split: Split) -> Split:
        return replace(split, images=pixels.resize(split.images, size))

    test = None if source.test is None else resized(source.test)
    return replace(source, train=resized(source.train), test=test)


def _task(
    source: Source, splits: tuple[Split, Split, Split], asked: DataSetRequest
) -> Task:
    train, validation, test = splits
    height, width, channels = train.images.shape[1:]
    record = TaskRecord(
        dataset=asked.dataset,
        fingerprint=content.fingerprint(source.class_names, *splits, with_groups=True),
        test_fingerprint=content.fingerprint(source.class_names, test),
        image_shape=(height, width, channels),
        class_names=source.class_names,
        train=len(train),
        validation=len(validation),
        test=len(test),
        seed=asked.seed,
        content=source.content,
    )
    pixel_range, bits = _pixels(train)
    return Task(
        record=record,
        train=train,
        validation=validation,
        test=test,
        pixel_range=pixel_range,
        bits=bits,
        notes=source.notes,
        files=source.files,
    )


def _pixels(split: Split) -> tuple[tuple[float, float], int]:
    """The range of pixels, and their bits; files that have keys are of 8 bits."""
    if split.keys is not None:
        return (0.0, 255.0), 8
    value_range = pixels.pixel_range(split.images)
    return value_range, pixels.bits(split.images, value_range)


def _grouping(
    source: Source, splits: tuple[Split, Split, Split], asked: DataSetRequest
) -> Grouping | None:
    """How groups were divided; None if there are none."""
    if source.train.groups is None:
        return None
    train, validation, test = splits
    others = len(train) + len(validation)
    counts = [0 if s.groups is None else len(np.unique(s.groups)) for s in splits]
    return Grouping(
        train=counts[0],
        validation=counts[1],
        test=counts[2],
        validation_share=len(validation) / others,
        test_share=len(test) / len(source.train),
        wanted_validation_share=(
            asked.validation_fraction
            if source.in_validation is None
            else len(validation) / others
        ),
        wanted_test_share=asked.test_fraction if source.test is None else None,
        left_out=len(source.train) - len(trainable(source)),
    )
