"""What ranks over several data sets say of other data sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from bench.report.across.signed_ranks import friedman, needed, pairwise, smallest_p
from bench.report.statistics import LEVEL

AT_LEAST = 5
"""Number of data sets below which nothing is claimed."""

RATED_FROM = 10
"""Number of data sets from which on families have Elo ratings."""


@dataclass(frozen=True, kw_only=True)
class Claims:
    """The tests of Friedman and Wilcoxon on the ranks of some families.

    Attributes:
        families: Their names, by mean rank.
        mean_ranks: In the same order.
        data_sets: Number of data sets.
        friedman_p: P value of all families being alike; None for two families.
        pair_p: P value of each pair being alike, by Holm's correction.
        test: Name of the test of a pair.
    """

    families: tuple[str, ...]
    mean_ranks: tuple[float, ...]
    data_sets: int
    friedman_p: float | None
    pair_p: np.ndarray
    test: str

    @property
    def differ(self) -> bool:
        """Whether it is clear that not all families are alike."""
        return self.friedman_p is None or self.friedman_p < LEVEL

    @property
    def pairs(self) -> int:
        """Number of pairs of families."""
        return len(self.families) * (len(self.families) - 1) // 2

    @property
    def smallest_p(self) -> float:
        """The smallest p value that a pair could have with as many data sets."""
        return smallest_p(self.data_sets, len(self.families))

    @property
    def needed(self) -> int:
        """Number of data sets from which on a pair can be told apart at all."""
        return needed(len(self.families))

    @property
    def clear(self) -> list[tuple[int, int]]:
        """Pairs of families that can be told apart, the better one first."""
        if not self.differ:
            return []
        indices = combinations(range(len(self.families)), 2)
        return [pair for pair in indices if self.pair_p[pair] < LEVEL]

    @property
    def groups(self) -> list[tuple[int, ...]]:
        """Largest groups of families of which no two can be told apart."""
        count = len(self.families)
        alike = {n: set(range(count)) - {n} for n in range(count)}
        for one, other in self.clear:
            alike[one].discard(other)
            alike[other].discard(one)
        found = _cliques(alike, set(), set(alike), set())
        return sorted(tuple(sorted(group)) for group in found if len(group) > 1)


def claims(
    families: Sequence[str], ranked: np.ndarray, scores: np.ndarray | None
) -> Claims:
    """Test the ranks of families over data sets.

    Args:
        families: Their names.
        ranked: Ranks, ``(data sets, families)``.
        scores: Scores of which the higher is better; None if differences on two data
            sets can't be compared in size. Then pairs are compared by the sign test.
    """
    order = np.argsort(ranked.mean(axis=0), kind="stable")
    ranked = ranked[:, order]
    return Claims(
        families=tuple(families[n] for n in order),
        mean_ranks=tuple(map(float, ranked.mean(axis=0))),
        data_sets=len(ranked),
        friedman_p=friedman(ranked)[1] if len(families) > 2 else None,
        pair_p=pairwise(
            -ranked if scores is None else scores[:, order],
            are_commensurable=scores is not None,
        ),
        test="sign test" if scores is None else "Wilcoxon signed rank test",
    )


def _cliques(
    alike: dict[int, set[int]], group: set[int], left: set[int], done: set[int]
) -> Iterator[set[int]]:
    """Maximal groups of families that are all alike: Bron and Kerbosch 1973."""
    if not left and not done:
        yield group
    for one in sorted(left):
        yield from _cliques(alike, group | {one}, left & alike[one], done & alike[one])
        left, done = left - {one}, done | {one}
