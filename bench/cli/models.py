"""The commands that use trained models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.cli import parameters
from bench.text import say


def generate(
    study: Annotated[
        str,
        typer.Argument(metavar="STUDY", help="Name of a study, or how it begins."),
    ],
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
) -> None:
    """Write images of a study's generator as PNG files."""
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
    say(str(to))
