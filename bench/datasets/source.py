"""A data set as its files hold it, before it is split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.datasets import pixels
from bench.datasets.task import Split
from bench.errors import DatasetError
from bench.records import FileSummary


@dataclass(frozen=True, kw_only=True)
class Source:
    """A data set of two or more classes, before splitting.

    Attributes:
        train: The training part, or all images if there is no official test part.
        test: The official test part; None if there is none.
        class_names: Class names in the order of the class indices.
        notes: Lines for the user, such as how many files were left out.
        in_validation: ``(n,)``, whether each image of the training part is meant to
            validate; None if the training part is to be divided.
        files: Of the images; None for images that come as arrays or are streamed.
        left_out: Number of files that were left out since they can't be read.
        content: Identity of what the data set holds, see ``content``; empty until it
            is known.
    """

    train: Split
    test: Split | None
    class_names: tuple[str, ...]
    notes: tuple[str, ...] = ()
    files: FileSummary | None = None
    left_out: int = 0
    content: str = ""
    in_validation: np.ndarray | None = None

    def __post_init__(self) -> None:
        if len(self.class_names) < 2:
            raise DatasetError(
                "a data set needs two or more classes, not only "
                f"{self.class_names[0]!r}; add images of another class"
            )
        if self.test is None or self.train.keys is not None:  # files of 8 bits
            return
        if not pixels.are_alike(self.train.images, self.test.images):
            raise DatasetError(
                "training and test images must have one range of pixel values; those "
                f"of the training part lie in {_extremes(self.train)}, those of the "
                f"test part in {_extremes(self.test)}; scale both alike"
            )


def _extremes(split: Split) -> str:
    return f"[{split.images.min():g}, {split.images.max():g}]"
