"""The command line: parse, call, print.

Each command imports what it needs when it runs, Keras above all, so that the others
and ``--help`` answer at once.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bench import options
from bench.errors import BenchError

if TYPE_CHECKING:
    from rich.console import Console

    from bench.records import StudySpec

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

app = typer.Typer(
    help=(
        "Benchmark Keras image models: search a family's hyperparameters, train the "
        "best configuration honestly, rank the results."
    ),
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
def search(
    families: options.Families,
    dataset: options.Dataset = "digits",
    data: options.Data = None,
    tuner: options.Tuner = "hyperband",
    schedule: options.Schedule = None,
    trials: options.Trials = 20,
    epochs: options.Epochs = 50,
    patience: options.Patience = 5,
    time: options.Time = None,
    seeds: options.Seeds = 3,
    seed: options.Seed = 0,
    only: options.Only = None,
    fix: options.Fix = None,
    validation_fraction: options.ValidationFraction = 0.15,
    test_fraction: options.TestFraction = 0.12,
    image_size: options.ImageSize = None,
    skip_unreadable: options.SkipUnreadable = False,
    backend: options.Backend = None,
    workers: options.Workers = None,
    trial_timeout: options.TrialTimeout = None,
    results: options.Results = Path("results"),
    fresh: options.Fresh = False,
    quiet: options.Quiet = False,
) -> None:
    """Search families on a data set, train the best, write the leaderboard.

    The same command given again continues what was interrupted, and prints what is
    finished.
    """
    from bench import arguments
    from bench.store import check_writable

    limit = (
        None
        if trial_timeout is None
        else arguments.seconds(trial_timeout, "--trial-timeout")
    )

    specs = arguments.specs(
        families,
        dataset=dataset,
        tuner=tuner,
        schedule=schedule,
        trials=trials,
        epochs=epochs,
        patience=patience,
        time=time,
        seeds=seeds,
        seed=seed,
        only=only,
        fix=fix,
        validation_fraction=validation_fraction,
        test_fraction=test_fraction,
        image_size=image_size,
        backend=backend,
    )
    check_writable(results)  # before Keras takes its seconds
    try:
        session = _session(specs[0])
        session.search(
            specs,
            crew=session.plan.Crew(workers=workers, trial_timeout=limit),
            results=results,
            data=data,
            skip_unreadable=skip_unreadable,
            fresh=fresh,
            quiet=quiet,
            console=_console(),
        )
    except KeyboardInterrupt:
        print(
            "interrupted; what is finished is kept: give the same command again to "
            "continue",
            file=sys.stderr,
        )
        raise typer.Exit(INTERRUPTED) from None


@app.command()
def families(as_json: options.Json = False) -> None:
    """List the model families."""
    from search_spaces import FAMILIES

    rows = [
        {"family": name, "description": entry.description}
        for name, entry in FAMILIES.items()
    ]
    _show(rows, as_json)


@app.command()
def tuners(as_json: options.Json = False) -> None:
    """List the tuners."""
    from bench.searchers import TUNERS

    rows = [
        {"tuner": name, "description": entry.description}
        for name, entry in TUNERS.items()
    ]
    _show(rows, as_json)


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
    _show(rows, as_json)
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
    from bench import arguments

    spec = arguments.specs([family], dataset=dataset, image_size=image_size)[0]
    rows = [asdict(row) for row in _session(spec).describe(spec, data=data)]
    _show(rows, as_json)


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
            _print_json(report.as_json(boards))
            return
        for board in boards:
            _console().print(report.table(board))
    _name(paths)


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
    _show(rows, as_json)


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


def _session(spec: StudySpec) -> ModuleType:
    """The part that needs Keras, imported on the backend that was chosen."""
    from bench.training import backend

    backend.start(spec.backend)
    return importlib.import_module("bench.session")


def _show(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        _print_json(rows)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in rows[0] if rows else ():
        table.add_column(name.replace("_", "\n"), overflow="fold")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    _console().print(table)


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2))


def _name(paths: list[Path]) -> None:
    for path in paths:
        print(path)


def _console() -> Console:
    from rich.console import Console

    # A pipe has no width; a table must not be folded for it.
    console = Console()
    return console if console.is_terminal else Console(width=120)
