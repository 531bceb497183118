"""Scores with their intervals, drawn as bars inside the cells of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bench.report.ranking import Row

_MARGIN = 0.05


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The scores that the bars of a board span, from the left end to the right one."""

    start: float
    end: float

    def place(self, score: float) -> float:
        """Percent of the bar's width."""
        share = (score - self.start) / (self.end - self.start)
        return 100 * min(1.0, max(0.0, share))


def scale(rows: Sequence[Row]) -> Scale:
    """A scale on which the intervals of all models fit.

    References may lie far below, where they would press all others together. They are
    drawn at the end then.
    """
    shown = [row for row in rows if not row.is_reference] or list(rows)
    ends = [end for row in shown for end in _ends(row)]
    low, high = min(ends), max(ends)
    margin = _MARGIN * (high - low) or max(abs(high), 1.0) * _MARGIN
    return Scale(start=low - margin, end=high + margin)


def bar(row: Row, on: Scale) -> Markup:
    """The interval of a row as a bar, and its mean as a line across it."""
    low, high = map(on.place, _ends(row))
    mean = on.place(row.score)
    if row.score < on.start or row.score > on.end:
        points = "7,1 1,6 7,11" if row.score < on.start else "1,1 7,6 1,11"
        side = "" if row.score < on.start else ' class="end"'
        return Markup(
            '<svg class="interval" aria-hidden="true"><svg{} width="8" height="12">'
            '<polygon points="{}"/></svg></svg>'
        ).format(Markup(side), points)
    return Markup(
        '<svg class="interval" aria-hidden="true">'
        '<rect x="{:.1f}%" y="4" width="{:.1f}%" height="4" rx="2"/>'
        '<line x1="{:.1f}%" x2="{:.1f}%" y1="0" y2="12"/></svg>'
    ).format(low, high - low, mean, mean)


def _ends(row: Row) -> tuple[float, float]:
    if row.low is None or row.high is None:
        return row.score, row.score
    return row.low, row.high
