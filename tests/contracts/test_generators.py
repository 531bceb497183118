"""The contract of families of generators, whose models take latents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import keras_tuner
import numpy as np
import pytest

from bench.training.compiled.structure import structure
from bench.training.hypermodel import FamilySource
from bench.training.models import parameters
from search_spaces.dcgan import DCGAN
from search_spaces.family import ImageTask, UnsupportedTaskError
from search_spaces.parts import blocks
from search_spaces.parts.generation import LATENT

Configure = Callable[..., keras_tuner.HyperParameters]

CORNERS = ("low-first", "low-last", "high-first", "high-last")
SMALL = (16, 16, 1)


def family(shape: tuple[int, int, int] = SMALL) -> DCGAN:
    return DCGAN(ImageTask(image_shape=shape, classes=3))


def latents(count: int = 4) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, LATENT)).astype("float32")


def images(shape: tuple[int, int, int] = SMALL) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (8, *shape), np.uint8)


def trained(configure: Configure, point: str | int) -> keras.Model:
    dcgan = family()
    model = dcgan.build(configure(dcgan, point))
    model.run_eagerly = True
    model.train_on_batch(images(), np.zeros(8))
    return model


@pytest.mark.parametrize("shape", [SMALL, (28, 28, 1), (32, 32, 3), (50, 50, 3)])
@pytest.mark.parametrize("point", ["default", *CORNERS, 0])
def test_generator_returns_images_that_the_discriminator_takes(
    configure: Configure, shape: tuple[int, int, int], point: str | int
) -> None:
    dcgan = family(shape)
    model = dcgan.build(configure(dcgan, point))
    assert model.generator.output_shape == (None, *shape)
    assert model.discriminator.input_shape == (None, *shape)
    assert model.discriminator.output_shape == (None, 1)
    samples = np.asarray(model(latents()))
    assert samples.shape == (4, *shape)
    assert samples.min() >= 0
    assert samples.max() <= 1
    assert np.ptp(samples, axis=0).max() > 0  # other latents give another image


@pytest.mark.parametrize(
    ("shape", "message"), [((8, 8, 1), "at least 16 px"), ((32, 28, 3), "not 32x28")]
)
def test_unsupported_shapes_are_refused(
    shape: tuple[int, int, int], message: str
) -> None:
    with pytest.raises(UnsupportedTaskError, match=message):
        family(shape)


def test_default_networks_for_32x32x3_have_few_parameters(configure: Configure) -> None:
    dcgan = family((32, 32, 3))
    model = dcgan.build(configure(dcgan, differentiable_augmentation=True))
    counts = [
        sum(int(np.prod(v.shape)) for v in part.trainable_variables)
        for part in (model.generator, model.discriminator)
    ]
    assert counts[0] <= 370_624
    assert counts[1] <= 167_808
    tracked = model.generator.count_params() + model.discriminator.count_params()
    assert parameters(model) == tracked <= 538_432


@pytest.mark.parametrize("point", ["default", *CORNERS])
def test_step_changes_both_networks_with_finite_losses(
    configure: Configure, point: str
) -> None:
    dcgan = family()
    model = dcgan.build(configure(dcgan, point))
    model.run_eagerly = True
    parts = model.generator, model.discriminator
    before = [part.get_weights() for part in parts]
    losses = model.train_on_batch(images(), np.zeros(8))
    assert np.isfinite(losses).all()
    for old, part in zip(before, parts, strict=True):
        new = part.get_weights()
        assert all(np.isfinite(weight).all() for weight in new)
        assert any(not np.array_equal(a, b) for a, b in zip(old, new, strict=True))


def test_averaged_weights_follow_those_of_the_generator(configure: Configure) -> None:
    model = trained(configure, "default")
    start = model.averaged.get_weights()
    for _ in range(3):
        model.train_on_batch(images(), np.zeros(8))
    pairs = zip(
        start, model.averaged.get_weights(), model.generator.get_weights(), strict=True
    )
    changes = [
        (np.abs(average - before).sum(), np.abs(weight - before).sum())
        for before, average, weight in pairs
    ]
    assert all(0 < averaged < whole for averaged, whole in changes if whole)


@pytest.mark.parametrize("point", ["default", "high-last"])
def test_saved_generator_returns_the_same_images(
    configure: Configure, tmp_path: Path, point: str
) -> None:
    model = trained(configure, point)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model(latents()), loaded(latents()))


def test_same_seed_gives_the_same_training(configure: Configure) -> None:
    weights = []
    for seed in (5, 5, 6):
        keras.utils.set_random_seed(seed)
        weights.append(trained(configure, "high-last").get_weights())
    first, again, other = weights
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_building_declares_nothing_beyond_the_declared_space(
    configure: Configure,
) -> None:
    dcgan, hp = family(), keras_tuner.HyperParameters()
    dcgan.declare_hyperparameters(hp)
    declared = hp.get_config()["space"]
    hp.values = dict(configure(dcgan, "high-last").values)
    dcgan.build(hp)
    assert hp.get_config()["space"] == declared


@pytest.mark.slow
def test_configurations_of_one_affinity_share_a_structure(
    configure: Configure,
) -> None:
    source = FamilySource(hypermodel=family(), fingerprint="", image_shape=SMALL)
    structures: dict[str, set[str | None]] = {}
    for point in (*CORNERS, 0):
        bound = configure(source.hypermodel, point)
        for other in (*CORNERS, 1):
            free = configure(source.hypermodel, other).values
            hp = bound.copy()
            hp.values |= {name: free[name] for name in blocks.FREE & free.keys()}
            keras.utils.clear_session(free_memory=False)
            model = source.hypermodel.build(hp)
            key = source.affinity(hp.values)
            structures.setdefault(key, set()).add(structure(model))
    assert len(structures) > 1
    assert all(len(texts) == 1 and None not in texts for texts in structures.values())
