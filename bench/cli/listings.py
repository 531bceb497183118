"""The commands that list what there is: families, tuners, data sets and results."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from bench.cli import completion, parameters
from bench.cli.tables import (
    chosen_columns,
    console,
    print_json,
    print_table,
    show,
    table_options,
    way_out,
)
from bench.text import check_written, complain, say

_READ_FIRST = ("leaderboard.md", "leaderboard.csv", "index.html")
"""Files of a report that lead to all others."""

_MAIN = ("study", "family", "dataset", "state", "best_validation", "trials_finished")
"""The columns of studies that matter most."""


@table_options(columns=True)
def families(as_json: parameters.Json = False) -> None:
    """List the model families."""
    from search_spaces import FAMILIES

    rows = [
        {"family": name, "task": entry.task_type, "description": entry.description}
        for name, entry in FAMILIES.items()
    ]
    show(rows, as_json)


@table_options(columns=True)
def tuners(as_json: parameters.Json = False) -> None:
    """List the tuners."""
    from bench.searchers import TUNERS

    rows = [
        {"tuner": name, "description": entry.description}
        for name, entry in TUNERS.items()
    ]
    show(rows, as_json)


@table_options(columns=True)
def datasets(
    data: parameters.Data = None,
    fetch: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Fetch a data set into the data folder."),
    ] = None,
    as_json: parameters.Json = False,
) -> None:
    """List the data sets known by name, and whether they are in the data folder."""
    from bench import datasets as named

    folder = named.data_folder(data)
    if fetch is not None:
        path = named.fetch(fetch, folder)
        if not as_json:
            say(f"{fetch} is in {path}")
    rows = [
        {
            "dataset": name,
            "here": "yes" if named.is_present(name, folder) else "no",
            "description": info.description,
        }
        for name, info in named.DATASETS.items()
    ]
    show(rows, as_json)
    if not as_json:
        say(f"data folder: {folder}")
        say(
            "your own images: a folder, a .csv or an .npz, also as folder:URL or "
            "npz:URL; or npy:X.npy,y.npy"
        )


@table_options(columns=True)
@parameters.with_options([*parameters.IMAGES, parameters.SIZE])
def describe(
    family: Annotated[
        str,
        typer.Argument(
            help="A name or a place to import from, as for search.",
            autocompletion=completion.families,
        ),
    ],
    dataset: Annotated[
        str | None,
        typer.Option(
            help="Its images bound some hyperparameters.",
            show_default="colour images of 32 pixels, ten classes",
        ),
    ] = None,
    data: parameters.Data = None,
    as_json: parameters.Json = False,
    **options: Any,
) -> None:
    """Show the search space of a family."""
    from bench.searchers import described
    from bench.study.requests import request
    from bench.study.start import start_session

    asked = request([family], {"dataset": dataset, "data": data, **options})
    [spec] = asked.specs
    rows = None
    if dataset is None and spec.image_size is None:
        rows = described.known(family, spec.size)
    if rows is None:
        source = None if dataset is None else asked.source
        rows = start_session(spec).describe(spec, source)
    show([asdict(row) for row in rows], as_json)


@table_options(columns=True)
def leaderboard(
    dataset: Annotated[
        str | None, typer.Option(help="Show this data set's boards only.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Show the searches as they stood after this time of search: at equal "
            "cost, by their validation scores.",
        ),
    ] = None,
    results: parameters.Results = Path("results"),
    as_json: parameters.Json = False,
) -> None:
    """Write the leaderboard again from the store, and print it."""
    from bench import report
    from bench.records.durations import parse
    from bench.store import Store

    seconds = None if at is None else parse(at, "--at")
    with Store(results, read_only=True) as store:
        boards = report.boards(store, dataset)
        if seconds is None:
            boards = report.with_repeats(store, boards)
        written = report.try_to_write(store)
    if written.refusal is not None:
        complain(written.refusal)
    if as_json:
        print_json(
            report.as_json(boards)
            if seconds is None
            else [report.standing_json(board, seconds) for board in boards]
        )
        return
    for board in report.without_single_repeats(boards):
        if seconds is None:
            names = chosen_columns()
            console().print(report.table(board, names, way_out=way_out()))
        else:
            print_table(report.standing_table(board, seconds))
    if dataset is None and seconds is None and chosen_columns() is None:
        for across in report.overall(boards):
            print_table(report.overall_table(across))
    for path in written.paths:
        if path.name in _READ_FIRST:
            say(str(path))
    check_written()


@table_options(columns=True)
def studies(
    time: Annotated[
        bool,
        typer.Option("--time", help="Show how the time of trials was spent."),
    ] = False,
    results: parameters.Results = Path("results"),
    as_json: parameters.Json = False,
) -> None:
    """List the studies in the store and how far they are."""
    from bench import report
    from bench.store import MODELS, Store

    with Store(results, read_only=True) as store:
        rows = report.study_times(store) if time else report.studies(store)
    if not as_json and not any(row.get("replaced_by") for row in rows):
        rows = [{k: row[k] for k in row if k != "replaced_by"} for row in rows]
    show(rows, as_json, first=_MAIN)
    if not as_json and any(row.get("models_kept") for row in rows):
        say(f"models: {results / MODELS}")
