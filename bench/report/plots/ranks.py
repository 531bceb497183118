"""Critical-difference diagram: mean ranks of families, and who can't be told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.records.wording import counted
from bench.report.across import Overall, outcome
from bench.report.plots.plot import Plot
from bench.text import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LABEL_LENGTH = 40
_LINE_HEIGHT = 0.32
"""Inches between two labels or two bars."""


@dataclass(frozen=True, kw_only=True)
class RanksPlot(Plot):
    """Families on an axis of mean ranks, the best one on the left.

    Attributes:
        labels: Names of the families, by mean rank.
        mean_ranks: In the same order.
        groups: Families of which no two can be told apart; a bar joins them.
        remark: What was tested.
    """

    labels: tuple[str, ...]
    mean_ranks: tuple[float, ...]
    groups: tuple[tuple[int, ...], ...]
    remark: str

    def draw(self) -> Figure:
        from bench.report.plots.style import figure

        # Bars lie below the axis, then the labels: half of them on each side.
        lines = 1.5 + len(self.groups) + (len(self.labels) + 1) // 2
        drawing = figure(9.5, 1.3 + _LINE_HEIGHT * lines, self.title)
        axes = drawing.subplots()
        axes.set_xlim(0.98, len(self.labels) + 0.02)
        axes.set_ylim(lines, 0)
        self._draw_axis(axes)
        self._draw_groups(axes)
        self._draw_labels(axes)
        drawing.supxlabel(self.remark, x=0.01, ha="left", fontsize=9)
        return drawing

    def _draw_axis(self, axes: Axes) -> None:
        axes.xaxis.tick_top()
        axes.set_xticks(range(1, len(self.labels) + 1))
        axes.set_yticks([])
        axes.grid(visible=False)
        for side in ("left", "right", "bottom"):
            axes.spines[side].set_visible(False)
        axes.spines["top"].set_color("black")
        axes.tick_params(axis="x", top=True, length=5, color="black")
        axes.set_title("Mean rank, 1 is the best", fontsize=10, fontweight="normal")

    def _draw_groups(self, axes: Axes) -> None:
        from bench.report.plots.style import RED

        for place, group in enumerate(self.groups):
            found = [self.mean_ranks[n] for n in group]
            height = [0.7 + place] * len(found)
            axes.plot(found, height, "-o", color=RED, lw=4, markersize=6, clip_on=False)

    def _draw_labels(self, axes: Axes) -> None:
        from bench.report.plots.style import GREY

        half = (len(self.labels) + 1) // 2
        below = 1.2 + len(self.groups)
        for n, (label, rank) in enumerate(
            zip(self.labels, self.mean_ranks, strict=True)
        ):
            is_left = n < half
            height = below + (n if is_left else len(self.labels) - 1 - n)
            edge = 0.0 if is_left else 1.0
            end = axes.get_xlim()[0 if is_left else 1]
            axes.plot(
                [rank, rank, end],
                [0, height, height],
                color=GREY,
                linewidth=1,
                zorder=0,
            )
            axes.annotate(
                f"{label}  {rank:.2f}" if is_left else f"{rank:.2f}  {label}",
                (edge, height),
                xycoords=("axes fraction", "data"),
                xytext=(-4 if is_left else 4, 0),
                textcoords="offset points",
                ha="right" if is_left else "left",
                va="center",
                fontsize=10,
            )


def ranks_plot(across: Overall) -> RanksPlot | None:
    """The diagram of a kind of task; None if data sets are too few."""
    claims = across.claims
    if claims is None:
        return None
    labels = tuple(shortened(name, _LABEL_LENGTH) for name in claims.families)
    return RanksPlot(
        name=f"across-{across.kind}-ranks.png",
        title="Which families are better on other data sets too?\n"
        f"Mean ranks over {counted(claims.data_sets, 'data set')}",
        seen=f"{'; '.join(map('{} {:.2f}'.format, labels, claims.mean_ranks))}.",
        labels=labels,
        mean_ranks=claims.mean_ranks,
        groups=tuple(claims.groups),
        remark=outcome(claims),
    )
