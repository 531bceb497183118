"""Families across data sets: one table over all boards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from bench.report.board import Board
from bench.report.cells import family_name, hyperparameters
from bench.report.ranking import Row


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How one family did, searched by one tuner.

    Attributes:
        name: The family, what was held of it, and its tuner.
        mean_rank: Over the boards that it is on, among all that are on them; of one
            tuner's studies on a board the mean accuracy counts. Ties share theirs.
        accuracies: Mean test accuracy on each board; None where it isn't on it.
    """

    name: str
    mean_rank: float
    accuracies: tuple[float | None, ...]

    @property
    def boards(self) -> int:
        return sum(accuracy is not None for accuracy in self.accuracies)


def standings(boards: Sequence[Board]) -> list[Standing]:
    """Families by mean rank, those on more boards first; references are left out."""
    by_board = [_accuracies(board) for board in boards]
    ranks = [_ranks(accuracies) for accuracies in by_board]
    names = dict.fromkeys(name for accuracies in by_board for name in accuracies)
    made = [
        Standing(
            name=name,
            mean_rank=fmean(rank[name] for rank in ranks if name in rank),
            accuracies=tuple(accuracies.get(name) for accuracies in by_board),
        )
        for name in names
    ]
    return sorted(made, key=lambda one: (-one.boards, one.mean_rank, one.name))


def _accuracies(board: Board) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for row in board.rows:
        if not row.is_reference:
            found.setdefault(_name(row), []).append(row.test_accuracy)
    return {name: fmean(accuracies) for name, accuracies in found.items()}


def _ranks(accuracies: dict[str, float]) -> dict[str, float]:
    """1 for the highest as it is shown; equal ones share the mean of their ranks."""
    shown = {name: round(accuracy, 4) for name, accuracy in accuracies.items()}
    values = list(shown.values())
    return {
        name: 1 + sum(v > own for v in values) + (values.count(own) - 1) / 2
        for name, own in shown.items()
    }


def _name(row: Row) -> str:
    held = hyperparameters(row.held)
    return ", ".join(filter(None, (family_name(row.family), held, row.tuner)))
