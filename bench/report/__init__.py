"""Leaderboards and plots, read from the store alone."""

from __future__ import annotations

from pathlib import Path

from bench.report.board import Board, StudyResults, boards
from bench.report.cells import dataset_name
from bench.report.columns import as_json, to_csv
from bench.report.command import search_command
from bench.report.files import replace_file
from bench.report.listing import studies, study_times
from bench.report.markdown import to_markdown
from bench.report.overall import overall
from bench.report.plots import FOLDER, board_plots, update
from bench.report.ranking import Row
from bench.report.terminal import comparisons, overall_table, table
from bench.store import Store

__all__ = [
    "Board",
    "Row",
    "StudyResults",
    "as_json",
    "boards",
    "comparisons",
    "dataset_name",
    "overall",
    "overall_table",
    "search_command",
    "studies",
    "study_times",
    "table",
    "write",
]


def write(store: Store, *, plots: bool = True) -> list[Path]:
    """Write ``leaderboard.md``, ``leaderboard.csv`` and ``plots/`` of a store.

    Files always hold everything in the store. A plot is drawn only where what it
    shows has changed, and plots of studies that are gone are removed.

    Args:
        store: Its folder is written to.
        plots: Draw plots; without, those that exist stay as they are.

    Returns:
        The paths of all files of the report, whether or not they changed.

    Raises:
        StoreError: The folder can't be written.
    """
    shown = boards(store)
    drawings = [board_plots(store, board) for board in shown]
    if plots:
        update(store.folder / FOLDER, [plot for group in drawings for plot in group])
    names = [[f"{FOLDER}/{plot.name}" for plot in group] for group in drawings]
    links = [[n for n in group if (store.folder / n).exists()] for group in names]
    texts = {
        "leaderboard.md": to_markdown(shown, links),
        "leaderboard.csv": to_csv(shown),
    }
    for name, text in texts.items():
        replace_file(store.folder / name, text.encode())
    return [store.folder / name for name in (*texts, *(n for g in links for n in g))]
