"""The critical-difference drawing of Demsar 2006: mean ranks, and who is not apart.

Its labels stand on lines of their own, so that it needs no margin and fits a phone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from bench.report.page.charts.frame import Described, drawing
from bench.report.page.charts.svg import across, element

_LABEL, _GROUP = 22, 14
"""Pixels of the line of a label, and of the bar of a group."""

_AXIS = 24
"""Pixels above the axis, for its numbers."""


def critical_difference(
    described: Described,
    ranked: Sequence[tuple[str, float]],
    groups: Sequence[Sequence[int]],
) -> Markup:
    """Series on an axis of mean ranks; a bar joins those that can't be told apart.

    Args:
        described: Its title and description.
        ranked: Names and mean ranks, the best one first.
        groups: Indices of series of which no two can be told apart.
    """
    top = _AXIS + 10 + _GROUP * len(groups)
    lines = (len(ranked) + 1) // 2
    return drawing(
        described,
        *_axis(len(ranked)),
        *(_label(n, ranked, top) for n in reversed(range(len(ranked)))),
        *(_bar(n, group, ranked) for n, group in enumerate(groups)),
        height=top + _LABEL * lines,
        margins=(4, 8, 4, 8),
    )


def _axis(count: int) -> Iterator[Markup]:
    yield element("line", x1=0, x2="100%", y1=_AXIS, y2=_AXIS, class_="axis")
    for rank in range(1, count + 1):
        x = across(_position(rank, count))
        yield element("line", x1=x, x2=x, y1=_AXIS - 5, y2=_AXIS, class_="axis")
        yield element("text", str(rank), x=x, y=_AXIS - 9, class_="tick middle")


def _label(n: int, ranked: Sequence[tuple[str, float]], top: int) -> Markup:
    """The better half has its labels on the left, the best one on top."""
    (name, rank), count = ranked[n], len(ranked)
    is_left = n < (count + 1) // 2
    line = n if is_left else count - 1 - n
    y, x = top + _LABEL * (line + 1) - 4, across(_position(rank, count))
    edge = "0%" if is_left else "100%"
    text = f"{name}  {rank:.2f}" if is_left else f"{rank:.2f}  {name}"
    kind = "label halo" if is_left else "label halo end"
    return Markup("").join(
        (
            element("line", x1=x, x2=x, y1=_AXIS, y2=y, class_="axis"),
            element("line", x1=x, x2=edge, y1=y, y2=y, class_="axis"),
            element("text", text, x=edge, y=y - 4, class_=kind),
        )
    )


def _bar(n: int, group: Sequence[int], ranked: Sequence[tuple[str, float]]) -> Markup:
    ends = [_position(ranked[k][1], len(ranked)) for k in (group[0], group[-1])]
    y = _AXIS + 10 + _GROUP * n
    return element(
        "line",
        x1=across(ends[0] - 0.006),
        x2=across(ends[1] + 0.006),
        y1=y,
        y2=y,
        class_="alike",
    )


def _position(rank: float, count: int) -> float:
    return (rank - 1) / (count - 1)
