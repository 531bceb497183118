"""The commands that use trained models."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bench.cli import completion, parameters
from bench.cli.tables import print_json, show, table_options
from bench.text import say
from bench.text.activity import doing

if TYPE_CHECKING:
    from bench.models.mistakes import Mistakes
    from bench.models.predicting import Predictions
    from bench.models.selection import Selected

SHOWN = 30
"""Number of rows that are printed of a long table."""

Study = Annotated[
    str,
    typer.Argument(
        metavar="STUDY",
        help="A study's id or how it begins, its family, FAMILY-DATASET, or best.",
        autocompletion=completion.studies,
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(help="Ask this seed's model only; else all, and average."),
]


def selected(
    name: str,
    results: Path,
    *,
    with_ensembles: bool = False,
    dataset: str | None = None,
) -> Selected:
    """The study that a user names, and where its images lie now."""
    from bench.models.selection import placed, select
    from bench.store import Store

    with Store(results, read_only=True) as store:
        found = select(name, store, with_ensembles=with_ensembles)
    return placed(found, dataset)


def start_keras() -> None:
    """Start the backend that ``KERAS_BACKEND`` names, else TensorFlow."""
    from bench.training import backend

    with doing("importing Keras"):
        backend.start(backend.choose(None))


def generate(
    study: Study,
    to: Annotated[
        Path, typer.Option("--to", help="A folder that is empty or doesn't exist.")
    ],
    count: Annotated[int, typer.Option(help="Number of images to generate.")] = 1000,
    real: Annotated[
        bool,
        typer.Option(
            "--real",
            help="Write as many real test images too: classes real and generated.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option(help="Fixes the generator's inputs.")] = 0,
    results: parameters.Results = Path("results"),
    data: parameters.Data = None,
    dataset: parameters.Dataset = None,
) -> None:
    """Write images of a study's generator as PNG files."""
    from bench.training import backend

    with doing("importing Keras"):
        backend.start("tensorflow")
    from bench.models import generate as generation

    generation.generate(
        study,
        count=count,
        to=to,
        seed=seed,
        with_real=real,
        results=results,
        data=data,
        dataset=dataset,
    )
    say(str(to))


@table_options()
def predict(
    study: Study,
    images: Annotated[
        list[Path],
        typer.Argument(
            metavar="IMAGE|FOLDER|FILE.npz...",
            help="Images, or a folder of them or of a folder for each class.",
        ),
    ],
    top: Annotated[
        int, typer.Option(min=1, help="Number of classes to name for each image.")
    ] = 1,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Write the table here too.")
    ] = None,
    seed: Seed = None,
    results: parameters.Results = Path("results"),
    as_json: parameters.Json = False,
) -> None:
    """Predict the classes of images with the trained models of a study.

    Images are read as the training images were. If all are labelled, by folders named
    after their classes, accuracy and confusion matrix follow.
    """
    chosen = selected(study, results, with_ensembles=True)
    start_keras()
    from bench.models import predicting
    from bench.models.tables import write_csv

    predictions = predicting.predict(results, chosen, images, seed)
    rows = predictions.rows(top)
    if to is not None:
        write_csv(rows, to)
    if as_json:
        print_json(_predictions_as_json(predictions, rows))
        return
    for note in predictions.unseen.notes:
        say(note)
    show_some(rows, "--to FILE.csv" if to is None else str(to))
    if predictions.unseen.are_labelled:
        _show_accuracy(predictions)
    if to is not None:
        say(str(to))


def _predictions_as_json(
    predictions: Predictions, rows: list[dict[str, Any]]
) -> dict[str, Any]:
    value: dict[str, Any] = {
        "predictions": rows,
        "seeds": list(predictions.seeds),
        "notes": list(predictions.unseen.notes),
    }
    if predictions.unseen.are_labelled:
        value |= {
            "accuracy": predictions.accuracy,
            "class_names": list(predictions.class_names),
            "confusion": predictions.confusion.tolist(),
        }
    return value


def _show_accuracy(predictions: Predictions) -> None:
    from bench.models.predicting import MAX_MATRIX

    count = len(predictions.unseen.labels)
    right = round(predictions.accuracy * count)
    say("")
    say(f"accuracy {predictions.accuracy:.4f} ({right:,} of {count:,} images)")
    names = predictions.class_names
    if len(names) > MAX_MATRIX:
        return
    say("")
    say("confusion matrix: a row for each label, a column for each prediction")
    rows: list[dict[str, Any]] = []
    for name, counts in zip(names, predictions.confusion.tolist(), strict=True):
        taken = {f"as {other}": n for other, n in zip(names, counts, strict=True)}
        rows.append({"label": name, **taken})
    show(rows, False)


@table_options()
def mistakes(
    study: Study,
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Where mosaic and tables go; else in --results."
        ),
    ] = None,
    results: parameters.Results = Path("results"),
    data: parameters.Data = None,
    dataset: parameters.Dataset = None,
    as_json: parameters.Json = False,
) -> None:
    """Show what a study's models get wrong on the test images, and doubtful labels.

    Writes a mosaic of the most confident mistakes, and tables of all mistakes, of the
    pairs of classes most often confused, and of labels that may be wrong.
    """
    from bench.models import mistakes as collecting
    from bench.models.mistake_files import folder, write
    from bench.models.selection import placed, select
    from bench.store import Store

    with Store(results, read_only=True) as store:
        chosen = placed(select(study, store), dataset)
        found = collecting.mistakes(store, chosen, data)
    paths = write(found, to or folder(results, found.selected))
    if as_json:
        print_json(_mistakes_as_json(found, paths))
        return
    _show_mistakes(found)
    for path in paths:
        say(str(path))


def _mistakes_as_json(found: Mistakes, paths: Sequence[Path]) -> dict[str, Any]:
    return {
        "test_images": len(found.test),
        "mistakes": found.rows(found.wrong),
        "confused": found.confused(),
        "doubtful_labels": found.rows(found.doubtful),
        "files": [str(path) for path in paths],
    }


def _show_mistakes(found: Mistakes) -> None:
    wrong, doubtful = found.wrong, found.doubtful
    say(
        f"{found.selected.name}: {len(wrong):,} of {len(found.test):,} test images are "
        f"predicted wrong, by the mean of {len(found.probabilities)} seeds"
    )
    if len(wrong) == 0:
        return
    say("")
    say("most confident mistakes")
    show_some(found.rows(wrong), "mistakes.csv")
    say("")
    say("classes most often confused")
    show_some(found.confused(), "confused.csv")
    if len(doubtful):
        say("")
        say("labels that may be wrong: all seeds agree on another class")
        show_some(found.rows(doubtful), "doubtful.csv")


def show_some(rows: list[dict[str, Any]], where: str) -> None:
    """Print the first rows of a table, and where all of them are."""
    show(rows[:SHOWN], False)
    if len(rows) > SHOWN:
        say(f"... and {len(rows) - SHOWN:,} more: {where}")
