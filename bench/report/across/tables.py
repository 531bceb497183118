"""Families across data sets as a table, for documents and the console."""

from __future__ import annotations

from bench.report import cells
from bench.report.across.overall import Overall, Range
from bench.report.across.words import sentences
from bench.report.terminal import LEADERBOARD
from bench.text import terminal
from bench.text.table import Column, FittedTable


def overall_lines(across: Overall) -> list[dict[str, str]]:
    """A line for each family, with the same columns in each."""
    has_elo = any(standing.elo is not None for standing in across.standings)
    lines = []
    for standing in across.standings:
        scores = {
            f"{each.title} ({each.metric.label})": cells.metric(score, each.metric)
            for each, score in zip(across.conditions, standing.scores, strict=True)
        }
        lines.append(
            {
                "Family": standing.name,
                "Mean rank": _interval(standing.mean_rank, 2),
                **({"Elo": _interval(standing.elo, 0)} if has_elo else {}),
                "Leads": cells.number(standing.leads),
                **scores,
            }
        )
    return lines


def overall_table(across: Overall) -> FittedTable:
    """The same for the console, with what has to be known of it below."""
    lines = overall_lines(across)
    return FittedTable(
        columns=[
            Column(
                name=name.lower().replace(" ", "_"),
                heading=name,
                texts=[line[name] for line in lines],
                importance=place,
                wraps=place == 0,
                is_right=place > 0,
            )
            for place, name in enumerate(lines[0])
        ],
        title=f"Across data sets: {across.kind}",
        caption=" ".join(map(terminal, sentences(across))),
        is_ruled=True,
        way_out=LEADERBOARD,
    )


def _interval(found: Range | None, digits: int) -> str:
    """A value with the ends of its interval, such as ``1.60 [1.20, 2.00]``."""
    if found is None:
        return cells.UNKNOWN
    text = f"{found.value:.{digits}f}"
    if found.low is None or found.high is None:
        return text
    return f"{text} [{found.low:.{digits}f}, {found.high:.{digits}f}]"
