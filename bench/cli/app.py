"""The command line: parse, call, print.

Each command imports what it needs when it runs, Keras above all, so that the others
and ``--help`` answer at once.
"""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from bench.cli import options
from bench.cli import search as commands
from bench.cli.search import INTERRUPTED
from bench.cli.tables import console, print_json, show
from bench.errors import BenchError

app = typer.Typer(
    help=(
        "Benchmark Keras image models: search a family's hyperparameters, train the "
        "best configuration honestly, rank the results."
    ),
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


app.command()(commands.search)
app.command()(commands.plan)
app.command()(commands.suite)


@app.command()
def families(as_json: options.Json = False) -> None:
    """List the model families."""
    from search_spaces import FAMILIES

    rows = [
        {"family": name, "task": entry.goal, "description": entry.description}
        for name, entry in FAMILIES.items()
    ]
    show(rows, as_json)


@app.command()
def tuners(as_json: options.Json = False) -> None:
    """List the tuners."""
    from bench.searchers import TUNERS

    rows = [
        {"tuner": name, "description": entry.description}
        for name, entry in TUNERS.items()
    ]
    show(rows, as_json)


@app.command()
def datasets(
    data: options.Data = None,
    fetch: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Fetch a data set into the data folder."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """List the data sets known by name, and which of them are here."""
    from bench import datasets as known

    folder = known.data_folder(data)
    if fetch is not None:
        path = known.fetch(fetch, folder)
        if not as_json:
            print(f"{fetch} is in {path}")
    rows = [
        {
            "dataset": name,
            "here": "yes" if known.is_present(name, folder) else "no",
            "description": info.description,
        }
        for name, info in known.DATASETS.items()
    ]
    show(rows, as_json)
    if not as_json:
        print(f"data folder: {folder}")
        print("your own images: folder:PATH, npz:PATH or npy:X.npy,y.npy")


@app.command()
def describe(
    family: Annotated[str, typer.Argument(help="As for search.")],
    dataset: Annotated[
        str, typer.Option(help="Its image size bounds some hyperparameters.")
    ] = "digits",
    data: options.Data = None,
    image_size: options.ImageSize = None,
    as_json: options.Json = False,
) -> None:
    """Show the search space of a family."""
    from bench.study import specs as arguments

    spec = arguments.specs([family], dataset=dataset, image_size=image_size)[0]
    rows = [
        asdict(row) for row in commands.start_session(spec).describe(spec, data=data)
    ]
    show(rows, as_json)


@app.command()
def leaderboard(
    dataset: Annotated[
        str | None, typer.Option(help="Show this data set's boards only.")
    ] = None,
    results: options.Results = Path("results"),
    as_json: options.Json = False,
) -> None:
    """Write the leaderboard again from the store, and print it."""
    from bench import report
    from bench.store import Store

    with Store(results, read_only=True) as store:
        boards = report.boards(store, dataset)
        paths = report.write(store)
        if as_json:
            print_json(report.as_json(boards))
            return
        for board in boards:
            console().print(report.table(board))
    _name(paths)


@app.command()
def generate(
    study: Annotated[
        str, typer.Argument(metavar="STUDY", help="Or how its name begins.")
    ],
    to: Annotated[Path, typer.Option("--to", help="A folder, empty or to be made.")],
    count: Annotated[int, typer.Option(help="Images to make.")] = 1000,
    real: Annotated[
        bool,
        typer.Option(
            "--real",
            help="Write as many real test images too: classes real and generated.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option(help="Of what images are made of.")] = 0,
    results: options.Results = Path("results"),
    data: options.Data = None,
) -> None:
    """Write images that a study's generator makes, as PNG files."""
    from bench.training import backend

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
    )
    print(to)


@app.command()
def studies(
    time: Annotated[
        bool, typer.Option("--time", help="Show what the time of trials went into.")
    ] = False,
    results: options.Results = Path("results"),
    as_json: options.Json = False,
) -> None:
    """List the studies in the store and how far they are."""
    from bench import report
    from bench.store import Store

    with Store(results, read_only=True) as store:
        rows = report.study_times(store) if time else report.studies(store)
    if not as_json:
        rows = [row | {"dataset": report.dataset_name(row["dataset"])} for row in rows]
    show(rows, as_json)


def main(words: list[str] | None = None) -> None:
    """Run a command and exit; what a user can mend is one line on standard error."""
    try:
        code = app(words, prog_name="python -m bench", standalone_mode=False)
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        code = error.exit_code
    except BrokenPipeError:
        # Whoever read us has stopped; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except typer.Abort:
        code = INTERRUPTED
    except Exception as error:
        code = _usage_exit_code(error, sys.argv[1:] if words is None else words)
    sys.exit(code or 0)


def _usage_exit_code(error: Exception, words: list[str]) -> int:
    """Print a wrong option or argument as one line; anything else is a bug."""
    message = getattr(error, "format_message", None)
    if message is None:
        raise error
    text = message().rstrip(".") or "a command is missing"
    text += _given(getattr(error, "param", None), words)
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "python -m bench"
    print(f"error: {text}; see {command} --help", file=sys.stderr)
    return 2


def _given(parameter: Any, words: list[str]) -> str:
    """What was typed for a parameter, which not every message repeats."""
    for option in getattr(parameter, "opts", ()):
        if option in words[:-1]:
            return f" (given: {words[words.index(option) + 1]})"
    return ""


def _name(paths: list[Path]) -> None:
    for path in paths:
        print(path)
