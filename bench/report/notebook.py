"""Boards and studies as HTML, for notebooks."""

from __future__ import annotations

import base64
import html
from collections.abc import Container, Iterator

from bench.records.wording import budget_text, counted
from bench.report import cells
from bench.report.board import Board, boards
from bench.report.plots import learning_plot
from bench.report.results import StudyResults
from bench.report.terminal import columns
from bench.store import Store
from bench.text import visible

_CELL = "padding: 2px 10px; text-align: "
_MARKED = "font-weight: bold"
_REFERENCE = "opacity: 0.6"


def study_html(store: Store, study: str) -> str:
    """A study for a notebook: its board, its best hyperparameters and its curves."""
    for board in boards(store):
        for results in board.results:
            if results.study.id == study:
                return "\n".join(_study(store, board, results))
    return f"<p>The study {html.escape(study)} is not in the store.</p>"


def board_html(board: Board, marked: Container[str] = ()) -> str:
    """A board as a table, and its comparisons as sentences.

    Args:
        board: The board.
        marked: Identities of studies whose rows stand out.
    """
    shown = columns(board)
    head = "".join(_cell("th", c.heading, n) for n, c in enumerate(shown))
    rows = []
    lines = zip(*(column.texts for column in shown), strict=True)
    for row, line in zip(board.shown_rows, lines, strict=True):
        is_own = row.study in marked and not row.is_default and not row.ensemble
        style = _MARKED if is_own else ""
        style = _REFERENCE if row.is_reference else style
        cells_ = "".join(_cell("td", text, n) for n, text in enumerate(line))
        rows.append(f'<tr style="{style}">{cells_}</tr>')
    title = _text(board.title)
    caption = f'<caption style="text-align: left"><b>{title}</b></caption>'
    table = f"<table>{caption}<tr>{head}</tr>{''.join(rows)}</table>"
    sentences = [cells.compared(each) for each in board.comparisons]
    sentences += cells.ensembles(board.shown_rows)
    compared = [f"<p>{_text(each)}</p>" for each in sentences]
    return "\n".join([table, *compared])


def _study(store: Store, board: Board, results: StudyResults) -> Iterator[str]:
    study, best = results.study, results.best
    trials = counted(len(results.configurations), "configuration")
    yield (
        f"<p><b>{_text(cells.study_title(study))}</b>: {study.state}, {trials} tried "
        f"({_text(budget_text(study.spec))}); study <code>{study.id[:8]}</code></p>"
    )
    if study.message:
        yield f"<p>{_text(study.message)}</p>"
    yield board_html(board, {study.id}) if board.rows else "<p>No row yet.</p>"
    if best is not None:
        values = cells.hyperparameters(best.proposal.hyperparameters)
        yield f"<p>Best configuration: {_text(values)}</p>"
    plot = learning_plot("learning.png", store, results)
    if plot is not None:
        from bench.report.plots.style import png

        image = base64.b64encode(png(plot, "")).decode()
        yield (
            '<img style="max-width: 100%; width: 800px" alt="learning curves" '
            f'src="data:image/png;base64,{image}">'
        )


def _cell(tag: str, text: str, number: int) -> str:
    align = "left" if number == 1 else "right"
    content = _text(text.replace("-\n", "").replace("\n", " "))
    return f'<{tag} style="{_CELL}{align}">{content}</{tag}>'


def _text(text: str) -> str:
    return html.escape(visible(text))
