"""Families work with the tuners of Keras Tuner, without the rest of the toolkit."""

from __future__ import annotations

from pathlib import Path

import keras_tuner
import numpy as np
import pytest

from bench.datasets import Task
from search_spaces.dense import Dense
from search_spaces.family import ImageTask
from search_spaces.parts import training
from search_spaces.vgg import VGG

SMALL = ImageTask(image_shape=(8, 8, 1), classes=3)


class Fake:
    """A stand-in for a model that stores the arguments of its fit."""

    def fit(self, x: object, y: object, **options: object) -> None:
        self.options = options

    def rates(self, steps: int) -> list[float]:
        """Learning rates of the first steps of that fit."""
        self.optimizer = self
        [schedule] = [
            callback
            for callback in self.options["callbacks"]
            if isinstance(callback, training.LearningRates)
        ]
        schedule.set_model(self)
        rates = []
        for step in range(steps):
            schedule.on_train_batch_begin(step)
            rates.append(self.learning_rate)
        return rates


def test_vgg_is_searched_by_random_search(stripes: Task, tmp_path: Path) -> None:
    tuner = keras_tuner.RandomSearch(
        VGG(SMALL), objective="val_accuracy", max_trials=2, seed=1, directory=tmp_path
    )
    train, validation = stripes.train, stripes.validation
    tuner.search(
        train.images,
        train.labels,
        validation_data=(validation.images, validation.labels),
        epochs=1,
        verbose=0,
    )
    trials = list(tuner.oracle.trials.values())
    assert [trial.status for trial in trials] == ["COMPLETED", "COMPLETED"]
    assert all(0 <= trial.score <= 1 for trial in trials)
    assert trials[0].hyperparameters.values != trials[1].hyperparameters.values
    [best] = tuner.get_best_hyperparameters()
    assert tuner.hypermodel.build(best).output_shape == (None, 3)


def test_dense_is_searched_by_grid_search(stripes: Task, tmp_path: Path) -> None:
    tuner = keras_tuner.GridSearch(
        Dense(SMALL), objective="val_loss", max_trials=1, directory=tmp_path
    )
    images, labels = stripes.train.images, stripes.train.labels
    tuner.search(images, labels, validation_split=0.2, epochs=1, verbose=0)
    [trial] = tuner.oracle.trials.values()
    assert np.isfinite(trial.score)


@pytest.mark.parametrize("batch_size", [32, 256])
def test_batch_size_is_that_of_the_configuration(batch_size: int) -> None:
    fake = fitted(batch_size=batch_size)
    assert fake.options["batch_size"] == batch_size


def test_given_batch_size_takes_precedence() -> None:
    assert fitted(options={"batch_size": 10}).options["batch_size"] == 10


def test_schedule_ends_with_the_last_step() -> None:
    # 100 images in batches of 32 are 4 steps.
    rates = fitted(batch_size=32, options={"epochs": 10}).rates(40)
    assert rates[39] < 0.01 * max(rates)
    assert rates[38] > rates[39]


def test_schedule_excludes_images_split_off_for_validation() -> None:
    # 64 of the 100 images are 2 steps.
    options = {"epochs": 10, "validation_split": 0.36}
    rates = fitted(batch_size=32, options=options).rates(20)
    assert rates[19] < 0.01 * max(rates)
    assert rates[18] > rates[19]


def test_training_from_an_initial_epoch_continues_the_schedule() -> None:
    rates = fitted(batch_size=32, options={"epochs": 10}).rates(40)
    options = {"epochs": 10, "initial_epoch": 4}
    assert fitted(batch_size=32, options=options).rates(24) == rates[16:]


def fitted(*, options: dict | None = None, **values: object) -> Fake:
    """Let a family fit a stand-in for a model to 100 images."""
    family, fake = Dense(SMALL), Fake()
    hp = keras_tuner.HyperParameters()
    hp.values = dict(values)
    family.declare_hyperparameters(hp)
    images, labels = np.zeros((100, 8, 8, 1), np.uint8), np.zeros(100, int)
    family.fit(hp, fake, images, labels, **(options or {}))
    return fake
