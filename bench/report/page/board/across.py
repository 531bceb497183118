"""Families across data sets: a table with coloured scores, and its sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.records.wording import counted
from bench.report.across import (
    Claims,
    Overall,
    outcome,
    overall,
    overall_lines,
    sentences,
)
from bench.report.board import Board
from bench.report.page import charts
from bench.report.page.blocks import Figure, Table


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
        ranks: The critical-difference drawing; None if data sets are too few for one.
    """

    kind: str
    anchor: str
    names: Sequence[str]
    lines: Sequence[Sequence[AcrossCell]]
    sentences: Sequence[str]
    ranks: Figure | None


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
        ranks=None if found.claims is None else _ranks(found.claims),
    )


def _ranks(claims: Claims) -> Figure:
    """Mean ranks, and which families can't be told apart: Demsar 2006."""
    ranked = list(zip(claims.families, claims.mean_ranks, strict=True))
    count = counted(claims.data_sets, "data set")
    return Figure(
        question="Which families are better on other data sets too?",
        caption=f"Mean ranks over {count}, 1 is the best. {outcome(claims)}.",
        drawing=charts.critical_difference(
            charts.Described(
                title="Critical-difference drawing of the mean ranks",
                text=", ".join(f"{name} {rank:.2f}" for name, rank in ranked) + ".",
            ),
            ranked,
            claims.groups,
        ),
        numbers=Table(
            caption="Numbers",
            columns=("Family", "Mean rank", "Ranks better than"),
            rows=[
                (name, f"{rank:.2f}", _worse(claims, place))
                for place, (name, rank) in enumerate(ranked)
            ],
            numbers=frozenset((1,)),
            is_folded=True,
        ),
    )


def _worse(claims: Claims, place: int) -> str:
    """Families that a family ranks better than for certain."""
    worse = [claims.families[other] for one, other in claims.clear if one == place]
    return ", ".join(worse) or "none for certain"


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
