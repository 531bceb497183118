"""The command that writes a data set to shards."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from bench.cli import parameters
from bench.cli.session import interruptible
from bench.errors import command
from bench.files import mebibytes
from bench.records import ImageSource, sizes
from bench.remote import addresses
from bench.study.requests import read_given
from bench.text import say


@parameters.with_options([parameters.CACHE_SIZE])
def shard(
    dataset: Annotated[
        str,
        typer.Argument(
            metavar="DATASET",
            help="A name, folder:PATH, csv:FILE, hf:NAME, tfds:NAME, npz:PATH or "
            "npy:X.npy,y.npy.",
        ),
    ],
    to: Annotated[
        Path, typer.Option("--to", help="A folder that is empty or doesn't exist.")
    ],
    shard_size: Annotated[
        str,
        typer.Option("--shard-size", metavar="SIZE", help="Size of a shard, about."),
    ] = "128M",
    skip_unreadable: Annotated[
        bool,
        typer.Option(
            "--skip-unreadable", help="Leave out image files that can't be read."
        ),
    ] = False,
    data: parameters.Data = None,
    **options: Any,
) -> None:
    """Write a data set to TFRecord shards, which are read a few images at a time.

    PNG and JPEG files are kept as they are; other images become PNG. Images are
    shuffled, so that each shard is like the others. The same command given again goes
    on with the shards that are missing. shards:PATH is the data set that was written.
    """
    from bench.datasets.remote_places import Fetching
    from bench.datasets.to_shards import to_shards

    size = sizes.parse(shard_size, "--shard-size")
    with interruptible():
        written = to_shards(
            dataset,
            to,
            data_folder=data,
            shard_size=max(1, size),
            skip_unreadable=skip_unreadable,
            tell=say,
            fetching=Fetching(
                addresses=addresses(dataset), **read_given(ImageSource, options)
            ),
        )
    images = sum(each.images for each in written.values())
    left_out = sum(each.left_out for each in written.values())
    said = f"{len(written):,} shards with {images:,} images"
    say(f"wrote {said}, {mebibytes(sum(each.bytes for each in written.values()))}")
    if left_out:
        say(f"left out {left_out:,} unreadable images")
    say(command(shlex.join(["search", "vgg", "--dataset", f"shards:{to}"])))
