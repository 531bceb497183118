"""The files of a report: ``leaderboard.md``, ``leaderboard.csv`` and plots."""

from __future__ import annotations

from pathlib import Path

from bench.files import replace_file
from bench.report.board import boards
from bench.report.columns import to_csv
from bench.report.markdown import to_markdown
from bench.report.plots import FOLDER, board_plots, update
from bench.store import Store


def write(store: Store, *, plots: bool = True) -> list[Path]:
    """Write ``leaderboard.md``, ``leaderboard.csv`` and ``plots/`` of a store.

    The files hold all studies of the store. A plot is drawn only if its content has
    changed, and plots of removed studies are removed.

    Args:
        store: The store, whose folder is written to.
        plots: Whether to update the plots; if False, existing plots stay as they are.

    Returns:
        The paths of all files of the report, changed or not.

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
