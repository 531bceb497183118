"""The files of a report: its documents, plots and pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.errors import WriteError, command
from bench.files import Attempts, replace_file
from bench.report import duplicates
from bench.report.across import overall
from bench.report.badge import FOLDER as BADGES
from bench.report.badge import badges
from bench.report.badge import update as update_badges
from bench.report.board import Board, boards
from bench.report.columns import to_csv
from bench.report.compared import Compared
from bench.report.cost_tables import steps_csv
from bench.report.duplicate_remarks import DUPLICATES_FILE
from bench.report.markdown import Image, to_markdown
from bench.report.page import page_html, write_comparison_page, write_pages
from bench.report.plots import FOLDER, Plot, across_plots, board_plots, update
from bench.report.repeated import with_repeats
from bench.store import Store


@dataclass(frozen=True, kw_only=True)
class Written:
    """What became of the files of a report.

    Attributes:
        paths: Of all files of the report, changed or not; empty if some weren't
            written.
        refusal: One line that says what wasn't written and how to write it; None if
            all were.
    """

    paths: list[Path]
    refusal: str | None = None


def write(store: Store, *, plots: bool = True) -> list[Path]:
    """Write the report of a store.

    ``leaderboard.md``, ``leaderboard.csv``, ``equal_cost.csv``, ``plots/`` and the
    pages in ``report/`` hold all studies of the store; ``badges/`` holds an SVG for
    each board. If a task has duplicates, ``duplicates.csv`` lists them. A plot is drawn
    only if its content has changed, and plots and pages of removed studies are removed.

    Args:
        store: The store, whose folder is written to.
        plots: Whether to update the plots and the HTML pages, which takes seconds; if
            False, those that exist stay as they are.

    Returns:
        The paths of all files of the report, changed or not.

    Raises:
        WriteError: A file can't be written; all that can be are.
    """
    shown = with_repeats(store, boards(store))
    across = overall(shown)
    drawings = [across_plots(each) for each in across]
    drawings += [[] if b.repeats else board_plots(store, b) for b in shown]
    attempts = Attempts()
    if plots:
        drawn = [plot for group in drawings for plot in group]
        update(store.folder / FOLDER, drawn, attempts)
    links = [[link for p in g if (link := _link(store, p))] for g in drawings]
    texts = {
        "leaderboard.md": to_markdown(shown, across, links),
        **_tables(store, shown),
    }
    for name, text in texts.items():
        with attempts:
            replace_file(store.folder / name, text.encode())
    small = badges(shown)
    update_badges(store.folder / BADGES, small, attempts)
    pages = write_pages(store, shown, attempts)[:1] if plots else []
    attempts.end()
    names = [*texts, *(name for group in links for name, _ in group)]
    names += [f"{BADGES}/{name}" for name in small]
    return [*(store.folder / name for name in names), *pages]


def _tables(store: Store, shown: Sequence[Board]) -> dict[str, str]:
    """Tables for other programs, by the names of their files."""
    tables = {"leaderboard.csv": to_csv(shown), "equal_cost.csv": steps_csv(shown)}
    listed = duplicates.to_csv(store)
    if listed or (store.folder / DUPLICATES_FILE).exists():
        tables[DUPLICATES_FILE] = listed
    return tables


def _link(store: Store, plot: Plot) -> Image | None:
    """Path of a plot and what it shows; None if it has not been drawn."""
    path = f"{FOLDER}/{plot.name}"
    return (path, plot.alternative) if (store.folder / path).exists() else None


def write_report(store: Store, *, link_images: bool = False) -> Path:
    """Write the pages of a store; the path of the page with the boards.

    Args:
        store: The store, whose folder is written to.
        link_images: Whether images become files beside the pages.

    Raises:
        WriteError: A page can't be written; all that can be are.
    """
    attempts = Attempts()
    shown = with_repeats(store, boards(store))
    first, *_ = write_pages(store, shown, attempts, link_images=link_images)
    attempts.end()
    return first


def page_now(store: Store, name: str) -> str | None:
    """A page of the report as HTML, without writing it; None if there is none.

    Args:
        store: The store.
        name: Name of the page's file.
    """
    return page_html(store, with_repeats(store, boards(store)), name)


def write_comparison(store: Store, compared: Compared) -> Path:
    """Write the page of a comparison beside those of the studies; its path.

    The page of all boards links it from now on; pages of studies do so once they are
    written again.

    Args:
        store: The store, whose folder is written to.
        compared: The comparison.

    Raises:
        WriteError: The page can't be written.
    """
    attempts = Attempts()
    shown = with_repeats(store, boards(store))
    path = write_comparison_page(store, compared, shown, attempts)
    attempts.end()
    return path


def try_to_write(store: Store, *, plots: bool = True) -> Written:
    """Write a report as ``write`` does; files that can't be written cost no study."""
    try:
        return Written(paths=write(store, plots=plots))
    except WriteError as error:
        return Written(
            paths=[],
            refusal=(
                f"the report is not complete: {error}; "
                f"{command('leaderboard --results')} {store.folder} writes it, and "
                "trains nothing"
            ),
        )
