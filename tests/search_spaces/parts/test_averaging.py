"""Moving averages of the weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from search_spaces.parts import averaging
from search_spaces.parts.averaging import Averaging

KINDS = [
    averaging.AveragingAdam,
    averaging.AveragingRMSprop,
    averaging.AveragingSGD,
]

X = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
Y = np.arange(64) % 3


def model(kind: Callable[..., Averaging], share: float) -> keras.Model:
    built = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    built.compile(kind(0.1, averaging=share), loss)
    return built


def expected(trained: keras.Model, share: float, steps: int) -> list[np.ndarray]:
    """Averages after each step has added the weights that a loop reads."""
    averages = trained.get_weights()
    for step in range(steps):
        trained.train_on_batch(X, Y)
        kept = min(share, step / (step + 10))
        averages = [
            kept * average + (1 - kept) * weight
            for average, weight in zip(averages, trained.get_weights(), strict=True)
        ]
    return averages


def assert_close(found: list[np.ndarray], wanted: list[np.ndarray]) -> None:
    for mine, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_average_forgets_the_first_steps_of_a_short_training(kind: type) -> None:
    built = model(kind, 0.5)
    wanted = expected(built, 0.5, 15)
    pairs = built.optimizer.averages()
    assert_close([np.asarray(average) for _, average in pairs], wanted)
    for weight, average in pairs:
        assert not np.allclose(np.asarray(weight), np.asarray(average))


def test_fit_ends_with_the_averages_in_the_model() -> None:
    built = model(averaging.AveragingAdam, 0.9)
    start = built.get_weights()
    wanted = expected(built, 0.9, 3)
    again = model(averaging.AveragingAdam, 0.9)
    again.set_weights(start)
    again.fit(X, Y, batch_size=64, epochs=3, shuffle=False, verbose=0)
    assert_close(again.get_weights(), wanted)


def test_fit_without_a_step_leaves_the_weights_alone() -> None:
    built = model(averaging.AveragingAdam, 0.9)
    built.optimizer.build(built.trainable_variables)
    start = built.get_weights()
    built.optimizer.finalize_variable_values(built.trainable_variables)
    assert_close(built.get_weights(), start)


def test_saved_model_goes_on_with_its_averages(tmp_path: Path) -> None:
    built = model(averaging.AveragingSGD, 0.8)
    expected(built, 0.8, 3)
    built.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for each in (built, loaded):
        each.train_on_batch(X, Y)
    first, second = (
        [np.asarray(average) for _, average in each.optimizer.averages()]
        for each in (built, loaded)
    )
    assert_close(first, second)


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_share_outside_of_its_range_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="at least 0 and below 1"):
        averaging.AveragingAdam(averaging=share)
