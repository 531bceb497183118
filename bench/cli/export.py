"""The command that exports models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.cli import completion, parameters
from bench.cli.tables import print_json, show, table_options
from bench.text import say


@table_options()
def export(
    study: Annotated[
        str,
        typer.Argument(
            metavar="STUDY",
            help="A study's id, how it begins, its family, or best.",
            autocompletion=completion.studies,
        ),
    ],
    format: Annotated[
        str,
        typer.Option("--format", help="keras, savedmodel, onnx, openvino or litert."),
    ],
    to: Annotated[
        Path,
        typer.Option(
            "--to",
            help=(
                "A file that doesn't exist, ending in .keras, .onnx or .tflite; for "
                "savedmodel and openvino a folder that is empty or doesn't exist."
            ),
        ),
    ],
    quantize: Annotated[
        bool,
        typer.Option(
            "--quantize",
            help=(
                "Store weights as integers of eight bits, and say what it costs: of "
                "dense layers only for keras and savedmodel; of all layers, with "
                "their activations, for onnx, openvino and litert."
            ),
        ),
    ] = False,
    seed: Annotated[
        int | None,
        typer.Option(help="Seed of the model; the first of the study if not given."),
    ] = None,
    results: parameters.Results = Path("results"),
    data: parameters.Data = None,
    dataset: parameters.Dataset = None,
    as_json: parameters.Json = False,
) -> None:
    """Write a study's model for other programs, if it answers there as in Keras."""
    from bench.models.export import check, find

    wanted = find(format)
    check(wanted, to)
    from bench.training import backend

    backend.load("tensorflow")
    from bench.models.export.study import export_study

    exported = export_study(
        study, wanted, to, seed=seed, quantize=quantize, results=results, data=data
    )
    if as_json:
        print_json(exported.facts())
        return
    show([exported.row()], as_json=False)
    for remark in exported.remarks():
        say(remark)
