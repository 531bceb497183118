"""A first look at a data set: how many images of what size, in how many classes.

Of a folder only headers are read, so that the look takes a few seconds at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from bench.datasets import folder, image_file
from bench.datasets.image_file import Header
from bench.datasets.listing import Listing
from bench.datasets.loader import DataSetRequest, is_here, load
from bench.errors import DatasetError, command, shown

LOOKED_AT = 500
"""Maximum number of images whose headers are read, spread evenly over all."""


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What a data set holds.

    Attributes:
        dataset: As ``--dataset`` takes it.
        images: Number of images, those of its test included.
        class_counts: Number of images of each class.
        smallest, middle, largest: Height and width of images, by their area.
        is_gray: Whether all images that were looked at are gray.
    """

    dataset: str
    images: int
    class_counts: tuple[int, ...]
    smallest: tuple[int, int]
    middle: tuple[int, int]
    largest: tuple[int, int]
    is_gray: bool

    @property
    def side(self) -> int:
        """Shorter side of an image of middle size, in pixels."""
        return min(self.middle)

    @property
    def has_one_size(self) -> bool:
        return self.smallest == self.largest


def look_at(dataset: str, data_folder: Path | None) -> Overview:
    """Look at a data set.

    Args:
        dataset: As of ``places.place_of``.
        data_folder: Folder of the data sets known by name, as for ``load``.

    Raises:
        DatasetError: It is missing, or can't be used.
    """
    kind, _, location = dataset.partition(":")
    if kind == "folder":
        return _of_folder(dataset, folder.listed(Path(location).expanduser()))
    if not is_here(dataset, data_folder):
        raise DatasetError(
            f"a data set must be here to be looked at; {shown(dataset)} is not: "
            f"{command(f'datasets --fetch {dataset}')} fetches it"
        )
    return _of_arrays(dataset, data_folder)


def _of_folder(dataset: str, listing: Listing) -> Overview:
    count = len(listing.files)
    chosen = np.unique(np.linspace(0, count - 1, min(count, LOOKED_AT), dtype=int))
    found = image_file.headers([listing.files[index] for index in chosen])
    headers = [header for header in found if isinstance(header, Header)]
    if not headers:
        raise DatasetError(
            f"images must be readable; none of {len(found)} in {shown(dataset)} is: "
            "check the folder"
        )
    sizes = sorted((h.size for h in headers), key=lambda size: size[0] * size[1])
    middle = tuple(int(median(size[axis] for size in sizes)) for axis in (0, 1))
    return Overview(
        dataset=dataset,
        images=count,
        class_counts=tuple(np.bincount(listing.labels).tolist()),
        smallest=sizes[0],
        middle=(middle[0], middle[1]),
        largest=sizes[-1],
        is_gray=all(header.is_gray for header in headers),
    )


def _of_arrays(dataset: str, data_folder: Path | None) -> Overview:
    task = load(
        DataSetRequest(
            dataset=dataset,
            data_folder=data_folder,
            validation_fraction=0.15,
            test_fraction=0.12,
            skip_unreadable=True,
        )
    )
    splits = (task.train, task.validation, task.test)
    labels = np.concatenate([split.labels for split in splits])
    height, width, channels = task.record.image_shape
    return Overview(
        dataset=dataset,
        images=len(labels),
        class_counts=tuple(np.bincount(labels).tolist()),
        smallest=(height, width),
        middle=(height, width),
        largest=(height, width),
        is_gray=channels == 1,
    )
