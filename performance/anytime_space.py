"""The search space of ``anytime.py``, and how users of each contender search it.

Users of a peer hold the images as arrays, build models by ``build(hp)`` and train them
by ``model.fit``.
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
from bench.records import ImageSource, SearchRequest, StudySpec
from bench.training import backend
from bench.training.trial_runner import image_task
from search_spaces.family import Family
from search_spaces.parts import blocks

OnEpoch = Callable[[int, Mapping[str, float]], None]
"""Function of the number of an epoch, counted from 0, and of its metrics."""

FILTERS = ((16, 32), (32, 64), (64, 128))
"""Choices of filters of each block.

If the first block were as wide as the last, no contender would finish twenty epochs on
50,000 images in five minutes of two cores.
"""

MAX_BLOCKS = len(FILTERS)


class Anytime(Family):
    """One to three convolutions of separate widths, each pooled, and a dense layer.

    The learning rate is constant, since contenders end trials early in different ways
    and a schedule over the epochs of a trial would mean something else to each.
    """

    min_side = 2**MAX_BLOCKS

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        hp.Int("blocks", 1, MAX_BLOCKS, default=2)
        hp.Choice("filters_1", list(FILTERS[0]))
        for block in range(2, MAX_BLOCKS + 1):
            with hp.conditional_scope("blocks", list(range(block, MAX_BLOCKS + 1))):
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
        **options: Any,
    ) -> keras.callbacks.History:
        """Train by a plain ``model.fit``, as users of Keras Tuner or Optuna would.

        The callback of other families, which sets a scheduled learning rate before
        every step, would cost the peers time and change nothing here.
        """
        return model.fit(*data, batch_size=hp.get("batch_size"), **options)


@dataclass(frozen=True, kw_only=True)
class Peer:
    """Inputs of a peer.

    Attributes:
        spec: Study whose images, budget and seed the peer uses.
        family: Family that builds the models.
        train, validation: Images ``(n, height, width, channels)`` and labels ``(n,)``.
        on_epoch: Called after every epoch.
        folder: Folder of temporary files.
    """

    spec: StudySpec
    family: Family
    train: tuple[np.ndarray, np.ndarray]
    validation: tuple[np.ndarray, np.ndarray]
    on_epoch: OnEpoch
    folder: Path


def peer(spec: StudySpec, on_epoch: OnEpoch, folder: Path) -> Peer:
    """Load the inputs of a peer."""
    task = datasets.load_for(spec, ImageSource())
    keras.utils.set_random_seed(spec.seed)
    return Peer(
        spec=spec,
        family=Anytime(image_task(task)),
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

    request = SearchRequest(specs=(spec,), results=folder, quiet=True)
    session.search(request, Console())


def search_by_peer(peer: Peer, tuner: str, options: Mapping[str, Any]) -> None:
    """Search by Optuna, or by the tuner of Keras Tuner with this name."""
    if tuner == "optuna":
        _search_by_optuna(peer)
    else:
        _search_by_keras_tuner(peer, tuner, options)


def _search_by_keras_tuner(peer: Peer, tuner: str, options: Mapping[str, Any]) -> None:
    searcher = getattr(keras_tuner, tuner)(
        peer.family,
        objective=keras_tuner.Objective("val_accuracy", direction="max"),
        seed=peer.spec.seed + 1,  # 0 would mean no seed
        directory=peer.folder,
        **options,
    )
    searcher.search(
        *peer.train,
        validation_data=peer.validation,
        epochs=peer.spec.budget.epochs,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=peer.on_epoch)],
        verbose=0,
    )


def _search_by_optuna(peer: Peer) -> None:
    """Search by Optuna's default sampler; its Hyperband ends bad trials early."""
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
        study_name="anytime",  # fixes the bracket of each trial
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=peer.spec.seed),
        pruner=optuna.pruners.HyperbandPruner(
            min_resource=1, max_resource=peer.spec.budget.epochs, reduction_factor=3
        ),
    ).optimize(objective, n_trials=peer.spec.budget.trials)


def suggest(
    space: keras_tuner.HyperParameters, trial: Any
) -> keras_tuner.HyperParameters:
    """Let an Optuna trial suggest a value for each active hyperparameter of a space.

    Args:
        space: Search space in which a hyperparameter comes after those that its
            conditions refer to.
        trial: Trial of the type ``optuna.Trial``.
    """
    hp = keras_tuner.HyperParameters()
    for entry in space.space:
        if all(condition.is_active(hp.values) for condition in entry.conditions):
            hp.values[entry.name] = _suggest(entry, trial)
    return hp


def _suggest(entry: Any, trial: Any) -> Any:
    match entry:
        case kinds.Fixed():
            return entry.value
        case kinds.Boolean():
            return trial.suggest_categorical(entry.name, [False, True])
        case kinds.Choice():
            return trial.suggest_categorical(entry.name, entry.values)
        case kinds.Int() | kinds.Float():
            return _suggest_number(entry, trial)
    raise TypeError(f"{type(entry).__name__} has no counterpart in Optuna")


def _suggest_number(entry: Any, trial: Any) -> int | float:
    is_log = entry.sampling == "log"
    is_integer = isinstance(entry, kinds.Int)
    suggest_number = trial.suggest_int if is_integer else trial.suggest_float
    # With logarithmic sampling, Keras Tuner's step is a factor; Optuna has no factors.
    step = {} if is_log or entry.step is None else {"step": entry.step}
    value: int | float = suggest_number(
        entry.name, entry.min_value, entry.max_value, log=is_log, **step
    )
    return value
