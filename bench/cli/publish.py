"""The commands that publish studies, and that verify what was published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from bench.cli import completion, parameters
from bench.cli.models import selected
from bench.cli.session import interruptible
from bench.cli.tables import print_json
from bench.errors import command
from bench.records import ImageSource, Resources
from bench.remote import addresses
from bench.study.requests import read_given
from bench.study.start import start_with_workers
from bench.text import say


def publish(
    to: Annotated[
        Path, typer.Option("--to", help="A folder that is empty or doesn't exist.")
    ],
    studies: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[STUDY...]",
            help="Studies by id, family or FAMILY-DATASET; all finished ones if none.",
            autocompletion=completion.studies,
        ),
    ] = None,
    without_models: Annotated[
        bool, typer.Option("--without-models", help="Leave out the trained models.")
    ] = False,
    results: parameters.Results = Path("results"),
) -> None:
    """Write report, tables, configurations and models as a folder for a web server.

    Of paths only the last part is left, and the name of this machine is left out.
    manifest.json lists the command and the score of each row, and the SHA-256 of each
    file; verify checks them.
    """
    from bench.report.publish import publish as write
    from bench.store import Store

    chosen = [selected(name, results).study for name in studies or ()]
    with Store(results, read_only=True) as store:
        write(store, chosen, to, with_models=not without_models)
    say(f"published in {to}; open {to / 'index.html'}, or check it by")
    say(command(f"verify {to}"))


@parameters.with_options(parameters.RESOURCES)
def verify(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="What publish wrote.")
    ],
    row: Annotated[
        str | None,
        typer.Argument(
            metavar="[ROW]",
            help="A row to train again: a study's id or family; ID,default for that.",
        ),
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(help="Your copy of its images: a folder, .csv, .npz or npy:..."),
    ] = None,
    family: Annotated[
        str | None, typer.Option(help="Your copy of its family, as PATH.py:NAME.")
    ] = None,
    groups: Annotated[
        str | None, typer.Option(help="Your copy of its file of groups.")
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="Your copy of its pretrained weights.")
    ] = None,
    data: parameters.Data = None,
    as_json: parameters.Json = False,
    **options: Any,
) -> None:
    """Check a published folder, and train one of its rows again.

    Ends with exit code 0 if all files are as published, and the new score of the row
    lies in its interval; else with 1.
    """
    from bench.report.publish import differences, read_manifest

    manifest = read_manifest(folder)
    found = differences(folder, manifest)
    if not as_json:
        for what in ("changed", "missing", "added"):
            for name in getattr(found, what):
                say(f"{what}: {name}")
    if row is None or not found.is_whole:
        if as_json:
            print_json(asdict(found))
        elif found.is_whole:
            say(f"all {len(manifest['files'])} files are as they were published")
        raise typer.Exit(0 if found.is_whole else 1)
    places = {
        "dataset": dataset,
        "family": family,
        "groups": groups,
        "weights": weights,
    }
    resources = Resources(**read_given(Resources, options))
    source = ImageSource(
        data=data,
        skip_unreadable=True,
        addresses={**addresses(dataset or ""), **addresses(groups or "")},
    )
    verified = _trained(folder, row, places, source, resources, is_told=not as_json)
    if as_json:
        print_json(asdict(found) | verified)
    else:
        say(verified["verdict"])
    raise typer.Exit(0 if verified["holds"] else 1)


def _trained(
    folder: Path,
    name: str,
    places: Mapping[str, str | None],
    source: ImageSource,
    resources: Resources,
    *,
    is_told: bool,
) -> dict[str, Any]:
    from bench.report.publish import find_row, read_manifest
    from bench.study.places import placed

    chosen = selected(name, folder)
    row = find_row(read_manifest(folder)["rows"], chosen.study.id, chosen.role)
    study = placed(chosen.study, places)
    with interruptible():
        start_with_workers(chosen.study.spec, resources, is_command=True)
        from bench.study.verify import verify as train

        found = train(
            folder,
            row,
            study,
            source=source,
            resources=resources,
            tell=say if is_told else lambda line: None,
        )
    return {
        "score": found.again,
        "holds": found.holds,
        "verdict": found.verdict,
        "notes": list(found.reproduction.notes),
    }
