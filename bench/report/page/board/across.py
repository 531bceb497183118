"""Families across data sets: a table with coloured scores, and its sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.report.across import Overall, overall, overall_lines, sentences
from bench.report.board import Board


@dataclass(frozen=True, kw_only=True)
class AcrossCell:
    """A cell; ``share`` is 1 for the best family of a data set and 0 for the worst."""

    text: str
    share: float | None = None


@dataclass(frozen=True, kw_only=True)
class Across:
    """Families of one kind of task across data sets, for the template.

    Attributes:
        kind: Kind of task.
        anchor: Identity of the section on the page.
        names: Headings of the table.
        lines: Its rows, each with a cell for each heading.
        sentences: What a reader has to know of it.
    """

    kind: str
    anchor: str
    names: Sequence[str]
    lines: Sequence[Sequence[AcrossCell]]
    sentences: Sequence[str]


def across(boards: Sequence[Board]) -> list[Across]:
    """Families across the data sets of some boards."""
    return [_across(each) for each in overall(boards) if each.standings]


def _across(found: Overall) -> Across:
    texts = overall_lines(found)
    columns = [_shares(found, n) for n in range(len(found.conditions))]
    lines = []
    for n, line in enumerate(texts):
        shares = [column[n] for column in columns]
        plain = [None] * (len(line) - len(shares))  # name, rank and the like
        pairs = zip(line.values(), [*plain, *shares], strict=True)
        lines.append([AcrossCell(text=text, share=share) for text, share in pairs])
    return Across(
        kind=found.kind,
        anchor=f"across-{found.kind}",
        names=list(texts[0]),
        lines=lines,
        sentences=sentences(found),
    )


def _shares(found: Overall, condition: int) -> list[float | None]:
    """Scores on one data set, between that of the worst and of the best family."""
    better = found.conditions[condition].metric.better
    scores = [standing.scores[condition] for standing in found.standings]
    heights = [None if score is None else better(score) for score in scores]
    known = [height for height in heights if height is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    if low == high:
        return [None for _ in heights]
    return [None if h is None else (h - low) / (high - low) for h in heights]
