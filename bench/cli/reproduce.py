"""The command that trains the finals of a study again."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bench.cli import parameters
from bench.cli.models import Study, selected
from bench.cli.session import interruptible
from bench.cli.tables import print_json, show, table_options
from bench.records import ImageSource, Resources
from bench.study.requests import read_given
from bench.study.start import start_with_workers
from bench.text import say

if TYPE_CHECKING:
    from bench.study.reproduction import Reproduced


@table_options()
@parameters.with_options(parameters.RESOURCES)
def reproduce(
    study: Study,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep", help="Keep the trained models, in place of those that are kept."
        ),
    ] = False,
    results: parameters.Results = Path("results"),
    data: parameters.Data = None,
    dataset: parameters.Dataset = None,
    as_json: parameters.Json = False,
    **options: Any,
) -> None:
    """Train the final models of a study again from its record, and compare the scores.

    On the same machine with the same versions the difference is zero. On another one
    its interval says whether the result holds. Nothing in the store changes.
    """
    chosen = selected(study, results, dataset=dataset)
    resources = Resources(**read_given(Resources, options))
    with interruptible():
        start_with_workers(chosen.study.spec, resources, is_command=True)
        from bench.store import Store, locked
        from bench.study import reproduce as again

        lock = locked(results) if keep else nullcontext()
        with lock, Store(results, read_only=True) as store:
            found = again.reproduce(
                store,
                chosen.study,
                chosen.role,
                source=ImageSource(data=data, skip_unreadable=True),
                resources=resources,
                keep=keep,
                tell=(lambda line: None) if as_json else say,
            )
    if as_json:
        rows = [asdict(f) | {"difference": f.difference} for f in found.finals]
        print_json(
            {"finals": rows, "notes": list(found.notes), "verdict": found.verdict}
        )
        return
    digits = chosen.study.spec.task_type.ranked_by.digits
    show([_row(final, digits) for final in found.finals], False)
    say(found.verdict)


def _row(final: Reproduced, digits: int) -> dict[str, Any]:
    return {
        "seed": final.seed,
        "recorded": f"{final.recorded:.{digits}f}",
        "again": f"{final.again:.{digits}f}",
        "difference": f"{final.difference:+.{digits}f}" if final.difference else "0",
        "largest difference_of a probability": (
            None if final.predictions is None else f"{final.predictions:.2g}"
        ),
    }
