"""Families across data sets: one table over all boards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from bench.records import GOALS, Goal, Metric
from bench.report.board import Board
from bench.report.cells import family_name, hyperparameters
from bench.report.ranking import Row


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How one family did, searched by one tuner.

    Attributes:
        name: The family, what was held of it, and its tuner.
        mean_rank: Over the boards that it is on, among all that are on them; of one
            tuner's studies on a board the mean score counts. Ties share theirs.
        scores: Mean test score on each board; None where it isn't on it.
    """

    name: str
    mean_rank: float
    scores: tuple[float | None, ...]

    @property
    def boards(self) -> int:
        return sum(score is not None for score in self.scores)


@dataclass(frozen=True, kw_only=True)
class Overall:
    """The families of one goal over all of its boards, of which there are several.

    Attributes:
        boards: Of this goal.
        standings: By mean rank, those on more boards first; without references.
    """

    goal: Goal
    boards: tuple[Board, ...]
    standings: tuple[Standing, ...]


def overall(boards: Sequence[Board]) -> list[Overall]:
    """Families across data sets, for each goal that has more than one board."""
    found = []
    for name in dict.fromkeys(board.goal.name for board in boards):
        goal = GOALS[name]
        own = tuple(board for board in boards if board.goal.name == goal.name)
        if len(own) > 1:
            found.append(
                Overall(goal=goal, boards=own, standings=tuple(_standings(own)))
            )
    return found


def _standings(boards: Sequence[Board]) -> list[Standing]:
    by_board = [_scores(board) for board in boards]
    ranks = [
        _ranks(scores, board.goal.ranked_by)
        for scores, board in zip(by_board, boards, strict=True)
    ]
    names = dict.fromkeys(name for scores in by_board for name in scores)
    made = [
        Standing(
            name=name,
            mean_rank=fmean(rank[name] for rank in ranks if name in rank),
            scores=tuple(scores.get(name) for scores in by_board),
        )
        for name in names
    ]
    return sorted(made, key=lambda one: (-one.boards, one.mean_rank, one.name))


def _scores(board: Board) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for row in board.rows:
        if not row.is_reference:
            found.setdefault(_name(row), []).append(row.score)
    return {name: fmean(scores) for name, scores in found.items()}


def _ranks(scores: dict[str, float], metric: Metric) -> dict[str, float]:
    """1 for the best as it is shown; equal ones share the mean of their ranks."""
    shown = {
        name: metric.better(round(score, metric.digits))
        for name, score in scores.items()
    }
    values = list(shown.values())
    return {
        name: 1 + sum(v > own for v in values) + (values.count(own) - 1) / 2
        for name, own in shown.items()
    }


def _name(row: Row) -> str:
    held = hyperparameters(row.held)
    return ", ".join(filter(None, (family_name(row.family), held, row.tuner)))
