"""The contract of every family, at its defaults and throughout its search space."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from inspect import signature
from pathlib import Path

import keras
import keras_tuner
import numpy as np
import pytest
from family_marks import quick

from bench.datasets import Task
from bench.training.compiled.structure import structure
from bench.training.hypermodel import FamilySource
from search_spaces import FAMILIES
from search_spaces.family import Family, ImageTask, UnsupportedTaskError
from search_spaces.parts import blocks

Shape = tuple[int, int, int]
Configure = Callable[..., keras_tuner.HyperParameters]

CORNERS = ("low-first", "low-last", "high-first", "high-last")
ENDS = ("low-first", "high-last")
EPOCHS = {"linear": 8, "vit": 6}
"""Epochs to learn digits, of families that need more than four."""

SLOW_LEARNERS = {"convnext", "vit"}
"""Families that need many epochs to be good; they must be on their way."""

SMALL: Shape = (8, 8, 1)
LARGE: Shape = (96, 96, 3)
slow = pytest.mark.slow


def shape_and_points() -> list:
    """Every shape at many points, most of which are marked slow."""
    quick: dict[Shape, tuple[str | int, ...]] = {
        SMALL: ("default", *ENDS, 0),
        (28, 28, 1): ("high-first",),
        (32, 32, 3): ("default", "high-last"),
        LARGE: ("default",),
    }
    return [
        pytest.param(shape, point, marks=[slow] * (point not in quick[shape]))
        for shape in quick
        for point in ("default", *CORNERS, *range(3 if shape == LARGE else 10))
    ]


def noise(shape: Shape, count: int = 8) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, *shape), np.uint8)


def output_shape(family: Family) -> tuple[int, ...]:
    """Output shape of a family's models, without the batch."""
    if family.task_type == "denoising":
        return family.task.image_shape
    return (family.task.classes,)


def drawn_weights(
    family: Family, hp: keras_tuner.HyperParameters, seed: int
) -> list[np.ndarray]:
    """Weights determined by a seed: those of the head, of a pretrained network."""
    keras.utils.set_random_seed(seed)
    model = family.build(hp)
    if family.extractor(hp) is None:
        return model.get_weights()
    names = ("head", "probabilities")  # a linear head has the second alone
    head = [layer for layer in model.layers if layer.name in names]
    return [weight for layer in head for weight in layer.get_weights()]


@pytest.mark.parametrize("name", FAMILIES)
def test_entry_of_the_table_leads_to_a_family(name: str) -> None:
    entry = FAMILIES[name]
    module, _, attribute = entry.location.partition(":")
    family = getattr(importlib.import_module(module), attribute)
    assert issubclass(family, Family)
    assert family.task_type == entry.task_type
    assert entry.description.strip()
    assert "\n" not in entry.description


@pytest.mark.parametrize("name", FAMILIES)
def test_constructor_has_the_declared_defaults_of_its_options(name: str) -> None:
    entry = FAMILIES[name]
    module, _, attribute = entry.location.partition(":")
    parameters = signature(
        getattr(importlib.import_module(module), attribute)
    ).parameters
    assert {option.name for option in entry.family_options} <= parameters.keys()
    for option in entry.options:
        if option.name in parameters:
            assert parameters[option.name].default == option.default


@pytest.mark.parametrize(("shape", "point"), shape_and_points())
def test_family_builds(
    family_class: type[Family], configure: Configure, shape: Shape, point: str | int
) -> None:
    family = family_class(ImageTask(image_shape=shape, classes=7))
    model = family.build(configure(family, point))
    assert model.input_shape == (None, *shape)
    assert model.output_shape == (None, *output_shape(family))
    assert model.compiled
    if shape == SMALL:
        outputs = np.asarray(model(noise(shape)))
        assert (outputs >= 0).all()
        assert (outputs <= 1).all()
        if family.task_type == "classification":
            np.testing.assert_allclose(outputs.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 3, 1), (4, 4, 3), (7, 5, 2)])
def test_family_builds_for_tiny_images_or_names_the_sizes(
    family_class: type[Family], configure: Configure, shape: Shape
) -> None:
    task = ImageTask(image_shape=shape, classes=3)
    try:
        family = family_class(task)
    except UnsupportedTaskError as refused:
        message = str(refused)
        if min(shape[:2]) < family_class.min_side:
            assert f"not {shape[0]}x{shape[1]}" in message
            assert f"at least {family_class.min_side} px" in message
        else:
            assert "1 or 3 channels, not 2" in message
        assert "\n" not in message
        return
    assert min(shape[:2]) >= family_class.min_side
    model = family.build(configure(family, "high-last"))
    assert model.output_shape == (None, *output_shape(family))


def test_family_takes_images_that_are_not_square(
    family_class: type[Family], configure: Configure
) -> None:
    family = family_class(ImageTask(image_shape=(9, 30, 3), classes=3))
    for corner in ENDS:
        outputs = family.build(configure(family, corner))(noise((9, 30, 3)))
        assert outputs.shape == (8, *output_shape(family))


@pytest.mark.parametrize("point", ["default", *ENDS])
def test_family_trains_a_step_with_a_finite_loss(
    family_class: type[Family], configure: Configure, point: str | int
) -> None:
    family = family_class(ImageTask(image_shape=SMALL, classes=3))
    model = family.build(configure(family, point))
    model.run_eagerly = True
    before = model.get_weights()
    losses = model.train_on_batch(noise(SMALL), np.arange(8) % 3)
    assert np.isfinite(losses).all()
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    assert any(
        not np.array_equal(old, new)
        for old, new in zip(before, model.get_weights(), strict=True)
    )


