"""What every family promises, at its defaults and all over its search space."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import keras
import keras_tuner
import numpy as np
import pytest

from bench.datasets import Task
from bench.training.compiled.cache import affinity, structure
from bench.training.hypermodel import FamilySource
from search_spaces import FAMILIES
from search_spaces.family import Family, ImageTask, UnsupportedTaskError
from search_spaces.parts import blocks

Shape = tuple[int, int, int]
Configure = Callable[..., keras_tuner.HyperParameters]

CORNERS = ("low-first", "low-last", "high-first", "high-last")
ENDS = ("low-first", "high-last")
EPOCHS = {"linear": 8, "convnext": 8, "vit": 12}
"""To learn digits, where a family needs more than four."""

SMALL: Shape = (8, 8, 1)
LARGE: Shape = (96, 96, 3)
slow = pytest.mark.slow


def shape_and_points() -> list:
    """Every size at many points, those of the largest and more seeds marked slow."""
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
    """What a family's models return for an image."""
    if family.goal == "denoising":
        return family.task.image_shape
    return (family.task.classes,)


def drawn_weights(
    family: Family, hp: keras_tuner.HyperParameters, seed: int
) -> list[np.ndarray]:
    """Those that a seed decides, which of a pretrained network are the head's."""
    keras.utils.set_random_seed(seed)
    model = family.build(hp)
    if family.extractor(hp) is None:
        return model.get_weights()
    head = [model.get_layer(name) for name in ("head", "probabilities")]
    return [weight for layer in head for weight in layer.get_weights()]


@pytest.mark.parametrize("name", FAMILIES)
def test_entry_of_the_table_leads_to_a_family(name: str) -> None:
    location, description, _, goal = FAMILIES[name]
    module, _, attribute = location.partition(":")
    family = getattr(importlib.import_module(module), attribute)
    assert issubclass(family, Family)
    assert family.goal == goal
    assert description.strip()
    assert "\n" not in description


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
        if family.goal == "classification":
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
        if min(shape[:2]) < family_class.smallest_side:
            assert f"not {shape[0]}x{shape[1]}" in message
            assert f"at least {family_class.smallest_side} px" in message
        else:
            assert "1 or 3 channels, not 2" in message
        assert "\n" not in message
        return
    assert min(shape[:2]) >= family_class.smallest_side
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
    found = model.train_on_batch(noise(SMALL), np.arange(8) % 3)
    assert np.isfinite(found).all()
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


def test_default_configuration_learns_digits(
    family_class: type[Family], configure: Configure, digits: Task
) -> None:
    if hasattr(family_class, "weights"):
        pytest.skip("whole networks of 96 pixels take minutes to learn")
    family = family_class(ImageTask(image_shape=SMALL, classes=10))
    hp = configure(family, flip=False)  # mirrored digits are none
    history = family.fit(
        hp,
        family.build(hp),
        digits.train.images,
        digits.train.labels,
        validation_data=(digits.validation.images, digits.validation.labels),
        epochs=EPOCHS.get(family.name, 4),
        verbose=0,
    ).history
    if family.goal == "classification":
        assert max(history["val_accuracy"]) > 0.85
        assert history["loss"][-1] < history["loss"][0] / 2
    else:
        assert history["loss"][-1] < 0.7 * history["loss"][0]


def test_pixels_count_by_their_place_in_their_range(
    family_class: type[Family], configure: Configure
) -> None:
    _skip_untrained(family_class)
    images = noise(SMALL)
    known: dict = {"image_shape": SMALL, "classes": 3}
    outputs, kept = [], None
    for shown, pixel_range in (
        (images, (0.0, 255.0)),
        (images.astype(np.float32) / 255, (0.0, 1.0)),
        (images.astype(np.float32) / 127.5 - 1, (-1.0, 1.0)),
    ):
        family = family_class(ImageTask(pixel_range=pixel_range, **known))
        model = family.build(configure(family))
        kept = kept or model.get_weights()
        model.set_weights(kept)
        outputs.append(np.asarray(model(shown)))
    np.testing.assert_allclose(outputs[0], outputs[1], atol=1e-5)
    np.testing.assert_allclose(outputs[0], outputs[2], atol=1e-5)
    assert np.ptp(outputs[0], axis=0).max() > 1e-3  # the images do matter


def test_configurations_of_one_affinity_share_a_structure(
    family_class: type[Family], configure: Configure
) -> None:
    """What blocks call free leaves a family's structure as it is, and nothing else."""
    source = FamilySource(
        hypermodel=family_class(ImageTask(image_shape=SMALL, classes=3)),
        fingerprint="",
    )
    structures: dict[str, set[str | None]] = {}
    for point in (*ENDS, 0):
        bound = configure(source.hypermodel, point)
        source.hypermodel.build(bound.copy())  # a pretrained network takes names, once
        for other in (*ENDS, 1, 2):
            hp = bound.copy()
            free = configure(source.hypermodel, other).values
            hp.values |= {
                name: free[name]
                for name in blocks.FREE & hp.values.keys() & free.keys()
            }
            key = affinity(source, hp.values)
            keras.utils.clear_session(free_memory=False)  # which counts names anew
            model = source.hypermodel.build(hp)
            structures.setdefault(key, set()).add(structure(model))
    assert len(structures) > 1
    assert all(len(found) == 1 for found in structures.values())


def _skip_untrained(family_class: type[Family]) -> None:
    """Networks of random weights tell little of images."""
    if getattr(family_class, "weights", None) == "random":
        pytest.skip("no BENCH_WEIGHTS")
