"""How often a board claims a difference that is none, and finds one that is there.

Simulates boards of equally good families. The share of a training's errors that every
seed of its family repeats goes from half to all; half of those errors are common to all
families. A board errs if any of its rows is called worse than the first one. Then one
family is better than the others by some points, and it is counted how often a row that
is worse is called so.

    python performance/board_errors.py --boards 400
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import typer
from common import write

from bench.report.statistics import LEVEL, CrossedScores

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

IMAGES = 1000
ACCURACY = 0.9
COMMON = 0.5
"""Share of the recurring errors that all families make."""


@dataclass(frozen=True, kw_only=True)
class Board:
    """A board that is simulated.

    Attributes:
        families: Number of rows.
        seeds: Trainings of each family.
        recurring: Share of the errors of a training that all its family's seeds make.
        spread: Standard deviation of the accuracy between seeds, test images apart.
        lead: Accuracy of the first family minus that of the others.
    """

    families: int
    seeds: int
    recurring: float = 0.75
    spread: float = 0.003
    lead: float = 0.0

    def scores(self, random: np.random.Generator) -> np.ndarray:
        """Which images are predicted right, ``(families, seeds, images)``."""
        lead = np.array([self.lead, *[0.0] * (self.families - 1)])[:, None, None]
        errors = 1 - ACCURACY - lead
        common = random.random((1, 1, IMAGES)) < self.recurring * COMMON * errors.min()
        own = self.recurring * errors - self.recurring * COMMON * errors.min()
        recurring = common | (random.random((self.families, 1, IMAGES)) < own)
        luck = random.normal(0, self.spread, (self.families, self.seeds, 1))
        chance = ((1 - self.recurring) * errors + luck).clip(0)
        size = (self.families, self.seeds, IMAGES)
        return ~(recurring | (random.random(size) < chance))


def claims(board: Board, random: np.random.Generator) -> np.ndarray:
    """Which rows are called worse than the first one, ``(families,)``."""
    scores = board.scores(random)
    first = int(scores.mean(axis=(1, 2)).argmax())
    worse: np.ndarray = CrossedScores(list(scores)).corrected()[first] < LEVEL
    return worse


def false_rate(board: Board, boards: int, random: np.random.Generator) -> float:
    """Share of boards on which any row is called worse than the first one."""
    return float(np.mean([claims(board, random).any() for _ in range(boards)]))


def false_claims(boards: int, random: np.random.Generator) -> Iterator[dict[str, Any]]:
    for families in (3, 6, 12):
        for seeds in (3, 5):
            for recurring in (0.5, 0.75, 1.0):
                rates = [
                    false_rate(
                        Board(
                            families=families,
                            seeds=seeds,
                            recurring=recurring,
                            spread=spread,
                        ),
                        boards,
                        random,
                    )
                    for spread in (0.0, 0.003, 0.01)
                ]
                yield {
                    "families": families,
                    "seeds": seeds,
                    "recurring": recurring,
                    "spread 0": f"{rates[0]:.1%}",
                    "spread 0.003": f"{rates[1]:.1%}",
                    "spread 0.01": f"{rates[2]:.1%}",
                }


def claims_found(boards: int, random: np.random.Generator) -> Iterator[dict[str, Any]]:
    for seeds in (3, 5):
        row: dict[str, Any] = {"families": 6, "seeds": seeds}
        for lead in (0.01, 0.02, 0.03, 0.05):
            board = Board(families=6, seeds=seeds, lead=lead)
            rates = [claims(board, random)[1:].mean() for _ in range(boards)]
            row[f"lead {lead}"] = f"{np.mean(rates):.0%}"
        yield row


@app.command()
def main(boards: Annotated[int, typer.Option(help="Boards a figure.")] = 400) -> None:
    """Simulate boards; print and write the rates."""
    random = np.random.default_rng(0)
    note = f"{boards} boards of {IMAGES} images, accuracy {ACCURACY}"
    rows = list(false_claims(boards, random))
    typer.echo(write("board_errors", rows, f"any claim among equals; {note}"))
    rows = list(claims_found(boards, random))
    typer.echo(write("board_power", rows, f"worse rows called worse; {note}"))


if __name__ == "__main__":
    app()
