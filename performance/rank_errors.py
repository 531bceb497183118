"""How often ranks over data sets claim a difference that is none, or find a true one.

Simulates scores of families on data sets: each data set has a difficulty of its own,
and each family a normal deviation on each data set. All families are equally good, or
the first one leads by some standard deviations of that deviation.

    python performance/rank_errors.py --tables 400
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import typer
from common import write

from bench.report.across import Claims
from bench.report.across.claims import claims
from bench.report.across.resampling import mean_ranks
from bench.report.across.signed_ranks import ranks

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

LEADS = (0.0, 1.0, 2.0)


def tested(scores: np.ndarray) -> Claims:
    """Claims about families named by their indices."""
    return claims([str(n) for n in range(scores.shape[1])], ranks(scores), scores)


def is_found(found: Claims) -> float:
    """Share of the pairs with the first family in which it is called better."""
    first = found.families.index("0")
    pairs = [pair for pair in found.clear if pair[0] == first]
    return len(pairs) / (len(found.families) - 1)


def covers(scores: np.ndarray) -> float:
    """Share of families whose interval holds the mean rank of equal families."""
    found = mean_ranks(ranks(scores))
    middle = (scores.shape[1] + 1) / 2
    return float(np.mean((found.low <= middle) & (middle <= found.high)))


def rates(tables: int, random: np.random.Generator) -> Iterator[dict[str, Any]]:
    for families in (3, 5):
        for data_sets in (5, 7, 10, 20):
            size = (tables, data_sets, families)
            equal = 3 * random.normal(size=(tables, data_sets, 1))
            equal = equal + random.normal(size=size)
            null = [tested(scores) for scores in equal]
            row: dict[str, Any] = {
                "families": families,
                "data sets": data_sets,
                "differ, of equals": f"{np.mean([c.differ for c in null]):.1%}",
                "any pair, of equals": f"{np.mean([bool(c.clear) for c in null]):.1%}",
                "intervals hold": f"{np.mean([covers(s) for s in equal]):.0%}",
            }
            for lead in LEADS[1:]:
                better = equal + lead * (np.arange(families) == 0)
                shares = [is_found(tested(scores)) for scores in better]
                row[f"found, lead {lead:g}"] = f"{np.mean(shares):.0%}"
            yield row


@app.command()
def main(tables: Annotated[int, typer.Option(help="Tables a figure.")] = 400) -> None:
    """Simulate tables of scores; print and write the rates."""
    rows = list(rates(tables, np.random.default_rng(0)))
    typer.echo(write("rank_errors", rows, f"{tables} tables of scores a figure"))


if __name__ == "__main__":
    app()
