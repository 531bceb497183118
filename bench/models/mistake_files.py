"""The files of a study's mistakes: a mosaic to look at, and tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.models.mistakes import Mistakes
from bench.models.selection import Selected
from bench.models.tables import write_csv
from bench.report import file_part
from bench.report.plots import save
from bench.report.plots.predictions import PredictionsPlot

FOLDER = "mistakes"
"""Folder beside the store; each study has a folder in it."""

SHOWN = 16
"""Number of mistakes in the mosaic."""


def folder(results: Path, selected: Selected) -> Path:
    """Folder of the files of a study in its results folder."""
    name = file_part(selected.name.replace(" on ", "-").replace(", ", "-"))
    return results / FOLDER / f"{name}-{selected.study.id[:8]}"


def write(found: Mistakes, to: Path) -> list[Path]:
    """Write the mosaic and the tables; nothing for what there is none of.

    Raises:
        WriteError: A file can't be written.
    """
    tables: dict[str, list[dict[str, Any]]] = {
        "mistakes.csv": found.rows(found.wrong),
        "confused.csv": found.confused(),
        "doubtful.csv": found.rows(found.doubtful),
    }
    paths = []
    if len(found.wrong):
        paths.append(save(_mosaic(found), to, option="--to"))
    for name, rows in tables.items():
        if rows:
            write_csv(rows, to / name)
            paths.append(to / name)
    return paths


def _mosaic(found: Mistakes) -> PredictionsPlot:
    chosen = found.wrong[:SHOWN]
    mean, names = found.mean, found.class_names
    predicted = mean.argmax(axis=1)
    return PredictionsPlot(
        name="mistakes.png",
        title=(
            "What does it get wrong?\n"
            f"{found.selected.name}: the {len(chosen)} most confident of "
            f"{len(found.wrong):,} mistakes on {len(found.test):,} test images"
        ),
        images=found.images(chosen),
        true=tuple(names[found.test.labels[n]] for n in chosen),
        predicted=tuple(names[predicted[n]] for n in chosen),
        is_right=(False,) * len(chosen),
        probabilities=tuple(mean[chosen].max(axis=1).astype(float).tolist()),
    )
