"""Augmentation in trials: by weights of a program, following the trial's seed."""

from __future__ import annotations

from collections.abc import Callable

import keras_tuner
import pytest

from bench.datasets import Task
from bench.training.trial import run_trial


@pytest.fixture
def values() -> Callable[..., dict]:
    def values(family: object, **changes: object) -> dict:
        space = keras_tuner.HyperParameters()
        family.declare_hyperparameters(space)
        space.values |= changes
        return {
            h.name: space.values.get(h.name, h.default)
            for h in space.space
            if space.is_active(h)
        }

    return values


def test_levels_share_a_program_and_a_used_one_repeats_a_new_one(
    stripes: Task,
    work: Callable,
    request_for: Callable,
    collect: type,
    values: Callable,
) -> None:
    used = work("cnn", stripes)
    outcomes = {}
    for level, flip in (("strong", True), ("light", False), ("strong", True)):
        asked = values(
            used.source.hypermodel, augmentation=level, flip=flip, filters=16
        )
        request = request_for(hyperparameters=asked)
        results = [
            run_trial(one.source, one.programs, request, collect())
            for one in (used, work("cnn", stripes))
        ]
        assert [result.error for result in results] == [None, None]
        assert results[0].metrics == results[1].metrics
        outcomes.setdefault(level, []).append(results[0].metrics)
    assert outcomes["strong"][0] == outcomes["strong"][1]
    assert outcomes["strong"][0] != outcomes["light"][0]
    [program] = used.programs._kept.values()
    assert program.traces == 1


def test_augmented_training_differs_from_plain_but_validates_plain_images(
    stripes: Task,
    work: Callable,
    request_for: Callable,
    collect: type,
    values: Callable,
) -> None:
    cnn = work("cnn", stripes)
    losses = []
    for level in ("off", "strong"):
        asked = values(cnn.source.hypermodel, augmentation=level, filters=16)
        request = request_for(hyperparameters=asked, epochs=8, full_epochs=8)
        result = run_trial(cnn.source, cnn.programs, request, collect())
        losses.append(result.metrics["loss"])
        # Shifted stripes may belong to another class.
        assert result.metrics["validation_accuracy"] > 0.6
    assert losses[1] > 1.5 * losses[0]
