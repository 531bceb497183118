"""The command that shows what speaks for the predictions of a study's models."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bench.cli import parameters
from bench.cli.models import SHOWN, Seed, Study, selected, show_some, start_keras
from bench.cli.tables import print_json, table_options
from bench.text import say

if TYPE_CHECKING:
    from bench.models.explain.images import ExplainedImages


@table_options()
def explain(
    study: Study,
    images: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[IMAGE|FOLDER|FILE.npz...]",
            help="Images to explain; without any, test images, mistakes first.",
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            help="grad-cam, hires-cam, integrated-gradients or occlusion.",
            show_default="what fits the model",
        ),
    ] = None,
    layer: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Layer whose maps grad-cam and hires-cam weight.",
            show_default="the last one with a convolution's maps",
        ),
    ] = None,
    count: Annotated[
        int, typer.Option(min=1, help="Maximum number of images to explain.")
    ] = 12,
    to: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where pictures go; else in --results."),
    ] = None,
    seed: Seed = None,
    results: parameters.Results = Path("results"),
    data: parameters.Data = None,
    dataset: parameters.Dataset = None,
    as_json: parameters.Json = False,
) -> None:
    """Show which pixels speak for what the models of a study predict.

    Writes a mosaic, and a picture of each image beside its map. Grad-CAM is the
    default for convolutions whose maps are averaged at the end, HiResCAM for those
    whose positions count, and integrated gradients without convolutions.
    """
    from bench.models.explain.methods import check

    check(method, layer)
    chosen = selected(study, results, dataset=dataset)
    start_keras()
    from bench.models.explain import choosing
    from bench.models.explain.images import explain_images
    from bench.models.loading import classifiers

    ensemble = classifiers(results, chosen, seed)
    if images:
        unseen = choosing.given(images, ensemble.record, count)
    else:
        unseen = choosing.of_test(results, chosen, data, count)
    found = explain_images(chosen.name, ensemble, unseen, method=method, layer=layer)
    paths = found.write(to or choosing.folder(results, chosen))
    if as_json:
        print_json(_as_json(found, paths))
    else:
        _show(found, paths)


def _as_json(found: ExplainedImages, paths: Sequence[Path]) -> dict[str, Any]:
    mosaic, *pictures = map(str, paths)
    return {
        "method": found.maps.method,
        "layer": found.maps.layer or None,
        "measured": found.maps.measured,
        "seeds": list(found.ensemble.seeds),
        "notes": list(found.notes),
        "mosaic": mosaic,
        "images": [
            row | {"file": picture}
            for row, picture in zip(found.rows(), pictures, strict=True)
        ],
    }


def _show(found: ExplainedImages, paths: Sequence[Path]) -> None:
    for note in found.notes:
        say(note)
    layer = f" at layer {found.maps.layer}" if found.maps.layer else ""
    say(f"{found.name}: {found.maps.method}{layer}, of the {found.maps.measured}")
    show_some(found.rows(), "--json")
    for path in paths[: SHOWN + 1]:
        say(str(path))
