"""By what unchanged files of a data set are known, without reading them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.datasets import catalogue, folder, image_table
from bench.datasets.sources import path_of
from bench.errors import DatasetError
from bench.records import ImageSource, StudySpec, digest
from bench.remote import addresses


def state_of(spec: StudySpec, source: ImageSource) -> str | None:
    """A hash of the paths, sizes and times of all files that a task is made of.

    The times are those of the last change of content and of the last change at all,
    which nothing but the clock sets: a copied or replaced file is another one.

    Args:
        spec: Names the data set and its groups.
        source: Says where the images come from, and what of them is read.

    Returns:
        None where files alone don't say what the task is, such as for data sets at
        URLs, of other libraries or in memory; or where they can't be found.
    """
    if source.in_memory is not None or source.groups is not None:
        return None
    if addresses(spec.dataset) or addresses(spec.groups or ""):
        return None
    try:
        files = _files(spec, source.data)
        if files is None:
            return None
        lines = [*_lines(files), *_lines(_of_groups(spec))]
    except (DatasetError, OSError, ValueError):  # loading says what is wrong
        return None
    reading = (source.skip_unreadable, source.memory, source.processes, source.streams)
    return digest(repr(reading), *lines)


def _files(spec: StudySpec, data_folder: Path | None) -> Iterable[Path] | None:
    """The files of a data set; None if they don't make it."""
    kind, colon, location = spec.dataset.partition(":")
    if not colon:
        is_embedded = catalogue.DATASETS[spec.dataset].is_embedded
        name = f"{spec.dataset}.npz"
        return [] if is_embedded else [catalogue.data_folder(data_folder) / name]
    if kind == "npy":
        return [path_of(part, spec.dataset) for part in location.split(",")]
    if kind not in ("folder", "csv", "shards", "npz"):
        return None
    path = path_of(location, spec.dataset)
    if kind == "folder":
        return folder.listed(path, spec.classes_from).paths
    if kind == "csv":
        return [path, *image_table.images_of(path)]
    return [path] if kind == "npz" else filter(Path.is_file, sorted(path.rglob("*")))


def _of_groups(spec: StudySpec) -> Iterator[Path]:
    """The file of the groups, if they have one of their own."""
    path = Path(spec.groups or "").expanduser()
    if path.is_file():
        yield path


def _lines(files: Iterable[Path]) -> Iterator[str]:
    for file in files:
        status = os.stat(file)
        times = f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
        yield f"{os.path.abspath(file)} {times}"
