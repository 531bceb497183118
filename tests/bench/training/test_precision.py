"""Networks compute in bfloat16; their ends, their weights and scores do not."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest

from bench.datasets import Task
from bench.errors import UsageError
from bench.records import BFLOAT16, FLOAT32
from bench.training import devices, hypermodel, models
from bench.training.precision import use_float32
from bench.training.private_api import nested_layers
from search_spaces.family import ImageTask

STRONG = {"augmentation": "strong", "flip": True}

DIGITS = ImageTask(image_shape=(8, 8, 1), classes=10, pixel_range=(0.0, 16.0))

AUGMENTED = """
def build(hp):
    return compiled(keras.Sequential([
        keras.Input((8, 8, 1)),
        keras.layers.RandomTranslation(0.1, 0.1, seed=1),
        keras.layers.RandomRotation(0.05, seed=2),
        keras.layers.RandomContrast(0.1, seed=3),
        keras.layers.Rescaling(2.0, offset=-1.0),
        keras.layers.Conv2D(8, 3),
        keras.layers.BatchNormalization(),
        keras.layers.Flatten(),
        keras.layers.Dropout(hp.Float("rate", 0.0, 0.5, default=0.1)),
        keras.layers.Dense(3),
        keras.layers.Softmax(),
    ]))
"""

SUBCLASSED = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(16, activation="relu")
        self.head = keras.layers.Dense(3, activation="softmax")

    def call(self, images):
        return self.head(self.hidden(keras.ops.reshape(images, (-1, 64))))

def build(hp):
    return compiled(Net())
"""


def kinds(model: keras.Model) -> dict[str, str]:
    """Types in which the layers of a model compute, by their classes."""
    return {type(layer).__name__: layer.compute_dtype for layer in nested_layers(model)}


def built(source: hypermodel.FamilySource, **values: object) -> keras.Model:
    space = source.hypermodel
    hp = models.configured(values)
    if source.family is not None:
        space.declare_hyperparameters(hp)
    return models.build(source, {**hp.values, **values}, seed=0)[0]


def test_families_compute_in_bfloat16_between_exact_ends() -> None:
    source = hypermodel.load("lenet", DIGITS, precision=BFLOAT16)
    model = built(source, **STRONG, batch_normalization=True)
    found = kinds(model)
    for name in ("Rescaling", "Augmentation", "Mixup", "Dense"):
        assert found[name] == FLOAT32, name  # the last dense layer
    for name in ("Conv2D", "BatchNormalization", "Dropout", "Activation"):
        assert found[name] == BFLOAT16, name
    assert {weight.dtype for weight in model.trainable_weights} == {FLOAT32}
    assert keras.config.dtype_policy().name == FLOAT32


@pytest.mark.parametrize("body", [AUGMENTED, SUBCLASSED])
def test_ends_of_a_model_from_elsewhere_are_exact(
    write_family: Callable[..., str], body: str
) -> None:
    location = write_family(body)
    source = hypermodel.load(location, DIGITS, precision=BFLOAT16)
    model = built(source)
    *inner, _ = [layer for layer in nested_layers(model) if layer.weights]
    assert {layer.compute_dtype for layer in inner} == {BFLOAT16}
    outputs = model(np.zeros((2, 8, 8, 1), "float32"), training=True)
    assert outputs.dtype == FLOAT32
    assert not use_float32(built(hypermodel.load(location, DIGITS)))


def test_model_of_bfloat16_is_turned_to_float32(
    write_family: Callable[..., str],
) -> None:
    location = write_family(AUGMENTED)
    images = np.random.default_rng(0).random((4, 8, 8, 1), "float32")
    mixed = built(hypermodel.load(location, DIGITS, precision=BFLOAT16))
    exact = built(hypermodel.load(location, DIGITS))
    exact.set_weights(mixed.get_weights())
    assert abs(mixed(images) - exact(images)).numpy().max() > 1e-6
    assert use_float32(mixed)
    np.testing.assert_allclose(mixed(images), exact(images), atol=1e-6)


def test_policy_that_a_build_sets_is_kept(write_family: Callable[..., str]) -> None:
    body = """
        def build(hp):
            keras.config.set_dtype_policy("mixed_float16")
            return compiled(layers())
    """
    source = hypermodel.load(write_family(body), DIGITS, precision=BFLOAT16)
    assert built(source).layers[-1].compute_dtype == "float16"


def test_models_of_bfloat16_learn(
    make_runner: Callable,
    make_request: Callable,
    write_family: Callable[..., str],
    collector: type,
    stripes: Task,
) -> None:
    for family, values in ((write_family(AUGMENTED), {}), ("lenet", STRONG)):
        runner = make_runner(family, stripes, precision=BFLOAT16)
        hp = models.configured(values)
        if runner.trainer.source.family is not None:
            runner.trainer.source.family.declare_hyperparameters(hp)
        request = make_request(
            hyperparameters={**hp.values, **values}, epochs=6, full_epochs=6
        )
        result = runner(request, collector())
        assert result.error is None, result.traceback
        assert not result.notes
        assert result.metrics["validation_accuracy"] > 0.8


def test_precision_that_a_machine_lacks_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(devices, "computes_bfloat16", lambda: False)
    monkeypatch.setitem(devices._CAPABILITIES, "tensorflow", list)
    devices.check_precision("tensorflow", FLOAT32)
    monkeypatch.setitem(devices._CAPABILITIES, "jax", list)
    with pytest.raises(UsageError, match="with jax, which would take"):
        devices.check_precision("jax", BFLOAT16)
    with pytest.raises(UsageError, match="needs a processor that is known"):
        devices.check_precision("tensorflow", BFLOAT16)
    monkeypatch.setitem(devices._CAPABILITIES, "tensorflow", lambda: [8.0, 7.5])
    with pytest.raises(UsageError, match=r"here is a GPU of compute capability 7\.5"):
        devices.check_precision("tensorflow", BFLOAT16)
    monkeypatch.setitem(devices._CAPABILITIES, "tensorflow", lambda: [9.0])
    devices.check_precision("tensorflow", BFLOAT16)
