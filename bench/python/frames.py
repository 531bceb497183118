"""Trials and leaderboards as pandas frames."""

from __future__ import annotations

from collections.abc import Container, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from bench import report
from bench.records import TrialRecord, TrialResult
from bench.store import Store


def leaderboard(
    results: Path, *, dataset: str | None = None, studies: Container[str] | None = None
) -> pd.DataFrame:
    """The rows of boards by their names on them, without columns that are all empty.

    Args:
        results: Folder of the store.
        dataset: Data set whose boards are wanted; None for all.
        studies: Identities of studies whose boards are wanted; None for all.
    """
    with Store(results, read_only=True) as store:
        boards = [
            board
            for board in report.with_repeats(store, report.boards(store, dataset))
            if studies is None or any(r.study.id in studies for r in board.results)
        ]
    rows = [
        {"name": label, **row}
        for board, shown in zip(boards, report.as_json(boards), strict=True)
        for label, row in zip(report.labels(board.all_rows), shown["rows"], strict=True)
    ]
    frame = pd.DataFrame(rows).dropna(axis="columns", how="all")
    return frame.set_index("name") if rows else frame


def trials(records: Sequence[TrialRecord]) -> pd.DataFrame:
    """A row for each trial by its number: its state, its scores, its hyperparameters.

    A hyperparameter that is not active in a trial is missing there. One that has the
    name of another column is called ``hyperparameter NAME``.
    """
    own = [_row(record) for record in records]
    taken = {name for row in own for name in row}
    rows = [
        row | {_free(name, taken): value for name, value in values.items()}
        for row, values in zip(
            own, (r.proposal.hyperparameters for r in records), strict=True
        )
    ]
    frame = pd.DataFrame(rows).dropna(axis="columns", how="all")
    return frame.set_index("trial") if rows else frame


def _free(name: str, taken: Container[str]) -> str:
    return f"hyperparameter {name}" if name in taken else name


def _measured(metric: str) -> str:
    """A metric with what it is of; ``loss`` is the name of a hyperparameter too."""
    return metric if metric.startswith("validation_") else f"training_{metric}"


def _row(record: TrialRecord) -> dict[str, Any]:
    proposal, result = record.proposal, record.result or TrialResult()
    return {
        "trial": record.number,
        "state": str(record.state),
        **{_measured(name): value for name, value in result.metrics.items()},
        "epochs": result.epochs or None,
        "image_share": proposal.image_share,
        "parameters": result.parameters or None,
        "seconds": result.seconds or None,
        "seed": record.seed,
        "parent": proposal.parent,
        "fold": proposal.fold,
        "origin": None if proposal.origin is None else str(proposal.origin),
        "error": result.error,
    }
