"""Leaderboards for other programs, as CSV and JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bench.records import CLASSIFICATION
from bench.report.board import Board
from bench.report.cells import UNKNOWN
from bench.report.column_meanings import COLUMNS
from bench.report.command import search_command
from bench.report.cost_tables import searches_json
from bench.report.findings import remarks
from bench.report.ranking import Row
from bench.report.results import StudyResults
from bench.text import csv_cell, json_text


def to_csv(boards: Sequence[Board]) -> str:
    """All rows of all boards; numbers are unrounded, unknown cells empty.

    A text that a spreadsheet would take for a formula begins with a ``'``.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for board in boards:
        for row in board.all_rows:
            values = _values(board, row)
            settings = dict(sorted(values["hyperparameters"].items()))
            values["hyperparameters"] = "" if row.is_reference else json_text(settings)
            values["repeat_scores"] = json_text(row.repeats) if row.repeats else None
            values["members"] = json_text(values["members"]) if row.members else ""
            writer.writerow({name: csv_cell(value) for name, value in values.items()})
    return text.getvalue()


def column_texts(board: Board, name: str) -> list[str]:
    """The cells of a column as a table shows them, one for each row that is shown."""
    values = [_values(board, row)[name] for row in board.shown_rows]
    return [_text(value) for value in values]


def as_json(boards: Sequence[Board]) -> list[dict[str, Any]]:
    """The boards as objects that ``bench.text.json_text`` takes."""
    return [
        {
            "title": board.title,
            "task": board.task_type.kind,
            "dataset": board.task.title,
            "image_shape": list(board.task.image_shape),
            "class_names": list(board.task.class_names),
            "train": board.task.train,
            "validation": board.task.validation,
            "test": board.task.test,
            "test_split": board.test_split,
            "repeats": board.repeats,
            "data": _data(board),
            "looks": None if board.looks is None else asdict(board.looks),
            "rows": [_values(board, row) for row in board.all_rows],
            "comparisons": [
                asdict(comparison) | {"task_type": comparison.task_type.kind}
                for comparison in board.comparisons
            ],
            "searches": searches_json(board),
            "unfinished": [_unfinished(results) for results in board.unfinished],
        }
        for board in boards
    ]


def _values(board: Board, row: Row) -> dict[str, Any]:
    """Values of a row for all ``COLUMNS``; None for columns that don't apply."""
    task_type = row.task_type
    prefix = "test_" if task_type.kind == CLASSIFICATION else ""
    values = asdict(row) | {
        "task": task_type.kind,
        "test_split": board.test_split,
        task_type.validated: row.validation,
    }
    values |= {f"{prefix}{name}": value for name, value in row.metrics.items()}
    ranking = f"{prefix}{task_type.ranked_by.name}"
    values |= {
        "standard_error_of_seeds": row.of_seeds,
        "standard_error_of_images": row.of_images,
        "against_first": row.verdict or None,
        "p_value_against_first": row.p_value,
        "repeats": len(row.repeats) or None,
        "repeat_scores": list(row.repeats) or None,
    }
    if row.gain is not None:
        gain = row.gain
        values |= {"gain": gain.mean, "gain_low": gain.low, "gain_high": gain.high}
    values |= {f"{ranking}_low": row.low, f"{ranking}_high": row.high}
    return {name: values.get(name) for name in COLUMNS}


def _text(value: Any) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, dict | list):
        return json_text(value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _data(board: Board) -> dict[str, Any] | None:
    """What the examination of the images found, in sentences and in numbers."""
    task = board.examined
    if task is None or task.findings is None:
        return None
    said = [
        {"severity": str(remark.severity), "text": remark.text}
        for remark in remarks(task)
    ]
    return {"remarks": said, "findings": asdict(task.findings)}


def _unfinished(results: StudyResults) -> dict[str, Any]:
    study = results.study
    return {
        "study": study.id,
        "family": study.spec.family,
        "tuner": study.spec.searcher,
        "state": str(study.state),
        "message": study.message,
        "trials_finished": results.finished,
        "trials_failed": results.failed,
        "seeds": len(results.finals),
        "command": search_command(study.spec),
    }
