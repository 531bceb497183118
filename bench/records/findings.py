"""What an examination of a task found, so that reports need not load the data set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TRAIN, VALIDATION, TEST = "train", "validation", "test"
"""Names of the splits."""

NAMED_PAIRS = 5
"""Maximum number of pairs that a record names; the store holds all."""


@dataclass(frozen=True, kw_only=True)
class ImagePlace:
    """An image of a task.

    Attributes:
        split: ``TRAIN``, ``VALIDATION`` or ``TEST``.
        index: Within its split.
        position: Within the part of the data set that it was drawn from, as the user
            gave it: the test part for test images if there is one, else all others.
        label: Class index.
        file: Path of its file within the folder; empty for images in arrays.
    """

    split: str
    index: int
    position: int
    label: int
    file: str = ""


@dataclass(frozen=True, kw_only=True)
class Duplicates:
    """Images that occur more than once, exactly or nearly.

    Attributes:
        images: Images that have a duplicate.
        test: Test images with a duplicate among training or validation images.
        validation: Validation images with a duplicate among training images.
        relabelled: Images with a duplicate of another class.
        test_relabelled: Test images with a duplicate of another class among training
            or validation images.
        pairs: Some of them, those across splits and classes first.
    """

    images: int
    test: int
    validation: int
    relabelled: int
    test_relabelled: int
    pairs: tuple[tuple[ImagePlace, ImagePlace], ...] = ()

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Duplicates:
        pairs = tuple(
            (ImagePlace(**first), ImagePlace(**second))
            for first, second in values["pairs"]
        )
        return cls(**{**values, "pairs": pairs})


@dataclass(frozen=True, kw_only=True)
class PixelSummary:
    """The pixels of a split.

    Attributes:
        low, high: Extremes of all values.
        mean, deviation: Of all values.
        brightness_deviation: Standard deviation of the images' means.
        contrast: Mean of the images' standard deviations.
        contrast_deviation: Standard deviation of these.
    """

    low: float
    high: float
    mean: float
    deviation: float
    brightness_deviation: float
    contrast: float
    contrast_deviation: float


@dataclass(frozen=True, kw_only=True)
class FileSummary:
    """The image files of a data set.

    Attributes:
        smallest, median, largest: ``(height, width)`` before resizing, by area.
        unreadable: Files that were left out since they can't be read.
    """

    smallest: tuple[int, int]
    median: tuple[int, int]
    largest: tuple[int, int]
    unreadable: int = 0

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> FileSummary:
        sizes = {n: tuple(values[n]) for n in ("smallest", "median", "largest")}
        return cls(**{**values, **sizes})


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """How groups of images, such as those of one patient, were divided.

    Attributes:
        train, validation, test: Numbers of groups.
        validation_share, test_share: Shares of the images that the splits have.
        wanted_validation_share, wanted_test_share: Shares that were asked for; None
            for an official test part.
        left_out: Training images that were left out since their group is in the
            official test part.
    """

    train: int
    validation: int
    test: int
    validation_share: float
    test_share: float
    wanted_validation_share: float
    wanted_test_share: float | None = None
    left_out: int = 0


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What an examination found in the three splits of a task.

    Attributes:
        exact: Images with the same pixels.
        near: Images that look the same without having the same pixels; None if they
            were not looked for.
        not_near: Why near duplicates were not looked for; empty if they were.
        counts: Images of each class, by split.
        constant: Images of a single value, by split.
        pixels: Pixels by split.
        files: Files of the images; None for images in arrays.
        grouping: How groups were divided; None without groups.
        examined: Number of images that were looked at, by split; None for all.
    """

    exact: Duplicates
    near: Duplicates | None
    counts: Mapping[str, tuple[int, ...]]
    constant: Mapping[str, int]
    pixels: Mapping[str, PixelSummary]
    not_near: str = ""
    files: FileSummary | None = None
    grouping: Grouping | None = None
    examined: Mapping[str, int] | None = None

    @property
    def class_counts(self) -> tuple[int, ...]:
        """Images of each class in all splits together."""
        return tuple(map(sum, zip(*self.counts.values(), strict=True)))

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Findings:
        """Findings of their JSON."""
        near, files = values.get("near"), values.get("files")
        grouping = values.get("grouping")
        return cls(
            **{
                **values,
                "exact": Duplicates.of(values["exact"]),
                "near": None if near is None else Duplicates.of(near),
                "counts": {k: tuple(v) for k, v in values["counts"].items()},
                "pixels": {k: PixelSummary(**v) for k, v in values["pixels"].items()},
                "files": None if files is None else FileSummary.of(files),
                "grouping": None if grouping is None else Grouping(**grouping),
            }
        )
