"""Compiled epochs equal those of Keras, and compiled models are used again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

from bench.datasets import Task
from bench.records import EPOCH_SHARE
from bench.training.compiled import device_images
from bench.training.compiled.cache import MAX_MODELS, CompiledModelCache
from bench.training.compiled.compiled_model import CompiledModel
from bench.training.compiled.device_images import DeviceImages
from bench.training.compiled.keras_fit import KerasFitModel
from bench.training.compiled.structure import structure
from bench.training.compiled.tensorflow_epochs import TensorFlowModel
from bench.training.evaluators.classification import Classification
from bench.training.time_limit import FIRST_STEPS, time_limit
from search_spaces.dense import Dense
from search_spaces.family import ImageTask
from search_spaces.lenet import LeNet

BATCH = 50  # does not divide the number of images


@pytest.fixture
def build(stripes: Task) -> Callable[..., keras.Model]:
    """Build a freshly seeded model of a family."""
    shape = ImageTask(
        image_shape=stripes.record.image_shape, classes=len(stripes.record.class_names)
    )

    def build(family: type = Dense, *, seed: int = 0, **values: Any) -> keras.Model:
        keras.utils.clear_session(free_memory=False)
        keras.utils.set_random_seed(seed)
        hp = keras_tuner.HyperParameters()
        hp.values = {"units": 64, "filters": 6} | values
        return family(shape).build(hp)

    return build


def new_cache(task: Task) -> CompiledModelCache:
    return CompiledModelCache(Classification(task))


def train_epochs(
    compiled: CompiledModel, images: int, *, rate: float = 1e-2
) -> list[dict[str, float]]:
    """Train two epochs in seeded orders, with a learning rate that falls each step."""
    steps = -(-images // BATCH)
    rates = np.linspace(rate, rate / 10, 2 * steps)
    return [
        compiled.train_epoch(
            np.random.default_rng(epoch).permutation(images),
            rates[epoch * steps : (epoch + 1) * steps],
            BATCH,
        )
        for epoch in range(2)
    ]


def train_by_batches(
    model: keras.Model, task: Task, rate: float = 1e-2
) -> list[dict[str, float]]:
    """Train the same two epochs by a plain loop over ``train_on_batch``."""
    images = len(task.train)
    steps = -(-images // BATCH)
    rates = np.linspace(rate, rate / 10, 2 * steps)
    metrics_of_epochs = []
    for epoch in range(2):
        order = np.random.default_rng(epoch).permutation(images)
        sums: dict[str, float] = {}
        for step in range(steps):
            model.optimizer.learning_rate = rates[epoch * steps + step]
            indices = order[step * BATCH : (step + 1) * BATCH]
            means = model.train_on_batch(
                task.train.images[indices],
                task.train.labels[indices],
                return_dict=True,
            )
            for name, mean in means.items():
                sums[name] = sums.get(name, 0.0) + float(mean) * len(indices)
        metrics_of_epochs.append({name: total / images for name, total in sums.items()})
    return metrics_of_epochs


def assert_equal_weights(model: keras.Model, expected: list[np.ndarray]) -> None:
    for weight, expected_weight in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_array_equal(weight, expected_weight)


@pytest.mark.parametrize("family", [Dense, LeNet])
@pytest.mark.parametrize(
    "values",
    [
        {"optimizer": "adam", "dropout": 0.0},
        {"optimizer": "adam", "batch_normalization": False, "dropout": 0.3},
        {"optimizer": "sgd", "momentum": 0.9, "dropout": 0.0},
        pytest.param(
            {"optimizer": "rmsprop", "weight_decay": 0.03, "dropout": 0.0},
            marks=pytest.mark.slow,
        ),
    ],
    ids=["adam", "dropout", "sgd", "rmsprop"],
)
def test_tensorflow_epochs_equal_training_batch_by_batch(
    build: Callable, stripes: Task, family: type, values: dict
) -> None:
    plain = build(family, **values)
    compiled = new_cache(stripes).take(build(family, **values))
    assert isinstance(compiled, TensorFlowModel)
    rate = 1e-3  # higher rates let rounding errors grow
    expected = train_by_batches(plain, stripes, rate)
    metrics_of_epochs = train_epochs(compiled, len(stripes.train), rate=rate)
    for metrics, expected_metrics in zip(metrics_of_epochs, expected, strict=True):
        assert metrics == pytest.approx(expected_metrics, rel=1e-4)
    weights, expected_weights = (
        np.concatenate([weight.ravel() for weight in model.get_weights()])
        for model in (compiled.model, plain)
    )
    # Compared in norm: where a gradient is nearly 0, Adam steps by its rounding error.
    difference = np.linalg.norm(weights - expected_weights)
    assert difference <= 1e-4 * np.linalg.norm(expected_weights)


def test_compiled_predictions_equal_those_of_keras(
    build: Callable, stripes: Task
) -> None:
    model = build(LeNet)
    expected = KerasFitModel(model, Classification(stripes)).predict(
        stripes.validation.images
    )
    outputs = new_cache(stripes).take(model).validate()
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)


def test_trials_that_differ_in_values_share_one_trace(
    build: Callable, stripes: Task
) -> None:
    cache = new_cache(stripes)
    taken = []
    for trial in range(10):
        values = {
            "dropout": trial / 20,
            "learning_rate": 10 ** (-2 - trial / 9),
            "weight_decay": 10 ** (-4 + trial / 9),
            "kernel_initializer": ["he_normal", "orthogonal"][trial % 2],
            "batch_size": [32, 64][trial % 2],
            "schedule": ["cosine", "step"][trial % 2],
        }
        taken.append(cache.take(build(seed=trial, **values)))
        train_epochs(taken[-1], len(stripes.train))
        taken[-1].validate()
    assert len(set(map(id, taken))) == 1
    assert taken[0].traces == 1


def test_streamed_images_train_as_those_in_memory_do(
    build: Callable, stripes: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Chunks of three batches, the last of which is smaller.
    image_bytes = stripes.train.images[0].nbytes
    monkeypatch.setattr(device_images, "CHUNK", 3 * BATCH * image_bytes)
    images = len(stripes.train)
    assert images > 3 * BATCH
    in_memory, streamed = (
        TensorFlowModel(
            build(dropout=0.3),
            DeviceImages(replace(stripes, max_kept=max_kept)),
            Classification(stripes),
        )
        for max_kept in (stripes.max_kept, 0)
    )
    assert train_epochs(streamed, images) == train_epochs(in_memory, images)
    assert streamed.traces == 1
    np.testing.assert_array_equal(streamed.validate(), in_memory.validate())


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
def test_reused_model_gives_the_result_of_a_new_one(
    build: Callable, stripes: Task, optimizer: str
) -> None:
    first = {"optimizer": optimizer, "dropout": 0.5, "weight_decay": 0.03}
    second = {"optimizer": optimizer, "dropout": 0.1, "weight_decay": 0.001}
    if optimizer == "sgd":
        first["momentum"], second["momentum"] = 0.8, 0.96
    cache, images = new_cache(stripes), len(stripes.train)
    used = cache.take(build(seed=1, **first))
    train_epochs(used, images)
    reused = cache.take(build(seed=2, **second))
    assert reused is used
    new = new_cache(stripes).take(build(seed=2, **second))
    assert train_epochs(reused, images) == train_epochs(new, images)
    assert reused.traces == 1
    assert_equal_weights(reused.model, new.model.get_weights())


def test_models_of_other_structures_share_no_compiled_model(build: Callable) -> None:
    structures = [
        structure(model)
        for model in (
            build(),
            build(units=128),
            build(batch_normalization=False),
            build(optimizer="sgd"),
            build(LeNet),
            build(LeNet, pooling="max"),
        )
    ]
    assert None not in structures
    assert len(set(structures)) == len(structures)


@pytest.mark.slow
def test_least_recently_used_model_is_dropped_from_a_full_cache(
    build: Callable, stripes: Task
) -> None:
    cache = new_cache(stripes)
    first = cache.take(build(units=64))
    second = cache.take(build(units=1))
    for units in range(2, MAX_MODELS):
        cache.take(build(units=units))
    assert cache.take(build(units=64)) is first  # the cache is full
    cache.take(build(units=MAX_MODELS))  # drops the second
    assert cache.take(build(units=64)) is first
    assert cache.take(build(units=1)) is not second


def test_schedule_of_a_users_optimizer_is_left_alone(stripes: Task) -> None:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 1))
    outputs = keras.layers.Dense(3)(keras.layers.Flatten()(inputs))
    model = keras.Model(inputs, outputs)
    schedule = keras.optimizers.schedules.ExponentialDecay(0.0, 10, 0.9)
    model.compile(
        keras.optimizers.SGD(schedule),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    before = model.get_weights()
    compiled = new_cache(stripes).take(model)
    compiled.train_epoch(np.arange(len(stripes.train)), None, BATCH)
    assert_equal_weights(compiled.model, before)  # the schedule's rate is 0


@pytest.mark.parametrize("has_compiled_epoch", [True, False])
def test_epoch_ends_at_the_limit_but_not_before_its_first_piece(
    build: Callable, stripes: Task, has_compiled_epoch: bool
) -> None:
    model = build()
    compiled = (
        new_cache(stripes).take(model)
        if has_compiled_epoch
        else KerasFitModel(model, Classification(stripes))
    )
    order = np.arange(len(stripes.train))
    with time_limit(time.monotonic() - 1):
        metrics = compiled.train_epoch(order, None, 10)
    steps = FIRST_STEPS if has_compiled_epoch else 1
    assert metrics[EPOCH_SHARE] == pytest.approx(10 * steps / len(order))
    assert int(compiled.model.optimizer.iterations) == steps
    assert metrics["loss"] > 0
    with time_limit(time.monotonic() + 1000):
        metrics = compiled.train_epoch(order, None, BATCH)
        outputs = compiled.validate()
    assert EPOCH_SHARE not in metrics
    assert len(outputs) == len(stripes.validation)


def test_epoch_in_pieces_equals_an_undivided_one(
    build: Callable, stripes: Task
) -> None:
    order = np.random.default_rng(0).permutation(len(stripes.train))
    rates = np.linspace(1e-2, 1e-3, -(-len(order) // 15))
    assert len(rates) > FIRST_STEPS  # so that there are several pieces
    trained = []
    for deadline in (None, time.monotonic() + 1000):
        compiled = new_cache(stripes).take(build(dropout=0.3))
        with time_limit(deadline):
            metrics = compiled.train_epoch(order, rates, 15)
        trained.append((metrics, compiled.model))
    (undivided_metrics, undivided), (metrics, in_pieces) = trained
    assert metrics == undivided_metrics
    assert_equal_weights(in_pieces, undivided.get_weights())
