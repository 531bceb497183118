"""Families across data sets: their scores, ranks and ratings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.report.across.claims import AT_LEAST, RATED_FROM, Claims, claims
from bench.report.across.conditions import (
    Condition,
    are_commensurable,
    conditions_of,
    data_set,
    families_on,
    leaders,
    ranks_of,
    reference,
)
from bench.report.across.resampling import Estimates, elo, mean_ranks
from bench.report.across.shared import largest_table
from bench.report.board import Board
from bench.report.equal_cost import mixes_budgets

ANCHORS = tuple(map(reference, ("logistic_regression", "median_filter")))
"""References whose Elo rating is 1000, the first one that all data sets have."""


@dataclass(frozen=True, kw_only=True)
class Range:
    """A value with its 95% interval over data sets.

    Attributes:
        value: The value.
        low, high: Ends of the interval; None if data sets are too few for one.
    """

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The results of one family, searched by one tuner, on several data sets.

    Attributes:
        name: The family, its held hyperparameters and its tuner.
        scores: Score under each condition; None if it has none.
        mean_rank: Mean of its ranks over the compared data sets; None if the family
            isn't compared.
        leads: Number of compared data sets on which it is the first row or may be as
            good as the first one.
        elo: Its Elo rating; None if data sets are too few.
    """

    name: str
    scores: tuple[float | None, ...]
    mean_rank: Range | None = None
    leads: int | None = None
    elo: Range | None = None


@dataclass(frozen=True, kw_only=True)
class Overall:
    """The families of one kind of task on several data sets.

    Attributes:
        kind: Kind of task, such as classification.
        conditions: All conditions, compared or not.
        standings: The compared families by mean rank, then the others by name.
        claims: What the ranks say of other data sets; None if they are too few.
        anchor: The reference whose Elo rating is 1000; None if no reference is on all
            data sets, and the mean of the ratings is 1000.
    """

    kind: str
    conditions: tuple[Condition, ...]
    standings: tuple[Standing, ...]
    claims: Claims | None = None
    anchor: str | None = None

    @property
    def compared(self) -> list[Standing]:
        """The families whose ranks are compared."""
        return [each for each in self.standings if each.mean_rank is not None]

    @property
    def data_sets(self) -> list[str]:
        """The data sets over which ranks are averaged."""
        found = dict.fromkeys(c.data_set for c in self.conditions if c.is_compared)
        return list(found)

    @property
    def mixes_budgets(self) -> bool:
        """Whether rows of one compared board were searched with different budgets."""
        return any(
            mixes_budgets(board)
            for condition in self.conditions
            if condition.is_compared
            for board in condition.boards
        )


def overall(boards: Sequence[Board]) -> list[Overall]:
    """Families across data sets, for each kind of task on several data sets."""
    groups: dict[str, list[Board]] = {}
    for board in boards:
        # The rows of a board of repeats sum up those of other boards.
        if families_on(board) and not board.repeats:
            groups.setdefault(board.task_type.kind, []).append(board)
    return [
        _overall(kind, group)
        for kind, group in groups.items()
        if len({data_set(board) for board in group}) > 1
    ]


def _overall(kind: str, boards: Sequence[Board]) -> Overall:
    listed = [families_on(board) for board in boards]
    boards_of = {
        name: frozenset(n for n, found in enumerate(listed) if name in found)
        for name in sorted(set().union(*listed))
    }
    families, chosen = largest_table(boards_of, [data_set(b) for b in boards])
    conditions = conditions_of(boards, chosen)
    compared = [each for each in conditions if each.is_compared]
    others = [
        Standing(name=name, scores=_scores(conditions, name))
        for name in boards_of
        if name not in families
    ]
    if not families:
        return Overall(kind=kind, conditions=tuple(conditions), standings=tuple(others))
    ranked = ranks_of(compared, families)
    ratings, anchor = _ratings(compared, families)
    standings = _standings(conditions, families, ranked, ratings)
    return Overall(
        kind=kind,
        conditions=tuple(conditions),
        standings=(*standings, *others),
        claims=_claims(compared, families, ranked),
        anchor=anchor,
    )


def _standings(
    conditions: Sequence[Condition],
    families: Sequence[str],
    ranked: np.ndarray,
    ratings: Sequence[Range | None],
) -> list[Standing]:
    """The compared families, by mean rank."""
    estimates = mean_ranks(ranked)
    has_interval = len(ranked) >= AT_LEAST
    standings = [
        Standing(
            name=name,
            scores=_scores(conditions, name),
            mean_rank=_range(estimates, n, has_interval=has_interval),
            leads=_leads(conditions, name),
            elo=ratings[n],
        )
        for n, name in enumerate(families)
    ]
    order = np.argsort(estimates.values, kind="stable")
    return [standings[n] for n in order]


def _scores(conditions: Sequence[Condition], name: str) -> tuple[float | None, ...]:
    return tuple(each.scores.get(name) for each in conditions)


def _leads(conditions: Sequence[Condition], name: str) -> int:
    """Number of compared data sets on all boards of which a family leads."""
    is_ahead: dict[str, bool] = {}
    for each in conditions:
        if each.is_compared:
            ahead = all(name in leaders(board) for board in each.boards)
            is_ahead[each.data_set] = is_ahead.get(each.data_set, True) and ahead
    return sum(is_ahead.values())


def _claims(
    compared: Sequence[Condition], families: Sequence[str], ranked: np.ndarray
) -> Claims | None:
    if len(ranked) < AT_LEAST:
        return None
    scores = np.array([each.heights(families) for each in compared])
    is_sized = are_commensurable(compared) and bool(np.isfinite(scores).all())
    return claims(families, ranked, scores if is_sized else None)


def _ratings(
    compared: Sequence[Condition], families: Sequence[str]
) -> tuple[list[Range | None], str | None]:
    """Elo ratings of the families, and the reference that has the rating of 1000."""
    if len({each.data_set for each in compared}) < RATED_FROM:
        return [None] * len(families), None
    on_all = (n for n in ANCHORS if all(n in each.scores for each in compared))
    anchor = next(on_all, None)
    players = [*families, *filter(None, [anchor])]
    ratings = elo(ranks_of(compared, players), None if anchor is None else -1)
    return [_range(ratings, n) for n in range(len(families))], anchor


def _range(estimates: Estimates, place: int, *, has_interval: bool = True) -> Range:
    low, high = float(estimates.low[place]), float(estimates.high[place])
    value = float(estimates.values[place])
    return (
        Range(value=value, low=low, high=high) if has_interval else Range(value=value)
    )
