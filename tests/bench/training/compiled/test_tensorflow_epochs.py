"""Fused epochs compute what ``fit`` computes, and programs are used again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

from bench.datasets import Task
from bench.training.compiled import device_images
from bench.training.compiled.cache import MOST_PROGRAMS, Programs, structure
from bench.training.compiled.compiled_model import CutShortError
from bench.training.compiled.device_images import DeviceImages
from bench.training.compiled.keras_fit import FitProgram
from bench.training.compiled.tensorflow_epochs import FIRST_STEPS, CompiledProgram
from bench.training.evaluators.classification import Classification
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


def epochs(program: Any, images: int, *, rate: float = 1e-2) -> list[dict[str, float]]:
    """Train two epochs in seeded orders, at a rate that falls from step to step."""
    steps = -(-images // BATCH)
    rates = np.linspace(rate, rate / 10, 2 * steps)
    return [
        program.train_epoch(
            np.random.default_rng(epoch).permutation(images),
            rates[epoch * steps : (epoch + 1) * steps],
            BATCH,
        )
        for epoch in range(2)
    ]


def by_batches(
    model: keras.Model, task: Task, rate: float = 1e-2
) -> list[dict[str, float]]:
    """The same two epochs by a plain loop over ``train_on_batch``."""
    images = len(task.train)
    steps = -(-images // BATCH)
    rates = np.linspace(rate, rate / 10, 2 * steps)
    logs = []
    for epoch in range(2):
        order = np.random.default_rng(epoch).permutation(images)
        sums: dict[str, float] = {}
        for step in range(steps):
            model.optimizer.learning_rate = rates[epoch * steps + step]
            rows = order[step * BATCH : (step + 1) * BATCH]
            means = model.train_on_batch(
                task.train.images[rows], task.train.labels[rows], return_dict=True
            )
            for name, mean in means.items():
                sums[name] = sums.get(name, 0.0) + float(mean) * len(rows)
        logs.append({name: total / images for name, total in sums.items()})
    return logs


@pytest.mark.parametrize("family", [Dense, LeNet])
@pytest.mark.parametrize(
    "values",
    [
        {"optimizer": "adam", "dropout": 0.0},
        {"optimizer": "adam", "batch_normalization": False, "dropout": 0.3},
        {"optimizer": "sgd", "momentum": 0.9, "dropout": 0.0},
        {"optimizer": "rmsprop", "weight_decay": 0.03, "dropout": 0.0},
    ],
    ids=["adam", "dropout", "sgd", "rmsprop"],
)
def test_fused_epochs_equal_training_batch_by_batch(
    build: Callable, stripes: Task, family: type, values: dict
) -> None:
    plain, fused = build(family, **values), Programs(stripes)
    program = fused.take(build(family, **values))
    assert isinstance(program, CompiledProgram)
    rate = 1e-3  # higher ones let rounding errors grow
    expected = by_batches(plain, stripes, rate)
    found = epochs(program, len(stripes.train), rate=rate)
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, rel=1e-4)
    one, other = (
        np.concatenate([weight.ravel() for weight in model.get_weights()])
        for model in (program.model, plain)
    )
    # All in all: where a gradient is nearly 0, Adam makes a step of its rounding.
    assert np.linalg.norm(one - other) <= 1e-4 * np.linalg.norm(other)


def test_fused_probabilities_equal_those_of_predict(
    build: Callable, stripes: Task
) -> None:
    model = build(LeNet)
    expected = FitProgram(model, Classification(stripes)).predict(
        stripes.validation.images
    )
    found = Programs(stripes).take(model).validate()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_trials_that_differ_in_values_share_one_trace(
    build: Callable, stripes: Task
) -> None:
    programs = Programs(stripes)
    taken = []
    for trial in range(10):
        values = {
            "dropout": trial / 20,
            "learning_rate": 10 ** (-2 - trial / 9),
            "weight_decay": 10 ** (-4 + trial / 9),
            "kernel_initializer": ["he_normal", "orthogonal"][trial % 2],
            "batch_size": [32, 64][trial % 2],
            "schedule": ["cosine", "constant"][trial % 2],
        }
        taken.append(programs.take(build(seed=trial, **values)))
        epochs(taken[-1], len(stripes.train))
        taken[-1].validate()
    assert len(set(map(id, taken))) == 1
    assert taken[0].traces == 1


def test_streamed_images_train_as_resident_ones_do(
    build: Callable, stripes: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In chunks of a few batches, the last of which is no whole one."""
    row = stripes.train.images[0].nbytes
    monkeypatch.setattr(device_images, "CHUNK", 3 * BATCH * row)
    images = len(stripes.train)
    assert images > 3 * BATCH
    resident, streamed = (
        CompiledProgram(
            build(dropout=0.3),
            DeviceImages(stripes, largest),
            Classification(stripes),
        )
        for largest in (device_images.LARGEST_RESIDENT, 0)
    )
    assert epochs(streamed, images) == epochs(resident, images)
    assert streamed.traces == 1
    np.testing.assert_array_equal(streamed.validate(), resident.validate())


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
def test_reused_program_gives_the_result_of_a_new_one(
    build: Callable, stripes: Task, optimizer: str
) -> None:
    first = {"optimizer": optimizer, "dropout": 0.5, "weight_decay": 0.03}
    second = {"optimizer": optimizer, "dropout": 0.1, "weight_decay": 0.001}
    if optimizer == "sgd":
        first["momentum"], second["momentum"] = 0.8, 0.96
    programs = Programs(stripes)
    epochs(programs.take(build(seed=1, **first)), len(stripes.train))
    reused = programs.take(build(seed=2, **second))
    new = Programs(stripes).take(build(seed=2, **second))
    images = len(stripes.train)
    assert reused.traces == 1
    assert epochs(reused, images) == epochs(new, images)
    for one, other in zip(
        reused.model.get_weights(), new.model.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_other_structures_get_programs_of_their_own(build: Callable) -> None:
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


def test_programs_are_dropped_when_there_are_too_many(
    build: Callable, stripes: Task
) -> None:
    programs = Programs(stripes)
    first = programs.take(build(units=64))
    second = programs.take(build(units=1))
    for units in range(2, MOST_PROGRAMS):
        programs.take(build(units=units))
    assert programs.take(build(units=64)) is first  # all fit; now the most recent
    programs.take(build(units=MOST_PROGRAMS))  # one too many
    assert programs.take(build(units=64)) is first
    assert programs.take(build(units=1)) is not second


def test_own_schedule_of_an_optimizer_is_left_alone(stripes: Task) -> None:
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
    program = Programs(stripes).take(model)
    program.train_epoch(np.arange(len(stripes.train)), None, BATCH)
    for one, other in zip(program.model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)  # at a rate of 0


@pytest.mark.parametrize("compiles", [True, False])
def test_no_step_starts_after_the_deadline(
    build: Callable, stripes: Task, compiles: bool
) -> None:
    model = build()
    program = (
        Programs(stripes).take(model)
        if compiles
        else FitProgram(model, Classification(stripes))
    )
    order, before = np.arange(len(stripes.train)), model.get_weights()
    with pytest.raises(CutShortError):
        program.train_epoch(order, None, BATCH, time.time() - 1)
    for one, other in zip(program.model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)
    metrics = program.train_epoch(order, None, BATCH, time.time() + 1000)
    assert metrics["loss"] > 0


def test_epoch_in_pieces_is_the_epoch(build: Callable, stripes: Task) -> None:
    order = np.random.default_rng(0).permutation(len(stripes.train))
    rates = np.linspace(1e-2, 1e-3, -(-len(order) // 15))
    assert len(rates) > FIRST_STEPS  # so that there are several
    trained = []
    for deadline in (None, time.time() + 1000):
        program = Programs(stripes).take(build(dropout=0.3))
        metrics = program.train_epoch(order, rates, 15, deadline)
        trained.append((metrics, program.model.get_weights()))
    (whole, expected), (in_pieces, found) = trained
    assert in_pieces == whole
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
