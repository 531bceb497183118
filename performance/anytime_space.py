"""The one search space of ``anytime.py``, and how each contender's user searches it.

A peer's user holds the images as arrays, builds by ``build(hp)``, trains by ``fit``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
from keras_tuner.engine import hyperparameters as kinds

from bench import datasets
from bench.records import StudySpec
from bench.training import backend
from search_spaces.family import Family, ImageTask
from search_spaces.parts import blocks

OnEpoch = Callable[[int, Mapping[str, float]], None]
"""Takes the number of an epoch, from 0, and its metrics."""

FILTERS = ((16, 32), (32, 64), (64, 128))
"""Choices of each block. Were the first as wide as the last, nobody would end twenty
epochs on 50,000 images in five minutes of two cores.
"""

MOST_BLOCKS = len(FILTERS)


class Anytime(Family):
    """One to three convolutions of their own widths, each pooled, and a dense layer.

    The learning rate is constant. A schedule over the epochs of a trial would mean
    another thing to each contender's way of cutting trials short.
    """

    smallest_side = 2**MOST_BLOCKS

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        hp.Int("blocks", 1, MOST_BLOCKS, default=2)
        hp.Choice("filters_1", list(FILTERS[0]))
        for block in range(2, MOST_BLOCKS + 1):
            with hp.conditional_scope("blocks", list(range(block, MOST_BLOCKS + 1))):
                hp.Choice(f"filters_{block}", list(FILTERS[block - 1]))
        hp.Choice("dense_units", [32, 64, 128, 256], default=128)
        hp.Float("dropout", 0.0, 0.5, step=0.1, default=0.2)
        blocks.declare_batch_normalization(hp)
        hp.Fixed("kernel_initializer", "he_normal")

    def declare_hyperparameters(self, hp: keras_tuner.HyperParameters) -> None:
        self.declare(hp)
        hp.Choice("optimizer", ["adam", "sgd", "rmsprop"], default="adam")
        with hp.conditional_scope("optimizer", ["adam", "rmsprop"]):
            hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3)
        with hp.conditional_scope("optimizer", ["sgd"]):
            hp.Float("sgd_learning_rate", 3e-3, 0.3, sampling="log", default=0.03)
            hp.Fixed("momentum", 0.9)
        hp.Fixed("schedule", "constant")
        hp.Fixed("weight_decay", 1e-4)
        hp.Choice("batch_size", [32, 64, 128, 256], default=64)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        x = images
        for block in range(1, hp.get("blocks") + 1):
            x = blocks.convolution(hp, x, hp.get(f"filters_{block}"))
            x = keras.layers.MaxPooling2D()(x)
        x = blocks.dropout(hp, keras.layers.Flatten()(x))
        x = blocks.dense(hp, x, hp.get("dense_units"))
        return blocks.dropout(hp, x)

    def fit(
        self,
        hp: keras_tuner.HyperParameters,
        model: keras.Model,
        *data: Any,
        **how: Any,
    ) -> keras.callbacks.History:
        """Train as a user of Keras Tuner or Optuna would: by a plain ``model.fit``.

        Without the callback of other families, which sets a scheduled rate before
        every step: here it would cost the peers time for nothing.
        """
        return model.fit(*data, batch_size=hp.get("batch_size"), **how)


@dataclass(frozen=True, kw_only=True)
class Peer:
    """What a peer is given.

    Attributes:
        spec: Of the study whose images, budget and seed it takes.
        train, validation: Images ``(n, height, width, channels)`` and labels ``(n,)``.
        on_epoch: To be called after every epoch.
        folder: Scratch.
    """

    spec: StudySpec
    family: Family
    train: tuple[np.ndarray, np.ndarray]
    validation: tuple[np.ndarray, np.ndarray]
    on_epoch: OnEpoch
    folder: Path


def peer(spec: StudySpec, on_epoch: OnEpoch, folder: Path) -> Peer:
    """Load what a peer is given."""
    task = datasets.load(
        spec.dataset,
        data_folder=None,
        validation_fraction=spec.validation_fraction,
        test_fraction=spec.test_fraction,
        seed=spec.seed,
        image_size=spec.image_size,
        skip_unreadable=False,
    )
    keras.utils.set_random_seed(spec.seed)
    return Peer(
        spec=spec,
        family=Anytime(
            ImageTask(
                image_shape=task.record.image_shape,
                classes=len(task.record.class_names),
                pixel_range=task.pixel_range,
            )
        ),
        train=(task.train.images, task.train.labels),
        validation=(task.validation.images, task.validation.labels),
        on_epoch=on_epoch,
        folder=folder,
    )


def search_by_us(spec: StudySpec, folder: Path) -> None:
    """Search as the toolkit's command line does."""
    backend.start(spec.backend)
    from rich.console import Console

    from bench.study import session

    session.search(
        [spec],
        results=folder,
        data=None,
        skip_unreadable=False,
        crew=session.plan.Crew(),
        fresh=False,
        quiet=True,
        console=Console(),
    )


