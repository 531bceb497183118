"""Whether searches end when ``--time`` says: seconds wanted, and seconds taken.

Each search is a command of its own. ``taken`` are the seconds of the study, from its
first trial to its last reference; ``command`` are those of the whole command, with the
import of Keras, data, boards and plots. A budget is ``kept`` if the study took no more
than a tenth and an epoch of its best configuration longer.

    python performance/time_budgets.py --photos PHOTOS --weights mobilenet_v2.h5
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any

import typer
from common import BenchmarkError, chosen, write

from bench.records import EPOCH_SHARE, FinalRecord, Role, StudyRecord
from bench.records.selection import best_trial
from bench.store import Store

TOLERANCE = 0.1
"""Share by which a study may exceed its budget, besides an epoch."""


@dataclass(frozen=True)
class Case:
    """A search with a time budget.

    Attributes:
        family: A key of ``search_spaces.FAMILIES``.
        dataset: A data set known by name, or ``photos``.
        seconds: The budget.
        options: Further options of the search.
    """

    family: str
    dataset: str
    seconds: int
    options: Sequence[str] = ()


CASES = {
    case.family: case
    for case in (
        Case("linear", "digits", 20),
        Case("dense", "fashion_mnist", 40),
        Case("lenet", "mnist", 30),
        Case("simple_cnn", "cifar10", 60),
        Case("vgg", "cifar10", 20),
        Case("resnet", "cifar100", 60),
        Case("vit", "fashion_mnist", 20),
        Case("transfer", "photos", 60, ("--image-size", "96")),
        Case("autoencoder", "mnist", 40),
        Case("dcgan", "digits", 60, ("--image-size", "16")),
    )
}


def main(
    names: Annotated[
        str, typer.Option("--cases", help="Families, separated by commas.")
    ] = ",".join(CASES),
    photos: Annotated[
        Path | None, typer.Option(help="Folder of images for transfer.")
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="Weights of MobileNetV2 for transfer.")
    ] = None,
) -> None:
    """Run each search, and print what it was given and what it took."""
    rows = []
    for name in chosen(names, CASES):
        case = CASES[name]
        if case.dataset == "photos" and photos is None:
            typer.echo(f"{name} is left out: it needs --photos")
            continue
        rows.append(_row(case, _options(case, photos, weights)))
        write("time_budgets", rows, f"seed 0; within {TOLERANCE:.0%} and an epoch")


def _options(case: Case, photos: Path | None, weights: Path | None) -> list[str]:
    dataset = f"folder:{photos}" if case.dataset == "photos" else case.dataset
    given = ["--dataset", dataset, "--time", f"{case.seconds}s", *case.options]
    if case.family == "transfer" and weights is not None:
        given += ["--weights", str(weights)]
    return given


def _row(case: Case, options: Sequence[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        _search(case.family, [*options, "--results", folder])
        command_seconds = time.perf_counter() - began
        with Store(Path(folder), read_only=True) as store:
            (study,) = store.studies()
            return _measured(case, store, study) | {
                "command": round(command_seconds, 1),
                "load": round(os.getloadavg()[0], 1),
            }


def _search(family: str, options: Sequence[str]) -> None:
    """Run a search, and show what it says of its time."""
    command = [sys.executable, "-m", "bench", "search", family, *options]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise BenchmarkError(f"{' '.join(command)} failed:\n{ended.stderr}")
    for line in ended.stdout.splitlines():
        if "time " in line[:8] or "final trainings take" in line:
            typer.echo(f"{family}: {line}")


def _measured(case: Case, store: Store, study: StudyRecord) -> dict[str, Any]:
    finals = store.finals(study.id)
    epoch = _epoch_seconds(store, study)
    allowed = case.seconds * (1 + TOLERANCE) + epoch
    score = fmean(final.metrics[study.spec.task_type.tested] for final in finals)
    return {
        "family": case.family,
        "data set": case.dataset,
        "wanted": case.seconds,
        "taken": round(study.seconds, 1),
        "epoch": round(epoch, 2),
        "kept": "yes" if study.seconds <= allowed else "no",
        "trials": len(store.trials(study.id)),
        "epochs of finals": _epochs(finals),
        "of the default": _epochs(store.finals(study.id, Role.DEFAULT)),
        "score": round(score, 4),
    }


def _epoch_seconds(store: Store, study: StudyRecord) -> float:
    """Mean seconds of an epoch of the best configuration in the search."""
    best = best_trial(store.trials(study.id), study.spec)
    assert best is not None
    assert best.result is not None
    stages, epochs = best.result.stage_seconds, best.result.epochs
    trained = best.result.metrics.get(EPOCH_SHARE, epochs)
    return stages["training"] / trained + stages["validation"] / epochs


def _epochs(finals: Iterable[FinalRecord]) -> str:
    counts = (final.metrics.get(EPOCH_SHARE, final.epochs) for final in finals)
    return ", ".join(f"{count:.2g}" for count in counts) or "left out"


if __name__ == "__main__":
    typer.run(main)
