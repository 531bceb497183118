"""The networks that families are named after are in their spaces."""

from __future__ import annotations

from collections.abc import Iterator

import keras
import keras_tuner
import numpy as np
import pytest

from bench.searchers import space
from bench.training import definition, models
from search_spaces import FAMILIES, GENERATION
from search_spaces.family import Family, ImageTask
from search_spaces.parts.sizes import PAPER, SIZES, largest

SHAPES = [(28, 28, 1), (32, 32, 3), (64, 64, 3)]

SIZED = [
    (name, size)
    for name in FAMILIES
    for size in SIZES
    if size in definition.find(name)[1].sizes
]
"""Families with those of their sizes that they declare."""


def family(name: str, shape: tuple[int, int, int] = (32, 32, 3)) -> Family:
    made: Family = definition.find(name)[1](ImageTask(image_shape=shape, classes=10))
    return made


def configured(made: Family, size: str, end: int | None = None) -> dict:
    """A configuration of a size: the default, or all at their first or last values.

    Args:
        made: The family.
        size: One of its sizes.
        end: 0 for the first or lowest values, -1 for the last or highest; None for
            the defaults.
    """
    declared = keras_tuner.HyperParameters()
    made.declare_hyperparameters(declared)
    whole = space.of_size(declared, made.sizes[size])
    if end is None:
        return space.active(whole, {})
    return space.active(
        whole, {entry.name: list(entry.values)[end] for entry in whole.space}
    )


def built(
    name: str, shape: tuple[int, int, int] = (32, 32, 3), **values
) -> keras.Model:
    """The model of a family's configuration in the size ``paper``."""
    made = family(name, shape)
    return made.build(models.configured(configured(made, PAPER) | values))


def layers(model: keras.Model, kind: type) -> Iterator[keras.layers.Layer]:
    return (layer for layer in model.layers if isinstance(layer, kind))


def convolutions(model: keras.Model) -> list[tuple[int, int]]:
    """Kernel and stride of the first two convolutions."""
    found = list(layers(model, keras.layers.Conv2D))[:2]
    return [(layer.kernel_size[0], layer.strides[0]) for layer in found]


def test_family_without_a_size_has_its_next_smaller_one() -> None:
    both = {"base": {}, "paper": {}}
    assert [largest(both, size) for size in SIZES] == ["small", "base", "paper"]
    assert [largest({"base": {}}, size) for size in SIZES] == ["small", "base", "base"]
    assert [largest({"paper": {}}, size) for size in SIZES] == [
        "small",
        "small",
        "paper",
    ]
    assert {largest({}, size) for size in SIZES} == {"small"}


@pytest.mark.parametrize(("name", "size"), SIZED)
def test_every_size_names_hyperparameters_of_its_family(name: str, size: str) -> None:
    made = family(name)
    declared = keras_tuner.HyperParameters()
    made.declare_hyperparameters(declared)
    assert made.sizes[size].keys() <= {entry.name for entry in declared.space}
    values = configured(made, size)
    for hyperparameter, given in made.sizes[size].items():
        is_bounded = hyperparameter == "blocks"  # by the size of the images
        if given.default is not None and not is_bounded:
            assert values[hyperparameter] == given.default


def test_lenet_of_1998_has_the_parameters_of_lenet_5() -> None:
    model = built("lenet", (28, 28, 1))
    assert models.parameters(model) == 61_706
    sides = [layer.output.shape[1] for layer in layers(model, keras.layers.Conv2D)]
    assert sides == [28, 10]
    same_field = built("lenet", (32, 32, 1))
    assert models.parameters(same_field) == 61_706


@pytest.mark.parametrize(
    ("side", "alexnet", "zfnet"),
    [
        (32, [(5, 1), (5, 1)], [(3, 1), (5, 1)]),
        (64, [(7, 2), (5, 1)], [(5, 1), (5, 2)]),
        (224, [(11, 4), (5, 1)], [(7, 2), (5, 2)]),
    ],
)
def test_zfnet_moves_half_of_the_stride_to_the_second_convolution(
    side: int, alexnet: list, zfnet: list
) -> None:
    assert convolutions(built("alexnet", (side, side, 3), dense_units=8)) == alexnet
    assert convolutions(built("zfnet", (side, side, 3), dense_units=8)) == zfnet


@pytest.mark.parametrize(
    ("convolutions", "more", "layers_of_paper"),
    [(1, 1, 11), (2, 0, 13), (2, 1, 16), (2, 2, 19)],
)
def test_vgg_of_the_paper_has_its_layers_on_images_that_allow_five_blocks(
    convolutions: int, more: int, layers_of_paper: int
) -> None:
    model = built(
        "vgg",
        (64, 64, 3),
        convolutions=convolutions,
        more_convolutions=more,
        dense_units=1024,
    )
    kinds = (keras.layers.Conv2D, keras.layers.Dense)
    assert len(list(layers(model, kinds))) == layers_of_paper


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "shape", "values", "millions"),
    [
        ("resnet", (32, 32, 3), {"n": 9}, 0.85),
        ("resnet", (32, 32, 3), {"n": 18}, 1.7),
        ("wide_resnet", (32, 32, 3), {}, 36.5),
        ("vit", (32, 32, 3), {"patch": 2}, 85.3),
    ],
)
def test_network_of_the_paper_has_its_parameters(
    name: str, shape: tuple[int, int, int], values: dict, millions: float
) -> None:
    count = models.parameters(built(name, shape, **values)) / 1e6
    assert count == pytest.approx(millions, rel=0.03)


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("name", "size"), SIZED)
def test_every_size_builds_and_trains_a_step(
    name: str, size: str, shape: tuple[int, int, int]
) -> None:
    made = family(name, shape)
    for end in (0, -1):
        keras.utils.clear_session()
        assert made.build(models.configured(configured(made, size, end))).built
    keras.utils.clear_session()
    model = made.build(models.configured(configured(made, size)))
    images = np.random.default_rng(0).integers(0, 256, (4, *shape), np.uint8)
    before = model.get_weights()
    if made.task_type == GENERATION:
        model.train_step((images, np.zeros(4)))
    else:
        model.run_eagerly = True
        assert np.isfinite(model.train_on_batch(images, np.arange(4) % 10)).all()
    pairs = zip(before, model.get_weights(), strict=True)
    assert any(not np.array_equal(old, new) for old, new in pairs)
