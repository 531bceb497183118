"""Exports the models of a results folder in every format, and prints what came out.

    python performance/exports.py results --quantize

Each model of the first seed of each study is written to a temporary folder by what
``python -m bench export`` does, so that the figures are those it prints. Times are
medians over batches of one image, of each runtime on its default number of threads,
and of ``predict_on_batch`` in Keras, measured in one process one after the other.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from bench.errors import BenchError
from bench.models.export import FORMATS, Format
from bench.store import Store
from bench.training import backend


def main(
    results: Path,
    quantize: Annotated[bool, typer.Option("--quantize")] = False,
    data: Annotated[Path | None, typer.Option("--data")] = None,
) -> None:
    """Print a Markdown table of exported models."""
    backend.load("tensorflow")
    with Store(results, read_only=True) as store:
        studies = [study.id for study in store.studies()]
    columns = ["model", "format", "size", "largest difference", "ms", "ms in Keras"]
    columns += ["int8", "test score", "in Keras"] if quantize else []
    _print(columns)
    _print(["---"] * len(columns))
    for study in studies:
        for format in FORMATS.values():
            for cells in _rows(study, format, results, quantize, data):
                _print(cells)


def _rows(
    study: str, format: Format, results: Path, quantize: bool, data: Path | None
) -> Iterator[list[str]]:
    from bench.models.export.study import export_study

    with tempfile.TemporaryDirectory() as folder:
        to = Path(folder) / f"model{format.suffix}"
        try:
            exported = export_study(
                study,
                format,
                to,
                seed=None,
                quantize=quantize,
                results=results,
                data=data,
            )
        except BenchError as error:
            yield [study[:8], format.name, str(error)]
            return
    facts: dict[str, Any] = exported.facts()
    cells = list(exported.row().values())
    if quantize:
        metric = exported.selected.study.spec.task_type.ranked_by
        cells.append(f"{facts['int8_share']:.0%}")
        cells += [metric.text(facts[name]) for name in ("score", "score_before")]
    yield cells


def _print(cells: list[str]) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    typer.run(main)