@pytest.mark.parametrize("point", ["default", 0])
def test_saved_family_predicts_the_same(
    family_class: type[Family], configure: Configure, tmp_path: Path, point: str | int
) -> None:
    family = family_class(ImageTask(image_shape=SMALL, classes=4))
    model = family.build(configure(family, point))
    model.run_eagerly = True
    model.train_on_batch(noise(SMALL), np.arange(8) % 4)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model(noise(SMALL)), loaded(noise(SMALL)))


@pytest.mark.parametrize("point", ["default", 0])
def test_same_seed_gives_the_same_weights_and_another_gives_others(
    family_class: type[Family], configure: Configure, point: str | int
) -> None:
    family = family_class(ImageTask(image_shape=SMALL, classes=4))
    hp = configure(family, point)
    first, again, other = (drawn_weights(family, hp, seed) for seed in (5, 5, 6))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    differing = [
        not np.array_equal(a, b)
        for a, b in zip(first, other, strict=True)
        if a.ndim > 1 and np.ptp(a) > 0  # biases of attention have two dimensions
    ]
    assert differing
    assert all(differing)


@pytest.mark.parametrize("point", ["default", "high-last", 0])
def test_building_declares_nothing_beyond_the_declared_space(
    family_class: type[Family], configure: Configure, point: str | int
) -> None:
    family = family_class(ImageTask(image_shape=(28, 28, 1), classes=3))
    hp = keras_tuner.HyperParameters()
    family.declare_hyperparameters(hp)
    declared = hp.get_config()["space"]
    hp.values = dict(configure(family, point).values)
    values = dict(hp.values)
    family.build(hp)
    assert hp.get_config()["space"] == declared
    assert {name: hp.values[name] for name in values} == values


@quick("linear", "mlp", "lenet", "vgg", "resnet", "autoencoder")
def test_default_configuration_learns_digits(
    family_class: type[Family], configure: Configure, digits: Task
) -> None:
    if hasattr(family_class, "weights"):
        pytest.skip("whole networks of 96 pixels take minutes to learn")
    family = family_class(ImageTask(image_shape=SMALL, classes=10))
    hp = configure(family, flip=False)  # mirrored digits are not valid
    history = family.fit(
        hp,
        family.build(hp),
        digits.train.images,
        digits.train.labels,
        validation_data=(digits.validation.images, digits.validation.labels),
        epochs=EPOCHS.get(family.name, 4),
        verbose=0,
    ).history
    if family.task_type == "classification":
        assert max(history["val_accuracy"]) > (
            0.6 if family.name in SLOW_LEARNERS else 0.85
        )
        assert history["loss"][-1] < 0.7 * history["loss"][0]
    else:
        assert history["loss"][-1] < 0.7 * history["loss"][0]


def test_outputs_depend_on_pixels_relative_to_their_range(
    family_class: type[Family], configure: Configure
) -> None:
    _skip_untrained(family_class)
    images = noise(SMALL)
    outputs, weights = [], None
    for inputs, pixel_range in (
        (images, (0.0, 255.0)),
        (images.astype(np.float32) / 255, (0.0, 1.0)),
        (images.astype(np.float32) / 127.5 - 1, (-1.0, 1.0)),
    ):
        task = ImageTask(image_shape=SMALL, classes=3, pixel_range=pixel_range)
        family = family_class(task)
        model = family.build(configure(family))
        weights = weights or model.get_weights()
        model.set_weights(weights)
        outputs.append(np.asarray(model(inputs)))
    np.testing.assert_allclose(outputs[0], outputs[1], atol=1e-5)
    np.testing.assert_allclose(outputs[0], outputs[2], atol=1e-5)
    assert np.ptp(outputs[0], axis=0).max() > 1e-3  # outputs depend on the images


def test_configurations_of_one_affinity_share_a_structure(
    family_class: type[Family], configure: Configure
) -> None:
    """Hyperparameters in ``blocks.FREE`` don't change a family's structure."""
    source = FamilySource(
        hypermodel=family_class(ImageTask(image_shape=SMALL, classes=3)),
        fingerprint="",
        image_shape=SMALL,
    )
    structures: dict[str, set[str | None]] = {}
    for point in (*ENDS, 0):
        bound = configure(source.hypermodel, point)
        # A pretrained network is cached with the names of its first layers.
        source.hypermodel.build(bound.copy())
        for other in (ENDS[-1], 1):
            hp = bound.copy()
            free = configure(source.hypermodel, other).values
            hp.values |= {
                name: free[name]
                for name in blocks.FREE & hp.values.keys() & free.keys()
            }
            key = source.affinity(hp.values)
            keras.utils.clear_session(free_memory=False)  # names are counted anew
            model = source.hypermodel.build(hp)
            structures.setdefault(key, set()).add(structure(model))
    assert len(structures) > 1
    assert all(len(texts) == 1 for texts in structures.values())


def _skip_untrained(family_class: type[Family]) -> None:
    """Skip networks with random weights, whose outputs hardly depend on the images."""
    if getattr(family_class, "weights", None) == "random":
        pytest.skip("no BENCH_WEIGHTS")
