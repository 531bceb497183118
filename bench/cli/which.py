"""The command that recommends what to search on a data set."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli import parameters
from bench.cli.tables import print_json, show, table_options
from bench.errors import UsageError, command, shown
from bench.records.wording import title
from bench.remote import addresses, public
from bench.text import say

if TYPE_CHECKING:
    from bench.datasets import Overview
    from bench.study.recommendation import Machine


@table_options()
def which(
    images: Annotated[
        str,
        typer.Argument(
            metavar="FOLDER",
            help="A folder of images, an .npz file, or anything that --dataset takes.",
        ),
    ],
    data: parameters.Data = None,
    as_json: parameters.Json = False,
) -> None:
    """Look at images and at the machine, and recommend what to search.

    Families, image size, tuner and time, each with its reason, and the
    command to copy. Only headers of images are read, and nothing is trained.
    """
    from bench import datasets
    from bench.machine import available_memory, has_gpu
    from bench.study.recommendation import Machine, command_words, recommend
    from bench.training import backend

    place = datasets.place_of(images)
    if addresses(place):
        raise UsageError(
            f"which looks at images of this machine, not at {shown(public(place))}: "
            "search takes it as it is"
        )
    seen = datasets.look_at(place, data)
    machine = Machine(
        cores=backend.cores(),
        memory=available_memory(),
        has_gpu=has_gpu(),
    )
    advice = recommend(seen, machine)
    words = command(command_words(replace(seen, dataset=images), advice))
    if as_json:
        parts = [asdict(each) for each in advice]
        print_json({"images": asdict(seen), "advice": parts, "command": words})
        return
    say(_seen(seen))
    say(_machine(machine))
    say("")
    show(
        [{"": e.about, "recommended": e.shown, "why": e.reason} for e in advice],
        as_json=False,
    )
    say("")
    say(words)


def _seen(seen: Overview) -> str:
    fewest, most = min(seen.class_counts), max(seen.class_counts)
    each = f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}"
    colour = "gray" if seen.is_gray else "colour"
    size = _size(seen.middle)
    if not seen.has_one_size:
        size += f" in the middle, {_size(seen.smallest)} to {_size(seen.largest)}"
    return (
        f"{title(seen.dataset)}: {seen.images:,} images of "
        f"{len(seen.class_counts)} classes ({each} of each), {colour}, {size} pixels"
    )


def _machine(machine: Machine) -> str:
    from bench.files import mebibytes

    gpu = "a GPU" if machine.has_gpu else "no GPU"
    return f"{machine.cores} cores, {mebibytes(machine.memory)} of free memory, {gpu}"


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
