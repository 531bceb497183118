"""Scores with their intervals, drawn as bars inside the cells of a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from markupsafe import Markup

from bench.report.ranking import Row

_SHARE = 0.5
"""Share of a board's models, the best ones, that its scale is made for."""

_FEW = 6
"""Number of scores, the best ones, that a span is made for at least."""

_COMPARED = 3
"""Number of models that are rather compared with each other than with references."""

_MARGIN = 0.05


@dataclass(frozen=True, kw_only=True)
class Span:
    """The scores that a board draws, from the left or lower end to the other one."""

    start: float
    end: float

    def place(self, score: float) -> float:
        """Percent of the bar's width."""
        share = (score - self.start) / (self.end - self.start)
        return 100 * min(1.0, max(0.0, share))

    def clipped(self, score: float) -> float:
        """The score, or the end beyond which it lies."""
        return min(self.end, max(self.start, score))

    def holds(self, score: float) -> bool:
        return self.start <= score <= self.end


def row_span(rows: Sequence[Row]) -> Span:
    """A span on which the better models of a board can be told apart.

    Args:
        rows: All rows of a board, the best one first.
    """
    bounds = rows[0].task_type.ranked_by.bounds
    return span([(row.score, _half(row)) for row in _spanned(rows)], bounds)


def _spanned(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows down to the last model; all if there are few models.

    References below guess, and would press all models into a corner.
    """
    models = [place for place, row in enumerate(rows) if not row.is_reference]
    return rows if len(models) < _COMPARED else rows[: models[-1] + 1]


def span(
    scores: Sequence[tuple[float, float]],
    bounds: tuple[float, float],
    share: float = _SHARE,
) -> Span:
    """A span on which the better scores can be told apart.

    One model that hardly learned, or one interval from two seeds, would press all
    others into a corner. So the span is made for the better scores only, and for
    intervals of at most twice the median width.

    Args:
        scores: Scores with half the widths of their intervals, the best one first.
        bounds: Lowest and highest value that a score can have.
        share: Share of the scores, the best ones, that the span is made for.
    """
    finite = [pair for pair in scores if math.isfinite(pair[0])] or [(0.0, 0.0)]
    shown = finite[: max(_FEW, math.ceil(share * len(finite)))]
    longest = 2 * median(half for _, half in shown)
    low = min(score - min(longest, half) for score, half in shown)
    high = max(score + min(longest, half) for score, half in shown)
    margin = _MARGIN * (high - low) or _MARGIN * max(abs(high), 1.0)
    return Span(start=max(bounds[0], low - margin), end=min(bounds[1], high + margin))


def bar(row: Row, on: Span) -> Markup:
    """The interval of a row as a bar, and its mean as a line across it."""
    if not on.holds(row.score):
        return _arrow(is_below=not row.score > on.end)
    low, high = (row.score, row.score) if row.low is None else (row.low, row.high)
    assert high is not None
    start, mean, end = map(on.place, (low, row.score, high))
    return Markup(
        '<svg class="interval" aria-hidden="true">'
        '<rect x="{:.1f}%" y="3" width="{:.1f}%" height="6"/>'
        '<line x1="{:.1f}%" x2="{:.1f}%" y1="0" y2="12"/></svg>'
    ).format(start, end - start, mean, mean)


def _arrow(*, is_below: bool) -> Markup:
    """Says that a score lies beyond an end of the span."""
    place = Markup('x="0"') if is_below else Markup('x="100%" class="end"')
    points = "7,1 1,6 7,11" if is_below else "-7,1 -1,6 -7,11"
    return Markup(
        '<svg class="interval" aria-hidden="true"><svg {} overflow="visible">'
        '<polygon points="{}"/></svg></svg>'
    ).format(place, points)


def _half(row: Row) -> float:
    """Half the width of a row's interval."""
    if row.low is None or row.high is None:
        return 0.0
    return (row.high - row.low) / 2
