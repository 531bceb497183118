"""Families across data sets: mean ranks over all boards of a task type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from bench.records import TASK_TYPES, Metric, TaskType
from bench.records.wording import family_name
from bench.report.board import Board
from bench.report.cells import hyperparameters
from bench.report.ranking import Row


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The results of one family, searched by one tuner, on several boards.

    Attributes:
        name: The family, its held hyperparameters and its tuner.
        mean_rank: Mean of its ranks on the boards that list it. Tied families share
            the mean of their ranks.
        scores: Test score on each board, averaged over its studies there; None if
            the board doesn't list it.
    """

    name: str
    mean_rank: float
    scores: tuple[float | None, ...]

    @property
    def boards(self) -> int:
        """Number of boards that list the family."""
        return sum(score is not None for score in self.scores)


@dataclass(frozen=True, kw_only=True)
class Overall:
    """The families of a task type that has several boards.

    Attributes:
        task_type: The task type.
        boards: All boards of the task type.
        standings: Families without references, those on most boards first, then by
            mean rank.
    """

    task_type: TaskType
    boards: tuple[Board, ...]
    standings: tuple[Standing, ...]


def overall(boards: Sequence[Board]) -> list[Overall]:
    """Families across data sets, for each task type that has several boards."""
    groups: dict[str, list[Board]] = {}
    for board in boards:
        if board.repeats:
            continue  # its rows sum up those of other boards
        groups.setdefault(board.task_type.name, []).append(board)
    return [
        Overall(
            task_type=TASK_TYPES[name],
            boards=tuple(group),
            standings=tuple(_standings(group)),
        )
        for name, group in groups.items()
        if len(group) > 1
    ]


def _standings(boards: Sequence[Board]) -> list[Standing]:
    by_board = [_scores(board) for board in boards]
    ranks = [
        _ranks(scores, board.task_type.ranked_by)
        for scores, board in zip(by_board, boards, strict=True)
    ]
    names = dict.fromkeys(name for scores in by_board for name in scores)
    standings = [
        Standing(
            name=name,
            mean_rank=fmean(rank[name] for rank in ranks if name in rank),
            scores=tuple(scores.get(name) for scores in by_board),
        )
        for name in names
    ]
    return sorted(standings, key=lambda s: (-s.boards, s.mean_rank, s.name))


def _scores(board: Board) -> dict[str, float]:
    """Mean test score of each family on a board."""
    by_name: dict[str, list[float]] = {}
    for row in board.rows:
        if not row.is_reference and not row.is_default:
            by_name.setdefault(_name(row), []).append(row.score)
    return {name: fmean(scores) for name, scores in by_name.items()}


def _ranks(scores: dict[str, float], metric: Metric) -> dict[str, float]:
    """Ranks by rounded score, 1 for the best; ties share the mean of their ranks."""
    shown = {
        name: metric.better(round(score, metric.digits))
        for name, score in scores.items()
    }
    values = list(shown.values())
    return {
        name: 1 + sum(v > value for v in values) + (values.count(value) - 1) / 2
        for name, value in shown.items()
    }


def _name(row: Row) -> str:
    held = hyperparameters(row.held)
    return ", ".join(filter(None, (family_name(row.family), held, row.tuner)))
