"""Plots of a results folder, each drawn only when what it shows has changed.

Collecting what a plot shows needs neither matplotlib nor seaborn, which take
seconds to import: they are met only inside ``draw``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.records import CLASSIFICATION, DENOISING, GENERATION
from bench.report import cells
from bench.report.board import Board, StudyResults
from bench.report.files import remove_file, replace_file
from bench.report.plots.denoised import denoised_plot
from bench.report.plots.generated import neighbours_plot, progress_plot, samples_plot
from bench.report.plots.heat import heat_map
from bench.report.plots.images import images_plot
from bench.report.plots.learning import learning_plot
from bench.report.plots.plot import KEYWORD, Plot, digest
from bench.report.plots.predictions import predictions_plot
from bench.report.plots.scores import scores_plot
from bench.report.plots.search import search_plot
from bench.store import Store

FOLDER = "plots"

_SHOWS: dict[str, tuple[tuple[str, Callable[..., Plot | None]], ...]] = {
    CLASSIFICATION: (("predictions", predictions_plot),),
    DENOISING: (("denoised", denoised_plot),),
    GENERATION: (
        ("samples", samples_plot),
        ("progress", progress_plot),
        ("neighbours", neighbours_plot),
    ),
}
"""By task: the plots of what models make, and the ends of their names."""

# Text chunks stand before the pixels, at the very start of the file.
_HEAD = 1024


def board_plots(store: Store, board: Board) -> list[Plot]:
    """All plots of a board, its own first, then those of each study."""
    dataset = cells.file_part(cells.dataset_name(board.task.dataset))
    stem = f"{dataset}-{board.key[:8]}"
    plots: list[Plot | None] = [
        images_plot(f"{stem}-images.png", store, board),
        scores_plot(f"{stem}-leaderboard.png", board),
    ]
    for results in board.results:
        plots += _study_plots(store, results, dataset)
    return [plot for plot in plots if plot is not None]


def update(folder: Path, plots: Sequence[Plot]) -> None:
    """Draw the plots that are missing or show old data; remove those not named.

    Only files that carry this module's mark are ever removed.
    """
    digests = {plot.name: digest(plot) for plot in plots}
    stale = [p for p in plots if not _shows(folder / p.name, digests[p.name])]
    if stale:
        from bench.report.plots.style import png

        for plot in stale:
            replace_file(folder / plot.name, png(plot, digests[plot.name]))
    for path in _ours(folder):
        if path.name not in digests:
            remove_file(path)


def _study_plots(
    store: Store, results: StudyResults, dataset: str
) -> Iterator[Plot | None]:
    family = cells.file_part(cells.family_name(results.study.spec.family))
    stem = f"{family}-{dataset}-{results.study.id[:8]}"
    yield search_plot(f"{stem}-search.png", results)
    yield heat_map(f"{stem}-heat.png", results)
    yield learning_plot(f"{stem}-learning.png", store, results)
    for what, plot in _SHOWS[results.study.spec.aim.task]:
        yield plot(f"{stem}-{what}.png", store, results)


def _shows(path: Path, content: str) -> bool:
    return path.is_file() and content.encode() in _head(path)


def _ours(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.png") if KEYWORD.encode() in _head(path)]


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)
