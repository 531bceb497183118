"""Pairs of images that look the same: an exact search for close perceptual hashes.

Hashes that differ in at most ``DISTANCE`` = 7 of their 64 bits differ in at most one
bit of one of their four quarters, so that only images that share such a quarter are
compared (multi-index hashing, Norouzi et al. 2012). What is close is then compared by
its pixels.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bench.datasets.examination.images import Images
from bench.datasets.examination.perceptual_hash import correlations, distances

DISTANCE = 7
"""Maximum number of differing bits of two hashes of one picture."""

CORRELATION = 0.9
"""Minimum correlation of the thumbnails of one picture."""

MAX_COMPARED = 10**8
"""Maximum number of pairs of hashes that are compared."""

_MIN_SPREAD = 4.25
"""Minimum distance of two random images, less ``DISTANCE``, in standard deviations.

Photographs have 4.7 and more; digits, clothes and drawn figures, which all fill the
image alike, have 3.9 and less."""

_SAMPLE = 200_000
_BATCH = 512
_COMPARED_TOGETHER = 2**20
_QUARTERS, _BITS = 4, 16


class TooAlikeError(Exception):
    """Perceptual hashes can't tell these images apart; the message says why."""


def pairs_alike(images: Images, hashes: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Pairs of images that look the same, ``(m, 2)``, sorted.

    Args:
        images: All images.
        hashes: Of all images.
        among: Indices of the images that are compared, rising, without exact
            duplicates.

    Raises:
        TooAlikeError: Nearly any two of these images would look the same.
    """
    compared = hashes[among]
    _check_spread(compared)
    close = among[_close(compared)]
    kept = [close[:0]]
    for start in range(0, len(close), _BATCH):
        batch = close[start : start + _BATCH]
        similar = correlations(images.at(batch[:, 0]), images.at(batch[:, 1]))
        kept.append(batch[similar >= CORRELATION])
    return np.concatenate(kept)


def _check_spread(hashes: np.ndarray) -> None:
    """Refuse images of which random pairs are close already.

    Five of a hundred random pairs may be of one scene without changing the result.
    """
    if len(hashes) < 3:
        return
    some, others = np.random.default_rng(0).integers(0, len(hashes), (2, _SAMPLE))
    apart = distances(hashes[some], hashes[others])[some != others]
    # Distances are even, since all hashes have the same number of ones; spread over
    # the values between, so that quantiles are no multiples of two.
    spread = apart + np.random.default_rng(1).uniform(-1, 1, len(apart))
    low, middle = np.quantile(spread, [0.05, 0.5])
    deviation = max(middle - low, 1e-9) / 1.645
    if (middle - DISTANCE) / deviation < _MIN_SPREAD:
        raise TooAlikeError(
            "most images fill the frame alike, so that a perceptual hash does "
            "not tell them apart"
        )


def _close(hashes: np.ndarray) -> np.ndarray:
    """Pairs of hashes at most ``DISTANCE`` apart, ``(m, 2)``, sorted."""
    found = [np.zeros(0, np.int64)]
    count, compared = len(hashes), 0
    for some, others in _candidates(hashes):
        compared += len(some)
        if compared > MAX_COMPARED:
            raise TooAlikeError(
                f"more than {MAX_COMPARED:,} pairs of images would have to be compared"
            )
        close = distances(hashes[some], hashes[others]) <= DISTANCE
        first, second = np.minimum(some, others), np.maximum(some, others)
        found.append((first * count + second)[close])
    pairs = np.unique(np.concatenate(found))
    return np.stack(np.divmod(pairs, max(count, 1)), axis=1)


def _candidates(hashes: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs with a quarter in common, or that differs in one bit."""
    for quarter in range(_QUARTERS):
        values = hashes[:, quarter].astype(np.int64)
        order = np.argsort(values, kind="stable")
        starts = np.searchsorted(values[order], np.arange(2**_BITS + 1))
        yield from _runs(np.arange(len(order)) + 1, starts[values[order] + 1], order)
        for bit in range(_BITS):
            with_bit = np.flatnonzero(values[order] >> bit & 1)
            without = values[order][with_bit] ^ (1 << bit)
            yield from _runs(
                starts[without], starts[without + 1], order, order[with_bit]
            )


def _runs(
    first: np.ndarray,
    last: np.ndarray,
    order: np.ndarray,
    queries: np.ndarray | None = None,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Each query with the images of its run, in parts of bounded size.

    Args:
        first: Of each query, the start of its run in ``order``.
        last: Of each query, the end of its run, excluded.
        order: Indices of images.
        queries: Indices of images; None for ``order``.
    """
    queries = order if queries is None else queries
    lengths = last - first
    ends = np.cumsum(lengths)
    if not lengths.any():
        return
    parts = np.searchsorted(ends, np.arange(0, ends[-1], _COMPARED_TOGETHER))
    for start, stop in zip(parts, [*parts[1:], len(ends)], strict=True):
        counts = lengths[start:stop]
        begins = np.repeat(first[start:stop] - (np.cumsum(counts) - counts), counts)
        yield (
            np.repeat(queries[start:stop], counts),
            order[begins + np.arange(counts.sum())],
        )
