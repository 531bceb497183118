"""Clusters of duplicates: found from pairs, counted, and listed."""

from __future__ import annotations

import numpy as np

from bench.datasets.examination.images import Images
from bench.records import TEST, TRAIN, Duplicates
from bench.records.findings import NAMED_PAIRS

EXACT, NEAR = "exact", "near"


def first_alike(contents: np.ndarray) -> np.ndarray:
    """For each image the index of the first with the same contents, itself included."""
    _, first, inverse = np.unique(contents, return_index=True, return_inverse=True)
    alike: np.ndarray = first[inverse]
    return alike


def joined(first: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """A number for each image, which images connected by pairs share.

    Args:
        first: As ``first_alike`` gives it.
        pairs: ``(m, 2)``, indices of images.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(first)
    some = np.concatenate([np.arange(count), pairs[:, 0]])
    others = np.concatenate([first, pairs[:, 1]])
    edges = coo_array((np.ones(len(some), bool), (some, others)), (count, count))
    numbers: np.ndarray = connected_components(edges, directed=False)[1]
    return numbers.astype(np.int64)


def counted(images: Images, clusters: np.ndarray, pairs: np.ndarray) -> Duplicates:
    """Count what clusters say of a task.

    Args:
        images: All images.
        clusters: ``(n,)``, a number for each image; -1 for images without duplicates.
        pairs: ``(m, 2)``, pairs of duplicates, of which some are named.
    """
    members = np.flatnonzero(clusters >= 0)
    cluster, label = clusters[members], images.labels[members]
    split = images.split_numbers[members]
    in_train = split == images.names.index(TRAIN)
    in_test = split == images.names.index(TEST)
    known = cluster[~in_test]
    relabelled = _others(cluster, label, cluster, label) > 0
    test_relabelled = _others(cluster, label, known, label[~in_test]) > 0
    return Duplicates(
        images=len(members),
        test=int((in_test & np.isin(cluster, known)).sum()),
        validation=int(
            (~in_train & ~in_test & np.isin(cluster, cluster[in_train])).sum()
        ),
        relabelled=int(relabelled.sum()),
        test_relabelled=int((in_test & test_relabelled).sum()),
        pairs=tuple(
            (images.place(int(one)), images.place(int(other)))
            for one, other in _worst(images, clusters, pairs)
        ),
    )


def rows(images: Images, clusters: np.ndarray, kind: str) -> list[tuple[object, ...]]:
    """Every image with a duplicate, cluster by cluster; see ``DUPLICATE``."""
    members = np.flatnonzero(clusters >= 0)
    listed: list[tuple[object, ...]] = []
    _, numbers = np.unique(clusters[members], return_inverse=True)
    for number, index in sorted(zip(numbers.tolist(), members.tolist(), strict=True)):
        place = images.place(index)
        listed.append(
            (kind, number, place.split, place.position, place.label, place.file)
        )
    return listed


def _others(
    cluster: np.ndarray,
    label: np.ndarray,
    known_cluster: np.ndarray,
    known_label: np.ndarray,
) -> np.ndarray:
    """For each image, the number of known ones of its cluster with another label."""
    span = 1 + int(label.max(initial=0))
    in_cluster = _occurrences(cluster, known_cluster)
    alike = _occurrences(cluster * span + label, known_cluster * span + known_label)
    others: np.ndarray = in_cluster - alike
    return others


def _occurrences(keys: np.ndarray, known: np.ndarray) -> np.ndarray:
    ordered = np.sort(known)
    counted: np.ndarray = np.searchsorted(ordered, keys, "right") - np.searchsorted(
        ordered, keys
    )
    return counted


def _worst(images: Images, clusters: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """A pair of each of a few clusters, those across splits and classes first."""
    split = images.split_numbers[pairs]
    crosses = (split == images.names.index(TEST)).sum(axis=1) == 1
    differs = images.labels[pairs[:, 0]] != images.labels[pairs[:, 1]]
    apart = split[:, 0] != split[:, 1]
    order = np.lexsort([~apart, ~differs, ~(crosses | differs), ~crosses])
    _, first = np.unique(clusters[pairs[order, 0]], return_index=True)
    worst: np.ndarray = pairs[order[np.sort(first)[:NAMED_PAIRS]]]
    return worst
