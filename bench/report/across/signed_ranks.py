"""Tests over data sets, as in Demsar 2006: each data set is one observation.

SciPy has the same tests in ``scipy.stats``. It takes a second or two to import, and its
signed rank test is not exact where differences tie.

References: Demsar 2006, "Statistical comparisons of classifiers over multiple data
sets"; Benavoli, Corani & Mangili 2016, "Should we really use post-hoc tests based on
mean-ranks?", which is why pairs are compared on their own; Pratt 1959, "Remarks on
zeros and ties in the Wilcoxon signed rank procedures".
"""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np

from bench.report.statistics import LEVEL, holm

_RANKINGS = 9_999


def ranks(scores: np.ndarray) -> np.ndarray:
    """Ranks along the last axis, 1 for the highest; ties share their mean rank."""
    higher = scores[..., np.newaxis, :] > scores[..., np.newaxis]
    equal = scores[..., np.newaxis, :] == scores[..., np.newaxis]
    return np.asarray(1 + higher.sum(axis=-1) + (equal.sum(axis=-1) - 1) / 2)


def friedman(ranked: np.ndarray) -> tuple[float, float]:
    """Friedman's statistic, corrected for ties, and its p value.

    The p value is the share of random rankings of each data set that differ as much.
    The usual approximations are meant for more than ten data sets.

    Args:
        ranked: Ranks, ``(data sets, families)``.
    """
    families = ranked.shape[1]
    centred = ranked - (families + 1) / 2
    spread = (centred**2).sum() / (families - 1)
    if spread == 0:  # all families tie on all data sets
        return 0.0, 1.0
    observed = (centred.sum(axis=0) ** 2).sum()
    random = np.random.default_rng(0)
    shuffled = random.permuted(
        np.broadcast_to(centred, (_RANKINGS, *centred.shape)), axis=-1
    )
    as_much = (shuffled.sum(axis=1) ** 2).sum(axis=-1) >= observed - 1e-9
    p_value = (1 + as_much.sum()) / (1 + _RANKINGS)
    return float(observed / spread), float(p_value)


def signed_rank(differences: np.ndarray) -> float:
    """P value of Wilcoxon's signed rank test, two-sided and exact.

    Zeros are ranked with the others, and then count for neither side.

    Args:
        differences: Of two families' scores, one for each data set.
    """
    sizes = np.abs(differences)
    doubled = np.rint(2 * ranks(-sizes)).astype(int)
    doubled = doubled[differences != 0]
    positive = int(doubled[differences[differences != 0] > 0].sum())
    # The number of sign patterns for each sum of ranks, doubled to be whole.
    patterns = np.ones(1)
    for rank in doubled:
        patterns = np.pad(patterns, (0, rank)) + np.pad(patterns, (rank, 0))
    below, above = patterns[: positive + 1].sum(), patterns[positive:].sum()
    return float(min(1.0, 2 * min(below, above) / patterns.sum()))


def sign_test(differences: np.ndarray) -> float:
    """P value of the sign test, two-sided and exact; zeros count for neither side.

    It asks only which family is ahead, so it holds where differences on two data sets
    have different units.
    """
    ahead, behind = int((differences > 0).sum()), int((differences < 0).sum())
    count, fewer = ahead + behind, min(ahead, behind)
    tail = sum(math.comb(count, n) for n in range(fewer + 1))
    return min(1.0, float(2 * tail / 2**count))


def pairwise(scores: np.ndarray, *, are_commensurable: bool) -> np.ndarray:
    """P values of all pairs of families, by Holm's correction for their number.

    Args:
        scores: ``(data sets, families)``; a family may be compared with itself.
        are_commensurable: Whether differences on two data sets can be compared in size.

    Returns:
        P values, ``(families, families)``; 1 on the diagonal.
    """
    test = signed_rank if are_commensurable else sign_test
    families = scores.shape[1]
    pairs = list(combinations(range(families), 2))
    values = holm([test(scores[:, one] - scores[:, other]) for one, other in pairs])
    found = np.ones((families, families))
    for (one, other), value in zip(pairs, values, strict=True):
        found[one, other] = found[other, one] = value
    return found


def smallest_p(count: int, families: int) -> float:
    """The smallest corrected p value that a pair can have: all data sets agree."""
    return min(1.0, math.comb(families, 2) * 2.0 ** (1 - count))


def needed(families: int) -> int:
    """Number of data sets from which on two families can be told apart at all."""
    count = 1
    while smallest_p(count, families) >= LEVEL:
        count += 1
    return count
