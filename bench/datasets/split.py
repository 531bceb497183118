"""Stratified splits of a data set."""

from __future__ import annotations

import numpy as np

from bench.datasets.grouped_split import Least, taken
from bench.datasets.source import Source
from bench.datasets.task import Split
from bench.errors import DatasetError
from bench.records import TEST, VALIDATION


def divide(
    source: Source,
    *,
    validation_fraction: float,
    test_fraction: float,
    seed: int,
    images: int | None = None,
) -> tuple[Split, Split, Split]:
    """Split a data set into training, validation and test images.

    Every class keeps its share in each split. Official test and validation parts become
    splits as they are, whatever the seed. No group of images is in two splits: training
    images whose group is in an official part are left out, and the shares are as
    near as whole groups can be.

    Args:
        source: The data set.
        validation_fraction: Share of the training images that validate.
        test_fraction: Share of all images that test; unused if the data set has an
            official test part.
        seed: Seed of the splits, 0 or more.
        images: Number of images that train and validate, drawn as a stratified
            sample; None for all.

    Returns:
        Training, validation and test split, in this order.

    Raises:
        DatasetError: A class would have no image in a split.
    """
    _check_official(source)
    # A RandomState instead of the seed, which scikit-learn wants below 2**32.
    random = np.random.RandomState(np.random.MT19937(np.random.SeedSequence(seed)))
    options = f"--validation-fraction {validation_fraction:g}"
    if images is not None:
        options += f", --images {images}"
    if source.test is None:
        options += f" and --test-fraction {test_fraction:g}"
    try:
        train_indices, validation_indices, test = _parts(
            source, validation_fraction, test_fraction, images, random
        )
    except ValueError:  # scikit-learn's only objection left is to small classes
        raise _too_small(source, options) from None
    train = source.train.part(train_indices)
    validation = source.train.part(validation_indices)
    for split in (train, validation, test):
        if len(np.unique(split.labels)) < len(source.class_names):
            raise _too_small(source, options)
    return train, validation, test


def _parts(
    source: Source,
    validation_fraction: float,
    test_fraction: float,
    images: int | None,
    random: np.random.RandomState,
) -> tuple[np.ndarray, np.ndarray, Split]:
    """Indices of images that train and validate, and the test split.

    Raises:
        ValueError: A class is too small for its parts.
    """
    labels, groups = source.train.labels, source.train.groups
    (train, validation), test = _official(source), source.test
    if test is None:
        train, tests = _stratified(
            train, labels, test_fraction, random, groups, least=(2, 1)
        )
        test = source.train.part(tests)
    share = _share(images, len(train) + len(validation))
    if share < 1:
        train, validation = (
            _sample(part, labels, share, random, groups) for part in (train, validation)
        )
    if source.in_validation is None:
        train, validation = _stratified(
            train, labels, validation_fraction, random, groups
        )
    return train, validation, test


def trainable(source: Source) -> np.ndarray:
    """Indices of images that train or validate.

    Training images whose group is in an official validation or test part are none.
    """
    groups, test = source.train.groups, source.test
    is_left = np.ones(len(source.train), bool)
    if groups is None:
        return np.flatnonzero(is_left)
    if (own := source.in_validation) is not None:
        is_left = own | ~np.isin(groups, groups[own])
    if test is not None and test.groups is not None:
        is_left &= ~np.isin(groups, test.groups)
    return np.flatnonzero(is_left)


def _official(source: Source) -> tuple[np.ndarray, np.ndarray]:
    """Indices of images that train, and of those in an official validation part."""
    indices = trainable(source)
    if source.in_validation is None:
        return indices, indices[:0]
    validates = source.in_validation[indices]
    return indices[~validates], indices[validates]


def _share(images: int | None, count: int) -> float:
    """Share of some images that a sample of them is."""
    return 1.0 if images is None else images / count


def _stratified(
    indices: np.ndarray,
    labels: np.ndarray,
    size: float,
    random: np.random.RandomState,
    groups: np.ndarray | None,
    *,
    least: Least = (1, 1),
) -> tuple[np.ndarray, np.ndarray]:
    """Divide indices in two.

    Args:
        indices: ``(n,)``, of images.
        labels: Labels of all images.
        size: Share of the indices in the second part, or their number.
        random: State of the random numbers, which moves on.
        groups: Groups of all images, none of which is divided; None for none.
        least: Groups of each class that the two parts have, if it has so many.
    """
    if groups is not None:
        share = size if size < 1 else size / len(indices)
        chosen = taken(labels[indices], groups[indices], share, random, least=least)
        return indices[~chosen], indices[chosen]
    from sklearn.model_selection import train_test_split

    remaining, chosen = train_test_split(
        indices, test_size=size, stratify=labels[indices], random_state=random
    )
    return remaining, chosen


def _sample(
    indices: np.ndarray,
    labels: np.ndarray,
    share: float,
    random: np.random.RandomState,
    groups: np.ndarray | None,
) -> np.ndarray:
    """A stratified sample of some indices; all if there are none."""
    if not len(indices):
        return indices
    count = max(round(share * len(indices)), len(np.unique(labels[indices])))
    if count >= len(indices):
        return indices
    return _stratified(indices, labels, count, random, groups, least=(0, 2))[1]


def _too_small(source: Source, options: str) -> DatasetError:
    if source.train.groups is not None:
        return _too_few_groups(source, source.train.groups, options)
    counts = np.bincount(source.train.labels, minlength=len(source.class_names))
    smallest = int(counts.argmin())
    return DatasetError(
        "every class needs at least one image in each split; the smallest class, "
        f"{source.class_names[smallest]!r}, has {counts[smallest]} of {counts.sum()} "
        f"images with {options}; add images to it or change the fractions"
    )


def _too_few_groups(source: Source, groups: np.ndarray, options: str) -> DatasetError:
    left = trainable(source)
    pairs = np.unique(np.stack([source.train.labels[left], groups[left]]), axis=1)
    counts = np.bincount(pairs[0], minlength=len(source.class_names))
    fewest = int(counts.argmin())
    least = 3 if source.test is None else 2
    return DatasetError(
        f"every class needs images of {least} or more groups, so that each split has "
        f"some; {source.class_names[fewest]!r} has {counts[fewest]} with {options}; "
        "add images of other groups, or give another --seed"
    )


def _check_official(source: Source) -> None:
    labels = {} if source.test is None else {TEST: source.test.labels}
    if source.in_validation is not None:
        labels[VALIDATION] = source.train.labels[source.in_validation]
    for part, of_part in labels.items():
        counts = np.bincount(of_part, minlength=len(source.class_names))
        if not counts.all():
            name = source.class_names[int(counts.argmin())]
            raise DatasetError(
                "every class needs at least one image in each split; the data set's "
                f"own {part} part has none of {name!r}; add some, or give the data set "
                f"without a {part} part"
            )
