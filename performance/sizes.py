"""Counts parameters and multiply-adds of families at each size of their spaces.

    python performance/sizes.py --side 32

Of each size the smallest, the default and the largest configuration are built: the
numbers that sizes change are at their lowest, default and highest values, all other
hyperparameters at their defaults. The table is that of ``docs/options.md``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from bench.training import backend


def main(
    side: int = typer.Option(32, help="Height and width of the images."),
    channels: int = typer.Option(3, help="Channels of the images."),
    family: list[str] = typer.Option([], help="Only these families."),  # noqa: B008
) -> None:
    """Print a table in Markdown."""
    backend.start("tensorflow")
    from search_spaces import FAMILIES

    print("| family | size | smallest | default | largest |")
    print("| :--- | :--- | ---: | ---: | ---: |")
    for name in family or FAMILIES:
        for line in lines(name, (side, side, channels)):
            print(line, flush=True)


def lines(name: str, shape: tuple[int, int, int]) -> Iterator[str]:
    """A line of the table for each size; none if the family has one size alone."""
    from keras_tuner import HyperParameters

    from bench.searchers import space
    from bench.training import definition
    from search_spaces.family import ImageTask

    family = definition.find(name)[1](ImageTask(image_shape=shape, classes=10))
    declared = HyperParameters()
    family.declare_hyperparameters(declared)
    changed = {each for ranges in family.sizes.values() for each in ranges}
    for size in ("small", *family.sizes) if family.sizes else ():
        whole = space.of_size(declared, family.sizes.get(size, {}))
        ends = [
            {
                entry.name: list(entry.values)[end]
                for entry in whole.space
                if entry.name in changed and not isinstance(entry.default, str | bool)
            }
            for end in (0, -1)
        ]
        cells = [
            cell(family, space.active(whole, values))
            for values in (ends[0], {}, ends[1])
        ]
        yield f"| {name} | {size} | {' | '.join(cells)} |"


def cell(family: Any, values: dict[str, Any]) -> str:
    """Parameters and multiply-adds of a configuration, such as ``36.5 M, 5.2 G``."""
    import keras

    from bench.training import models
    from bench.training.network import network_record
    from bench.training.whole import plain

    keras.utils.clear_session()
    model = family.build(models.configured(values))
    is_pair = hasattr(model, "discriminator")
    parts = [model.generator, model.discriminator] if is_pair else [model]
    parameters = sum(map(models.parameters, parts))
    multiply_adds = sum(network_record(plain(part)).multiply_adds for part in parts)
    return f"{short(parameters)}, {short(multiply_adds)}"


def short(count: float) -> str:
    """A count with two or three digits and a unit, such as ``36.5 M``."""
    for unit in ("", " k", " M"):
        if count < 999.5:
            return f"{count:.3g}{unit}"
        count /= 1000
    return f"{count:.3g} G"


if __name__ == "__main__":
    typer.run(main)
