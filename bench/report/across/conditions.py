"""The conditions of several boards: seeds of one data set are made one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from bench.records import FLOAT32, Metric
from bench.records.wording import searched_name
from bench.report.across.signed_ranks import ranks
from bench.report.board import Board
from bench.report.cells import hyperparameters
from bench.report.ranking import Row, overlaps_first


@dataclass(frozen=True, kw_only=True)
class Condition:
    """Boards of one data set that differ only in the seed of the split.

    Attributes:
        title: Names the data set in a table, and what else tells it apart.
        boards: The boards over which scores are averaged.
        is_compared: Whether ranks over data sets take it into account.
        scores: Score of each family and reference that all the boards list, averaged
            over the boards and the studies on each.
    """

    title: str
    boards: tuple[Board, ...]
    is_compared: bool
    scores: Mapping[str, float]

    @property
    def data_set(self) -> str:
        return data_set(self.boards[0])

    @property
    def metric(self) -> Metric:
        """The metric that ranks."""
        return self.boards[0].task_type.ranked_by

    def heights(self, names: Iterable[str]) -> np.ndarray:
        """Scores of some families as they are shown, with a sign: higher is better.

        A score that is no number is the worst one, as on boards.
        """
        metric = self.metric
        shown = [metric.better(round(self.scores[n], metric.digits)) for n in names]
        return np.nan_to_num(shown, nan=-np.inf, posinf=np.inf, neginf=-np.inf)


def conditions_of(boards: Sequence[Board], chosen: Iterable[int]) -> list[Condition]:
    """The conditions of some boards.

    Args:
        boards: Boards of one kind of task.
        chosen: Indices of those that are compared. A condition with such boards
            consists of these alone.
    """
    compared = {boards[n].key for n in chosen}
    groups: dict[tuple[str, ...], list[Board]] = {}
    for board in boards:
        groups.setdefault(_key(board), []).append(board)
    names = [group[0].task.title for group in groups.values()]
    titles = _titles(names, list(groups))
    made = []
    for title, group in zip(titles, groups.values(), strict=True):
        kept = [board for board in group if board.key in compared]
        used = kept or group
        made.append(
            Condition(
                title=title,
                boards=tuple(used),
                is_compared=bool(kept),
                scores=_means([scores_on(board) for board in used]),
            )
        )
    return made


def data_set(board: Board) -> str:
    """What tells the data set of a board from others."""
    return board.task.data_set


def families_on(board: Board) -> set[str]:
    """Names of the searched families that a board lists."""
    return {name for name, row in _named(board) if _is_searched(row)}


def leaders(board: Board) -> set[str]:
    """Families that are first on a board, or may be as good as the first row."""
    overlapping = overlaps_first(board.rows)
    return {
        name
        for (name, row), overlaps in zip(_named(board), overlapping, strict=True)
        if _is_searched(row) and (row.rank == 1 or overlaps)
    }


def scores_on(board: Board) -> dict[str, float]:
    """Mean test score of each family and each reference on a board."""
    by_name: dict[str, list[float]] = {}
    for name, row in _named(board):
        if row.is_reference or _is_searched(row):
            by_name.setdefault(name, []).append(row.score)
    return {name: fmean(scores) for name, scores in by_name.items()}


def ranks_of(conditions: Sequence[Condition], names: Sequence[str]) -> np.ndarray:
    """Ranks of some families, ``(data sets, families)``.

    Where a data set has several conditions, such as two sizes of its images, the means
    of the ranks are ranked.
    """
    by_set: dict[str, list[np.ndarray]] = {}
    for condition in conditions:
        found = ranks(condition.heights(names))
        by_set.setdefault(condition.data_set, []).append(found)
    return np.array([ranks(-np.mean(each, axis=0)) for each in by_set.values()])


def are_commensurable(conditions: Sequence[Condition]) -> bool:
    """Whether differences of scores on two data sets can be compared in size.

    The metric has to be the same one, and so have the features that FID compares.
    """
    metrics = {
        (condition.metric.label, row.fid_features)
        for condition in conditions
        for board in condition.boards
        for row in board.rows
    }
    data_sets = {condition.data_set for condition in conditions}
    return len(metrics) == 1 and len(data_sets) == len(conditions)


def _is_searched(row: Row) -> bool:
    return row.rank is not None and not row.is_reference and not row.is_default


def _named(board: Board) -> list[tuple[str, Row]]:
    """The rows of a board, with the names that they have on all boards.

    Numbers in which networks compute are part of a name only where a board has both:
    the default is chosen by what a family gains from it on a machine, and by the size
    of the images, so that a family would have another name on each data set.
    """
    plain = [_name(row, FLOAT32) for row in board.rows]
    precisions: dict[str, set[str | None]] = {}
    for name, row in zip(plain, board.rows, strict=True):
        precisions.setdefault(name, set()).add(row.precision)
    return [
        (name if len(precisions[name]) == 1 else _name(row, row.precision), row)
        for name, row in zip(plain, board.rows, strict=True)
    ]


def _name(row: Row, precision: str | None) -> str:
    if row.is_reference:
        return reference(row.family)
    searched = searched_name(row.family, row.size, precision)
    return ", ".join(filter(None, (searched, hyperparameters(row.held), row.tuner)))


def reference(name: str) -> str:
    """How a reference is called among families."""
    return f"{name} (reference)"


def _means(scores: Sequence[Mapping[str, float]]) -> dict[str, float]:
    shared = [name for name in scores[0] if all(name in each for each in scores)]
    return {name: fmean(each[name] for each in scores) for name in shared}


def _key(board: Board) -> tuple[str, ...]:
    """What boards of one data set may differ in, seeds aside; the data set first."""
    return (
        data_set(board),
        board.results[0].study.spec.conditions,
        "×".join(map(str, board.task.image_shape)),
        board.task_type.ranked_by.label,
    )


def _titles(names: Sequence[str], keys: Sequence[tuple[str, ...]]) -> list[str]:
    """Data sets, with all that conditions differ in where some have one title."""
    short = [
        ", ".join(filter(None, (name, key[1])))
        for name, key in zip(names, keys, strict=True)
    ]
    long = [
        ", ".join(filter(None, (name, *key[1:])))
        for name, key in zip(names, keys, strict=True)
    ]
    once, twice = Counter(short), Counter(long)
    whole = [  # different data sets of one name
        title if twice[title] == 1 else f"{title}, {key[0][:8]}"
        for title, key in zip(long, keys, strict=True)
    ]
    return [
        title if once[title] == 1 else other
        for title, other in zip(short, whole, strict=True)
    ]