def search_by_peer(peer: Peer, tuner: str, options: Mapping[str, Any]) -> None:
    """Search by Optuna, or by one of Keras Tuner's tuners, named as there."""
    if tuner == "optuna":
        _search_by_optuna(peer)
    else:
        _search_by_keras_tuner(peer, tuner, options)


def _search_by_keras_tuner(peer: Peer, tuner: str, options: Mapping[str, Any]) -> None:
    searching = getattr(keras_tuner, tuner)(
        peer.family,
        objective=keras_tuner.Objective("val_accuracy", direction="max"),
        seed=peer.spec.seed + 1,  # it takes 0 for no seed
        directory=peer.folder,
        **options,
    )
    searching.search(
        *peer.train,
        validation_data=peer.validation,
        epochs=peer.spec.budget.epochs,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=peer.on_epoch)],
        verbose=0,
    )


def _search_by_optuna(peer: Peer) -> None:
    """Search by Optuna's default sampler; Hyperband ends what does badly."""
    import optuna

    space = keras_tuner.HyperParameters()
    peer.family.declare_hyperparameters(space)

    def objective(trial: optuna.Trial) -> float:
        def report(epoch: int, logs: Mapping[str, float]) -> None:
            peer.on_epoch(epoch, logs)
            trial.report(logs["val_accuracy"], epoch + 1)
            if trial.should_prune():
                raise optuna.TrialPruned

        keras.backend.clear_session()
        hp = suggest(space, trial)
        history = peer.family.fit(
            hp,
            peer.family.build(hp),
            *peer.train,
            validation_data=peer.validation,
            epochs=peer.spec.budget.epochs,
            callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=report)],
            verbose=0,
        )
        return max(history.history["val_accuracy"])

    optuna.create_study(
        study_name="anytime",  # decides which trial is in which bracket
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=peer.spec.seed),
        pruner=optuna.pruners.HyperbandPruner(
            min_resource=1, max_resource=peer.spec.budget.epochs, reduction_factor=3
        ),
    ).optimize(objective, n_trials=peer.spec.budget.trials)


def suggest(
    space: keras_tuner.HyperParameters, trial: Any
) -> keras_tuner.HyperParameters:
    """Values of a space as an Optuna trial suggests them, those that are active only.

    Args:
        space: As the family declares it, parents before what depends on them.
        trial: An ``optuna.Trial``.
    """
    hp = keras_tuner.HyperParameters()
    for entry in space.space:
        if all(condition.is_active(hp.values) for condition in entry.conditions):
            hp.values[entry.name] = _suggested(entry, trial)
    return hp


def _suggested(entry: Any, trial: Any) -> Any:
    match entry:
        case kinds.Fixed():
            return entry.value
        case kinds.Boolean():
            return trial.suggest_categorical(entry.name, [False, True])
        case kinds.Choice():
            return trial.suggest_categorical(entry.name, entry.values)
        case kinds.Int() | kinds.Float():
            return _suggested_number(entry, trial)
    raise TypeError(f"{type(entry).__name__} has no counterpart in Optuna")


def _suggested_number(entry: Any, trial: Any) -> int | float:
    is_log = entry.sampling == "log"
    is_whole = isinstance(entry, kinds.Int)
    ask = trial.suggest_int if is_whole else trial.suggest_float
    # Keras Tuner's step multiplies where it samples logarithms; Optuna has no such.
    step = {} if is_log or entry.step is None else {"step": entry.step}
    value: int | float = ask(
        entry.name, entry.min_value, entry.max_value, log=is_log, **step
    )
    return value
