"""Compares the scores of strangers' models in Keras Tuner and in this toolkit.

    python performance/strangers.py
    python performance/strangers.py --only losses --seeds 5

The models are those of ``tests/contracts/strangers``: plain Keras Tuner code, written
as people write it. Each is trained on the same images and configurations, for the same
number of epochs and at the same batch size, by both tools:

- Keras Tuner: ``Tuner.search`` with validation data, labels and pixels as the model's
  author would pass them.
- This toolkit: a study that is prepared as ``search`` prepares it, without store and
  boards. It is told nothing about the labels, and of the pixels only ``--pixels raw``
  where the model takes bytes.

A score is the mean ± standard deviation over seeds of the validation accuracy at the
best epoch, one for each configuration. The verdict is ``same`` if the means of no
configuration differ by more than three standard errors and 0.01, where the variance
over seeds counts as that of a share of the images at least, since a few seeds
may agree by accident. Models that do not fit the task must be refused before the first
trial.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from common import OUT, machine, write

if TYPE_CHECKING:
    from strangers.comparison import Comparison

# Behind the folder of this file, "strangers" would be this file itself.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "contracts"))

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    only: Annotated[str, typer.Option(help="Part of the models' names.")] = "",
    seeds: Annotated[int, typer.Option(help="Of every configuration.", min=2)] = 3,
    epochs: Annotated[int, typer.Option(help="Of every training.", min=1)] = 6,
    slow: Annotated[bool, typer.Option(help="Large networks too.")] = False,
) -> None:
    """Train the models with both tools; print and write a table."""
    from bench.training import backend

    backend.start("tensorflow")  # before Keras is imported, as in the command line
    from strangers.catalogue import STRANGERS
    from strangers.comparison import compare

    chosen = [s for s in STRANGERS if only in s.name and (slow or not s.slow)]
    compared = []
    with tempfile.TemporaryDirectory() as folder:
        for stranger in chosen:
            compared.append(compare(stranger, Path(folder), seeds, epochs))
            typer.echo(" | ".join(row(compared[-1]).values()))
    note = f"digits of 8x8 pixels, {epochs} epochs, {seeds} seeds"
    rows = [row(comparison) for comparison in compared]
    typer.echo(write("strangers", rows, note))
    typer.echo(write_markdown(rows, note))
    failed = sum(not comparison.holds for comparison in compared)
    typer.echo(f"{len(rows) - failed} of {len(rows)} as they must be")


def row(comparison: Comparison) -> dict[str, str]:
    stranger = comparison.stranger
    return {
        "model": stranger.name,
        "what it shows": stranger.shows,
        "Keras Tuner": comparison.theirs.text,
        "this toolkit": comparison.ours.text,
        "verdict": comparison.verdict,
    }


def write_markdown(rows: Sequence[dict[str, str]], note: str) -> Path:
    """Write the table as it stands in the documents."""
    lines = [
        f"{note[0].upper()}{note[1:]}; {machine()}.",
        "",
        "| " + " | ".join(rows[0]) + " |",
        "| " + " | ".join("---" for _ in rows[0]) + " |",
        *("| " + " | ".join(map(_cell, each.values())) + " |" for each in rows),
    ]
    path = OUT / "strangers.md"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    app()
