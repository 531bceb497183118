"""Numbers of Keras' layers, penalties, losses and optimizers are no constants."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from bench.datasets import Task
from bench.training.compiled import free_numbers
from bench.training.compiled.cache import CompiledModelCache
from bench.training.compiled.structure import structure
from bench.training.compiled.tensorflow_epochs import TensorFlowModel
from bench.training.evaluators.classification import Classification
from search_spaces.parts.averaging import AveragingAdam
from search_spaces.parts.losses import SparseSmoothedCrossentropy

layers, regularizers = keras.layers, keras.regularizers


def model(*parts: Any, optimizer: Any = "sgd", loss: Any = None) -> keras.Model:
    built = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Rescaling(1 / 255),
            *parts,
            layers.Flatten(),
            layers.Dense(3, activation="softmax", name="classes"),
        ]
    )
    loss = loss or "sparse_categorical_crossentropy"
    built.compile(optimizer, loss, metrics=["accuracy"])
    return built


def seeded(build: Callable) -> Callable:
    """Let each model have the same weights, and its layers the same names."""

    def build_seeded(number: float) -> keras.Model:
        keras.utils.clear_session(free_memory=False)
        keras.utils.set_random_seed(1)
        return build(number)

    return build_seeded


@seeded
def every_layer(number: float) -> keras.Model:
    shared = regularizers.L2(number / 30)
    return model(
        layers.GaussianNoise(number / 2),
        layers.Conv2D(4, 3, kernel_regularizer=regularizers.L1(number / 100)),
        layers.SpatialDropout2D(number),
        layers.BatchNormalization(momentum=1 - number),
        layers.AlphaDropout(number / 2),
        layers.ActivityRegularization(l1=number / 1000, l2=number / 700),
        layers.Dense(6, kernel_regularizer=shared, bias_regularizer=shared),
        layers.Dense(5, kernel_regularizer=regularizers.L1L2(number / 90, number / 80)),
        layers.Dropout(number),
        optimizer=keras.optimizers.RMSprop(
            0.01, rho=1 - number / 2, momentum=number, epsilon=number / 1e6
        ),
    )


@seeded
def adam(number: float) -> keras.Model:
    return model(
        layers.Dropout(number),
        optimizer=keras.optimizers.AdamW(
            0.01,
            weight_decay=number / 10,
            beta_1=1 - number,
            beta_2=1 - number / 70,
            epsilon=number / 1e6,
        ),
    )


@seeded
def smoothed(number: float) -> keras.Model:
    return model(
        layers.Dropout(number),
        optimizer=keras.optimizers.SGD(0.03, momentum=1 - number, weight_decay=number),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=number),
    )


@seeded
def sparsely_smoothed(number: float) -> keras.Model:
    return model(
        layers.Dropout(number),
        optimizer=keras.optimizers.SGD(0.03, momentum=1 - number),
        loss=SparseSmoothedCrossentropy(number),
    )


@seeded
def averaging(number: float) -> keras.Model:
    return model(optimizer=AveragingAdam(0.01, averaging=number))


def trained(cache: CompiledModelCache, fresh: keras.Model) -> TensorFlowModel:
    compiled = cache.take(fresh)
    assert isinstance(compiled, TensorFlowModel)
    for _ in range(2):
        compiled.train_epoch(np.arange(172), None, 50)
    return compiled


def weights_of(compiled: TensorFlowModel) -> list[np.ndarray]:
    """Weights, and state of the optimizer."""
    model = compiled.model
    return [np.array(v) for v in [*model.variables, *model.optimizer.variables]]


@pytest.mark.parametrize(
    "build",
    [every_layer, adam, smoothed, sparsely_smoothed, averaging],
    ids=["layers", "adam", "smoothed", "sparsely smoothed", "averaging"],
)
def test_numbers_of_a_shared_graph_give_the_bits_of_a_graph_with_constants(
    stripes: Task, monkeypatch: pytest.MonkeyPatch, build: Callable
) -> None:
    cache = CompiledModelCache(Classification(stripes))
    first = trained(cache, build(0.3))
    weights = weights_of(first)
    shared = trained(cache, build(0.1))
    assert (shared is first, shared.traces) == (True, 1)
    monkeypatch.setattr(free_numbers, "FREE_NUMBERS", {})
    for number, expected in ((0.3, weights), (0.1, weights_of(shared))):
        alone = trained(CompiledModelCache(Classification(stripes)), build(number))
        for mine, other in zip(weights_of(alone), expected, strict=True):
            np.testing.assert_array_equal(mine, other)
    np.testing.assert_array_equal(alone.validate(), shared.validate())


def test_model_that_shares_a_graph_is_saved_with_its_own_numbers(
    stripes: Task, tmp_path: Path
) -> None:
    cache = CompiledModelCache(Classification(stripes))
    for number in (0.3, 0.1):
        shared = cache.take(smoothed(number))
        shared.model.save(tmp_path / "model.keras")
        kept = keras.models.load_model(tmp_path / "model.keras")
        assert kept.get_layer("dropout").rate == number
        assert kept.optimizer.weight_decay == number
        assert kept.loss.label_smoothing == number


def test_only_numbers_that_change_the_graph_are_part_of_the_structure() -> None:
    def dropped(rate: float, layer: type = layers.Dropout) -> str | None:
        return structure(seeded(lambda number: model(layer(number)))(rate))

    assert dropped(0.1) == dropped(0.7)
    assert len({dropped(rate) for rate in (0, 0.1, 1)}) == 3
    assert dropped(0.1, layers.LeakyReLU) != dropped(0.7, layers.LeakyReLU)


def test_classifiers_with_and_without_smoothed_labels_have_one_structure() -> None:
    def smoothed(number: float) -> str | None:
        return structure(
            seeded(lambda n: model(loss=SparseSmoothedCrossentropy(n)))(number)
        )

    assert smoothed(0.0) == smoothed(0.2) is not None


def test_penalties_that_are_shared_are_part_of_the_structure() -> None:
    def penalized(*penalties: keras.regularizers.Regularizer) -> str | None:
        keras.utils.clear_session(free_memory=False)
        dense = [layers.Dense(2, kernel_regularizer=penalty) for penalty in penalties]
        return structure(model(*dense))

    first, second = regularizers.L2(0.1), regularizers.L2(0.2)
    assert penalized(first, second) == penalized(second, first)
    assert penalized(first, second) != penalized(first, first)


def test_parts_that_nobody_knows_get_plain_numbers(stripes: Task) -> None:
    class Steep(layers.Dropout):
        def call(self, inputs: Any, training: bool = False) -> Any:
            return super().call(inputs, training) if self.rate > 0.25 else inputs

    cache = CompiledModelCache(Classification(stripes))
    for rate in (0.5, 0.1):
        both = Steep(rate), layers.Dropout(rate)
        assert trained(cache, model(*both)).traces == 1
