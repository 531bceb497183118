"""Groups of images, such as those of one patient, burst or scene, read and attached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePath

import numpy as np

from bench.datasets import arrays
from bench.datasets.examination import duplicate_clusters
from bench.datasets.source import Source
from bench.datasets.table_file import rows_of
from bench.datasets.task import Split
from bench.errors import DatasetError, shown
from bench.records import IN_MEMORY, TEST, TRAIN

DUPLICATES = "duplicates"
"""Name of the groups of exact and near duplicates."""

_SUFFIXES = (".csv", ".npy")

WAYS = (
    "a CSV file with the columns path and group, an .npy file with a group for each "
    f"image, the name of an array in the npz file, or {DUPLICATES!r}"
)


def is_own_place(groups: str) -> bool:
    """Whether groups are named by a file, or as duplicates, not by a column."""
    return groups == DUPLICATES or PurePath(groups).suffix.lower() in _SUFFIXES


def attach(source: Source, dataset: str, groups: str) -> Source:
    """A data set whose images know their groups.

    Args:
        source: The data set.
        dataset: Its name.
        groups: As ``--groups`` has it; see ``WAYS``.

    Raises:
        DatasetError: It is none of these, or not one group for each image.
    """
    if groups == DUPLICATES:
        if source.train.is_streamed:
            raise DatasetError(
                f"--groups {DUPLICATES} compares all images, which are streamed here: "
                "raise --memory, or name the groups by a file"
            )
        return _grouped(source, duplicate_clusters(_parts(source)))
    suffix = PurePath(groups).suffix.lower()
    if suffix == ".csv":
        return _grouped(source, _of_files(source, Path(groups).expanduser()))
    if suffix == ".npy":
        labels, _ = arrays.load_images(Path(groups).expanduser())
        return with_labels(source, labels, groups)
    kind, _, path = dataset.partition(":")
    if groups == IN_MEMORY:
        raise DatasetError(
            "groups that were given from Python can't be loaded by their name: call "
            "bench.search with the same groups again, or save them by numpy.save"
        )
    if kind == "npz":
        labels = arrays.load_named(Path(path).expanduser(), groups)
        return with_labels(source, labels, groups)
    raise DatasetError(f"--groups takes {WAYS}; not {shown(groups)} with {dataset!r}")


def with_labels(source: Source, labels: np.ndarray, name: str) -> Source:
    """A data set whose images belong to groups with labels, in the images' order.

    Args:
        source: The data set.
        labels: Integers or texts, ``(n,)``: for the training part, or for this and
            then the test part.
        name: Of the labels, for messages.

    Raises:
        DatasetError: They are not one for each image.
    """
    count = len(source.train)
    if source.test is not None and len(labels) != count:
        count += len(source.test)
    return _grouped(source, numbers_of(labels, count, name))


def numbers_of(labels: np.ndarray, count: int, name: str) -> np.ndarray:
    """A number of the group of each image.

    Args:
        labels: Integers or texts, ``(n,)``.
        count: Number of images.
        name: Of the labels, for messages.

    Raises:
        DatasetError: They are not one integer or text for each image.
    """
    flat = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if flat.ndim != 1 or flat.dtype.kind not in "uibUS":
        raise DatasetError(
            "groups must be one integer or text for each image, (n,), not "
            f"{labels.dtype} of shape {labels.shape}, in {shown(name)}; convert them "
            "with astype(str)"
        )
    if len(flat) != count:
        raise DatasetError(
            f"there must be a group for each image; {shown(name)} holds {len(flat):,} "
            f"for {count:,} images: add the others, in the order of the images"
        )
    _, numbers = np.unique(flat, return_inverse=True)
    return numbers.astype(np.int64)


def _grouped(source: Source, numbers: np.ndarray) -> Source:
    """Attach numbers of groups; test images without one are in groups of their own."""
    count = len(source.train)
    numbers = numbers.astype(np.int64)
    train = replace(source.train, groups=numbers[:count])
    if source.test is None:
        return replace(source, train=train)
    own = -1 - np.arange(len(source.test))
    in_test = numbers[count:] if len(numbers) > count else own
    return replace(source, train=train, test=replace(source.test, groups=in_test))


def _parts(source: Source) -> dict[str, Split]:
    parts = {TRAIN: source.train}
    return parts if source.test is None else {**parts, TEST: source.test}


def _of_files(source: Source, path: Path) -> np.ndarray:
    """Groups of image files by a CSV file."""
    parts = list(_parts(source).values())
    names = [split.files for split in parts if split.files is not None]
    if len(names) < len(parts):
        raise DatasetError(
            "a CSV file names the groups of image files; these images come as arrays: "
            "give an .npy file with a group for each image"
        )
    files = [PurePath(str(file)).as_posix() for part in names for file in part]
    given = _read(path)
    if missing := [file for file in files if file not in given]:
        raise DatasetError(
            f"every image needs a group; {len(missing):,} of {len(files):,} have none "
            f"in {shown(str(path))}, such as {shown(missing[0])}: add them"
        )
    unknown = sorted(set(given) - set(files))
    if len(unknown) > source.left_out:
        raise DatasetError(
            "groups must be those of images of the data set, with paths relative to "
            f"its folder; {len(unknown):,} in {shown(str(path))} are not, such as "
            f"{shown(unknown[0])}: mend or remove them"
        )
    _, numbers = np.unique([given[file] for file in files], return_inverse=True)
    return numbers


def _read(path: Path) -> Mapping[str, str]:
    """The group of each path in a CSV file."""
    given: dict[str, str] = {}
    rows = rows_of(
        path,
        ("path", "group"),
        what="a file of groups",
        way_out="check the path of --groups",
    )
    for row in rows:
        image, group = PurePath(row["path"]).as_posix(), row["group"]
        if not group or given.setdefault(image, group) != group:
            raise DatasetError(
                f"every image belongs to one group; {shown(image)} in "
                f"{shown(str(path))} has {'two' if group else 'none'}"
            )
    return given
