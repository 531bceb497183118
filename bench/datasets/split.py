"""Stratified splits, fixed by a seed."""

from __future__ import annotations

import numpy as np

from bench.datasets.source import Source
from bench.datasets.task import Split
from bench.errors import DatasetError


def divide(
    source: Source,
    *,
    validation_fraction: float,
    test_fraction: float,
    seed: int,
    images: int | None = None,
) -> tuple[Split, Split, Split]:
    """Split a data set into training, validation and test images.

    Every class keeps its share in each split. An official test part is taken as it
    is, whatever the seed.

    Args:
        source: What to split.
        validation_fraction: Share of the training images that validate.
        test_fraction: Share of the images that test, without an official test part.
        seed: 0 or more; the same seed gives the same splits.
        images: How many train and validate, a sample of them; None for all.

    Returns:
        Training, validation and test split, in this order.

    Raises:
        DatasetError: A class would have no image in one of them.
    """
    _check_official_test(source)
    # A RandomState of our own: scikit-learn takes no seed of 2**32 or more.
    random = np.random.RandomState(np.random.MT19937(np.random.SeedSequence(seed)))
    labels = source.train.labels
    rows, test = np.arange(len(labels)), source.test
    options = f"--validation-fraction {validation_fraction:g}"
    if images is not None:
        options += f", --images {images}"
    if test is None:
        options += f" and --test-fraction {test_fraction:g}"
    try:
        if test is None:
            rows, test_rows = _stratified(rows, labels, test_fraction, random)
            test = _take(source.train, test_rows)
        if images is not None and images < len(rows):
            _, rows = _stratified(rows, labels, images, random)
        rows, validation_rows = _stratified(rows, labels, validation_fraction, random)
    except ValueError:  # all that is left for scikit-learn to object to
        raise _too_small(source, options) from None
    train, validation = _take(source.train, rows), _take(source.train, validation_rows)
    for split in (train, validation, test):
        if len(np.unique(split.labels)) < len(source.class_names):
            raise _too_small(source, options)
    return train, validation, test


def _stratified(
    rows: np.ndarray, labels: np.ndarray, size: float, random: np.random.RandomState
) -> tuple[np.ndarray, np.ndarray]:
    """Some rows and the others, which are a share or a number of them."""
    from sklearn.model_selection import train_test_split

    kept, taken = train_test_split(
        rows, test_size=size, stratify=labels[rows], random_state=random
    )
    return kept, taken


def _take(split: Split, rows: np.ndarray) -> Split:
    return Split(images=split.images[rows], labels=split.labels[rows])


def _too_small(source: Source, options: str) -> DatasetError:
    counts = np.bincount(source.train.labels, minlength=len(source.class_names))
    smallest = int(counts.argmin())
    return DatasetError(
        "every class needs at least one image in each split; the smallest class, "
        f"{source.class_names[smallest]!r}, has {counts[smallest]} of {counts.sum()} "
        f"images at {options}; add images to it or change the fractions"
    )


def _check_official_test(source: Source) -> None:
    if source.test is None:
        return
    counts = np.bincount(source.test.labels, minlength=len(source.class_names))
    if not counts.all():
        name = source.class_names[int(counts.argmin())]
        raise DatasetError(
            "every class needs at least one image in each split; the data set's own "
            f"test part has none of {name!r}; add some, or give the data set without "
            "a test part"
        )
