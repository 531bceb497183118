"""Sentences about a board that its Markdown and its page share."""

from __future__ import annotations

from typing import Any

from bench.report import cells
from bench.report.board import Board
from bench.report.equal_cost import mixes_budgets
from bench.report.findings import remarks
from bench.report.optimism import is_notable
from bench.report.remark import Remark
from bench.report.results import StudyResults


def shared(board: Board) -> dict[str, Any]:
    """What Markdown and page alike say of a board, by the names in their templates."""
    return {
        "title": board.title,
        "task_type": board.task_type,
        "task": board.task,
        "sizes": sizes(board),
        "has_interval": any(row.low is not None for row in board.rows),
        "covers_images": any(row.of_images is not None for row in board.rows),
        "mark": cells.mark(board.rows),
        "fid_features": board.rows[0].fid_features if board.rows else "",
        "has_folds": any(row.folds is not None for row in board.rows),
        "mixes_budgets": mixes_budgets(board),
        "compared": [cells.compared(comparison) for comparison in board.comparisons],
        "optimistic": optimistic(board),
        "looks": looks(board),
        "repeats": board.repeats,
        "covered": cells.covered(board.rows),
        "repeat_scores": repeat_scores(board),
        "remarks": data_remarks(board),
        "versions": [] if board.repeats else versions(board),
    }


def sizes(board: Board) -> str:
    """Numbers of images; studies may divide those that don't test differently."""
    tasks = [results.study.task for results in board.results]
    divisions = dict.fromkeys((task.train, task.validation) for task in tasks)
    texts = [
        f"{train:,} training and {validation:,} validation"
        for train, validation in divisions
    ]
    return f"{' or '.join(texts)} images, {board.task.test:,} test images"


def versions(board: Board) -> list[str]:
    """Versions of the software; one line for each set of versions among studies."""
    lines = (
        ", ".join(
            f"{name} {version}"
            for name, version in sorted(versions.items())
            if not name.startswith(("fid_", "commit"))
        )
        for versions in (results.study.versions for results in board.results)
    )
    return [line for line in dict.fromkeys(lines) if line]


def progress(results: StudyResults) -> str:
    """How far an unfinished study is, and why it ended."""
    text = (
        f"{results.finished} finished and {results.failed} failed trials, "
        f"{len(results.finals)} of {results.study.spec.seeds} seeds"
    )
    return f"{text}; {results.study.message}" if results.study.message else text


def optimistic(board: Board) -> list[tuple[str, str]]:
    """Names of rows whose validation score promised too much or too little, and how."""
    rows = board.shown_rows
    named = zip(cells.labels(rows), rows, strict=True)
    return [(name, cells.optimism(row)) for name, row in named if is_notable(row)]


def looks(board: Board) -> str:
    """How often the test split was looked at, in words; empty if it is not known."""
    if board.looks is None or not board.looks.configurations:
        return ""
    return cells.looked_at(board.looks, board.task_type.ranked_by)


def repeat_scores(board: Board) -> list[tuple[str, str]]:
    """Names of rows that stand for several studies, and the scores of these."""
    rows = board.shown_rows if board.repeats else []
    return list(zip(cells.labels(rows), map(cells.repeats, rows), strict=True))


def data_remarks(board: Board) -> list[Remark]:
    """What was found in the images; empty if they were never examined."""
    return [] if board.examined is None else remarks(board.examined)
