"""Augmentation in trials: its strength is a weight, and it follows the trial's seed."""

from __future__ import annotations

from collections.abc import Callable

import keras_tuner
import pytest

from bench.datasets import Task
from bench.training.trial import run_trial


@pytest.fixture
def configuration() -> Callable[..., dict]:
    """Active hyperparameters of a family, at their defaults unless changed."""

    def configuration(family: object, **changes: object) -> dict:
        space = keras_tuner.HyperParameters()
        family.declare_hyperparameters(space)
        space.values |= changes
        return {
            h.name: space.values.get(h.name, h.default)
            for h in space.space
            if space.is_active(h)
        }

    return configuration


@pytest.mark.slow
def test_levels_share_a_compiled_model_and_a_used_one_repeats_a_new_one(
    stripes: Task,
    make_runner: Callable,
    make_request: Callable,
    collector: type,
    configuration: Callable,
) -> None:
    used = make_runner("cnn", stripes)
    metrics_of_levels: dict[str, list] = {}
    for level, flip in (("strong", True), ("light", False), ("strong", True)):
        hyperparameters = configuration(
            used.trainer.source.hypermodel, augmentation=level, flip=flip, filters=16
        )
        request = make_request(hyperparameters=hyperparameters)
        results = [
            run_trial(runner.trainer, request, collector())
            for runner in (used, make_runner("cnn", stripes))
        ]
        assert [result.error for result in results] == [None, None]
        assert results[0].metrics == results[1].metrics
        metrics_of_levels.setdefault(level, []).append(results[0].metrics)
    assert metrics_of_levels["strong"][0] == metrics_of_levels["strong"][1]
    assert metrics_of_levels["strong"][0] != metrics_of_levels["light"][0]
    [compiled] = used.trainer.inputs.images.compiled._kept.values()
    assert compiled.traces == 1


def test_augmented_training_differs_from_plain_but_validates_plain_images(
    stripes: Task,
    make_runner: Callable,
    make_request: Callable,
    collector: type,
    configuration: Callable,
) -> None:
    runner = make_runner("cnn", stripes)
    losses = []
    for level in ("off", "strong"):
        hyperparameters = configuration(
            runner.trainer.source.hypermodel, augmentation=level, filters=16
        )
        request = make_request(hyperparameters=hyperparameters, epochs=8, full_epochs=8)
        result = run_trial(runner.trainer, request, collector())
        losses.append(result.metrics["loss"])
        # Shifted stripes may belong to another class.
        assert result.metrics["validation_accuracy"] > 0.6
    assert losses[1] > 1.5 * losses[0]
