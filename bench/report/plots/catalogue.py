"""All plots of a board and of its studies, with their file names."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench.records import CLASSIFICATION, DENOISING, GENERATION
from bench.records.wording import family_name
from bench.report import cells
from bench.report.across import Overall
from bench.report.board import Board
from bench.report.palette import styles_of
from bench.report.plots.denoised import denoised_plot
from bench.report.plots.equal_cost import equal_cost_plot
from bench.report.plots.generated import neighbours_plot, progress_plot, samples_plot
from bench.report.plots.heat import heat_map
from bench.report.plots.images import images_plot
from bench.report.plots.learning import learning_plot
from bench.report.plots.plot import Plot
from bench.report.plots.predictions import predictions_plot
from bench.report.plots.ranks import ranks_plot
from bench.report.plots.scores import scores_plot
from bench.report.plots.search import search_plot
from bench.report.results import StudyResults
from bench.store import Store

_OUTPUT_PLOTS: dict[str, tuple[tuple[str, Callable[..., Plot | None]], ...]] = {
    CLASSIFICATION: (("predictions", predictions_plot),),
    DENOISING: (("denoised", denoised_plot),),
    GENERATION: (
        ("samples", samples_plot),
        ("progress", progress_plot),
        ("neighbours", neighbours_plot),
    ),
}
"""Plots of the outputs of models, with the ends of their names, by kind of task."""


def board_plots(store: Store, board: Board) -> list[Plot]:
    """All plots of a board: those of the board itself, then those of each study."""
    dataset = cells.file_part(board.task.title)
    stem, style_of = f"{dataset}-{board.key[:8]}", styles_of(store)
    plots: list[Plot | None] = [
        images_plot(f"{stem}-images.png", store, board),
        scores_plot(f"{stem}-leaderboard.png", board, style_of),
        equal_cost_plot(f"{stem}-equal-cost.png", board, style_of),
    ]
    for results in board.results:
        plots += _study_plots(store, results, dataset)
    return [plot for plot in plots if plot is not None]


def across_plots(across: Overall) -> list[Plot]:
    """All plots of families across data sets."""
    plots: list[Plot | None] = [ranks_plot(across)]
    return [plot for plot in plots if plot is not None]


def _study_plots(
    store: Store, results: StudyResults, dataset: str
) -> Iterator[Plot | None]:
    family = cells.file_part(family_name(results.study.spec.family))
    stem = f"{family}-{dataset}-{results.study.id[:8]}"
    yield search_plot(f"{stem}-search.png", results)
    yield heat_map(f"{stem}-heat.png", results)
    yield learning_plot(f"{stem}-learning.png", store, results)
    for name, output_plot in _OUTPUT_PLOTS[results.study.spec.task_type.kind]:
        yield output_plot(f"{stem}-{name}.png", store, results)
