"""Division of images by whole groups, so that no group is on two sides."""

from __future__ import annotations

import numpy as np

Least = tuple[int, int]


def taken(
    labels: np.ndarray,
    groups: np.ndarray,
    share: float,
    random: np.random.RandomState,
    *,
    least: Least = (1, 1),
) -> np.ndarray:
    """Choose groups that hold a share of each class, as near as whole groups can.

    Larger groups are decided on first, those of about one size in random order: a
    group is taken if that brings what is taken nearer to the share of what was decided
    on. Groups of one image come last and fill what is missing of each class.

    Args:
        labels: ``(n,)``, class indices.
        groups: ``(n,)``, a number of each image's group.
        share: Of the images of each class that are taken.
        random: State of the random numbers, which moves on.
        least: Groups of each class that stay and that are taken, if it has so many.

    Returns:
        ``(n,)``, whether each image is taken.
    """
    _, group_of = np.unique(groups, return_inverse=True)
    classes, class_of = np.unique(labels, return_inverse=True)
    counts = np.zeros((group_of.max() + 1, len(classes)), np.int64)
    np.add.at(counts, (group_of, class_of), 1)
    is_taken = np.zeros(len(counts), bool)
    shuffled = random.permutation(len(counts))
    sizes = counts[shuffled].sum(axis=1)
    by_size = np.argsort(-np.floor(np.log2(sizes)), kind="stable")
    order, count = shuffled[by_size], int((sizes > 1).sum())
    _take_large(order[:count], counts, share, is_taken)
    _take_single(order[count:], counts, share, is_taken)
    # Groups of several classes may be moved for one and missed by another.
    for number in (*range(len(classes)), *range(len(classes))):
        _even_out(np.flatnonzero(counts[:, number]), counts, is_taken, least)
    chosen: np.ndarray = is_taken[group_of]
    return chosen


def _take_large(
    order: np.ndarray, counts: np.ndarray, share: float, is_taken: np.ndarray
) -> None:
    weights = 1 / counts.sum(axis=0)
    missing = np.zeros(counts.shape[1])
    for group in order:
        count = counts[group]
        missing += share * count
        if (weights * count * (count - 2 * missing)).sum() < 0:
            is_taken[group] = True
            missing -= count


def _take_single(
    order: np.ndarray, counts: np.ndarray, share: float, is_taken: np.ndarray
) -> None:
    wanted = share * counts.sum(axis=0) - counts[is_taken].sum(axis=0)
    classes = counts[order].argmax(axis=1)
    for number, count in enumerate(np.rint(wanted).astype(int)):
        if count > 0:
            is_taken[order[classes == number][:count]] = True


def _even_out(
    groups: np.ndarray, counts: np.ndarray, is_taken: np.ndarray, least: Least
) -> None:
    """Move the smallest groups of a class to the side that has too few of them."""
    smallest_first = groups[np.argsort(counts[groups].sum(axis=1), kind="stable")]
    takes = is_taken[smallest_first]
    too_few = np.array(least) - [(~takes).sum(), takes.sum()]
    for side in (False, True):
        moved = min(too_few[int(side)], -too_few[int(not side)])
        is_taken[smallest_first[takes != side][: max(0, moved)]] = side
