"""The command that deletes what a results folder need not keep."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bench.cli import completion, parameters
from bench.cli.tables import print_json, show, table_options
from bench.errors import UsageError
from bench.files import mebibytes
from bench.text import say

if TYPE_CHECKING:
    from bench.models.pruning import Prunable
    from bench.models.selection import Selected
    from bench.store import Store


@table_options()
def prune(
    studies: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[STUDY...]",
            help="Studies; all if none is named.",
            autocompletion=completion.studies,
        ),
    ] = None,
    models: Annotated[
        bool, typer.Option("--models", help="Delete their trained models.")
    ] = False,
    whole: Annotated[
        bool,
        typer.Option(
            "--studies",
            help="Delete the named studies: trials, rows of the board and models.",
        ),
    ] = False,
    cache: Annotated[
        bool,
        typer.Option(
            "--cache",
            help="Delete features of frozen networks, and pictures of explanations.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    results: parameters.Results = Path("results"),
    as_json: parameters.Json = False,
) -> None:
    """Say how much a results folder holds, and delete what is asked for.

    Without --models, --cache or --studies nothing is deleted.
    """
    from bench.models import pruning
    from bench.models.selection import Selected, select
    from bench.store import Store, locked

    if whole and not studies:
        raise UsageError("--studies deletes the studies that are named; none is")
    asked = models or cache or whole
    with Store(results, read_only=True) as store:
        named = [select(name, store) for name in studies or ()]
        chosen = named or [Selected(study=study) for study in store.studies()]
        found: list[Prunable] = []
        if models or whole or not asked:
            found += pruning.models(store, chosen)
        if cache or whole or not asked:
            found += pruning.explanations(store, chosen)
        if cache or not asked:
            found += pruning.cache(results)
    deleted = named if whole else []
    if as_json:
        print_json([_row(each) | {"bytes": each.size} for each in found])
    else:
        _show([_row(each) for each in found], deleted)
    if not asked or not (found or whole):
        return
    _confirm(yes, found, deleted)
    with locked(results):
        for each in found:
            pruning.remove(each)
        if deleted:
            with Store(results) as writable:
                _remove(writable, deleted)


def _row(prunable: Prunable) -> dict[str, Any]:
    return {
        "what": prunable.what,
        "size": mebibytes(prunable.size),
        "to have_it again": prunable.way_back,
        "folder": str(prunable.path),
    }


def _show(rows: list[dict[str, Any]], deleted: Sequence[Selected]) -> None:
    if rows:
        show(rows, False)
    else:
        say("there is nothing to delete but studies")
    for selected in deleted:
        say(
            f"study {selected.study.id[:8]}: {selected.name}, its trials and its row "
            "of the board; only its search brings it back"
        )


def _confirm(yes: bool, found: Sequence[Prunable], studies: Sequence[Selected]) -> None:
    """Ask before anything is deleted.

    Raises:
        UsageError: There is nobody to ask.
        typer.Abort: The answer is no.
    """
    if yes:
        return
    total = mebibytes(sum(each.size for each in found))
    what = f"{total} of files"
    if studies:
        what += f" and {len(studies)} of the studies"
    if not sys.stdin.isatty():
        raise UsageError(
            f"{what} are deleted when you agree, and there is no terminal to ask: give "
            "--yes"
        )
    typer.confirm(f"Delete {what}?", abort=True)


def _remove(store: Store, studies: Sequence[Selected]) -> None:
    for selected in studies:
        store.remove_study(selected.study.id)
