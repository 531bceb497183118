"""Moving averages of the weights are what a model is validated and kept with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from bench.datasets import Task
from bench.training.request import FinalRequest
from bench.training.timings import StageTimer

BODY = """
from search_spaces.parts import averaging

def build(hp):
    model = layers()
    optimizer = {optimizer}
    model.compile(optimizer, "sparse_categorical_crossentropy", run_eagerly={eager})
    return model
"""
KERAS = "keras.optimizers.SGD(0.5, use_ema=True, ema_momentum=0.9)"
OWN = "averaging.AveragingSGD(0.5, averaging=0.9)"
REMAINING = {KERAS: lambda step: 0.9, OWN: lambda step: min(0.9, step / (step + 10))}
CUSTOM = """
class Mine(keras_tuner.HyperModel):
    def build(self, hp):
        return build(hp)

    def fit(self, hp, model, *args, callbacks, **kwargs):
        callbacks = [*{callbacks}, *callbacks]
        return model.fit(*args, batch_size=32, callbacks=callbacks, **kwargs)
"""
SWAP = "[keras.callbacks.SwapEMAWeights(swap_on_epoch=True)]"


CASES = pytest.mark.parametrize(
    ("optimizer", "eager"),
    [
        (KERAS, False),
        pytest.param(KERAS, True, marks=pytest.mark.slow),
        (OWN, False),
        pytest.param(OWN, True, marks=pytest.mark.slow),
    ],
    ids=["compiled", "keras fit", "own, compiled", "own, keras fit"],
)


def state(trainer: object, request: object, collector: type) -> tuple:
    trained = trainer.train(request, collector(), StageTimer())
    model = trained.compiled.model
    return model.get_weights(), trained.curve, model


def expected_averages(
    runner: object, request: object, task: Task, remaining: Callable[[int], float]
) -> list[list[np.ndarray]]:
    """Averages after each epoch, from a plain loop over the same batches.

    ``remaining`` is the share of the average that remains, given the steps before.
    """
    from bench.training import models

    model, _ = models.build(runner.trainer.source, {}, request.seed)
    averages, weights, step = None, [], 0
    for epoch in range(request.epochs):
        inputs = runner.trainer.inputs
        order = inputs.images.order(inputs.splits.indices(None), request.seed, epoch)
        for start in range(0, len(order), 32):
            batch = order[start : start + 32]
            images, labels = task.train.images[batch], task.train.labels[batch]
            model.train_on_batch(images, labels)
            now = model.get_weights()
            kept = remaining(step)
            pairs = zip(averages or now, now, strict=True)
            averages = [kept * a + (1 - kept) * w for a, w in pairs]
            step += 1
        weights.append(averages)
    return weights


@CASES
def test_best_weights_are_the_averages_of_the_best_epoch(
    make_runner: Callable,
    stripes: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
    optimizer: str,
    eager: bool,
) -> None:
    runner = make_runner(
        write_family(BODY.format(optimizer=optimizer, eager=eager)), stripes
    )
    request = make_request(epochs=3)
    weights, curve, _ = state(runner.trainer, request, collector)
    task = runner.trainer.inputs.images.task
    remaining = REMAINING[optimizer]
    expected = expected_averages(runner, request, task, remaining)
    for weight, average in zip(weights, expected[curve.best_epoch - 1], strict=True):
        np.testing.assert_allclose(weight, average, atol=1e-5)


@CASES
def test_promoted_trial_goes_on_from_its_own_weights(
    make_runner: Callable,
    stripes: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
    tmp_path: Path,
    optimizer: str,
    eager: bool,
) -> None:
    runner = make_runner(
        write_family(BODY.format(optimizer=optimizer, eager=eager)), stripes
    )
    whole, _, _ = state(runner.trainer, make_request(epochs=4), collector)
    file = tmp_path / "0.npz"
    state(runner.trainer, make_request(epochs=2, checkpoint=file), collector)
    parted, _, _ = state(runner.trainer, make_request(epochs=4, parent=file), collector)
    for one, other in zip(whole, parted, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("callbacks", ["[]", SWAP], ids=["plain", "swapped"])
def test_custom_fit_is_validated_with_averages(
    make_runner: Callable,
    stripes: Task,
    write_family: Callable,
    collector: type,
    callbacks: str,
) -> None:
    body = BODY.format(optimizer=KERAS, eager=False) + CUSTOM.format(
        callbacks=callbacks
    )
    runner = make_runner(write_family(body, "Mine"), stripes)
    epochs = collector()
    request = FinalRequest(hyperparameters={}, seed=0, epochs=1, patience=3)
    trained = runner.trainer.train(request.training, epochs, StageTimer())
    optimizer = trained.compiled.model.optimizer
    task = runner.trainer.inputs.images.task
    [averages] = expected_like_fit(runner, task)
    for weight, average in zip(
        trained.compiled.model.get_weights(), averages, strict=True
    ):
        np.testing.assert_allclose(weight, average, atol=1e-5)
    assert optimizer.use_ema


def expected_like_fit(runner: object, task: Task) -> list[list[np.ndarray]]:
    """Weights after an epoch of a plain ``fit``, which ends with averages."""
    from bench.training import models

    model, _ = models.build(runner.trainer.source, {}, 0)
    labels = task.train.labels
    model.fit(task.train.images, labels, batch_size=32, verbose=0)
    assert isinstance(model, keras.Model)
    return [model.get_weights()]
