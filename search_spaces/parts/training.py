"""Optimizers, learning rates and losses, and their hyperparameters.

The schedule of the learning rate is an array of values outside of the model, so that
models with different schedules share a compiled model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import keras_tuner
import numpy as np

from search_spaces.parts import averaging
from search_spaces.parts.blocks import declare_steps
from search_spaces.parts.losses import SparseSmoothedCrossentropy

WARM_UP = 1 / 54
"""Share of the steps of a cosine schedule in which the learning rate rises from 0: half
of those before the first rung at which a schedule compares trials."""

FALLS = (0.5, 0.75)
"""Shares of the steps of a step schedule after which the learning rate falls to a
tenth; those of He et al. 2016 on CIFAR-10."""


AVERAGING = 0.99
"""Share of the averaged weights that remains after a step at a constant learning rate.

There averages gained up to 3 points of accuracy in small networks, as much as half a
cosine does; with half a cosine, which lets the weights settle, they gained nothing.
"""


class LearningRates(keras.callbacks.Callback):
    """Sets the optimizer's learning rate before every step.

    Args:
        rates: ``(steps,)``. Further steps have the last learning rate.
    """

    def __init__(self, rates: Sequence[float] | np.ndarray) -> None:
        super().__init__()
        self._rates = rates
        self._step = 0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        rate = self._rates[min(self._step, len(self._rates) - 1)]
        self.model.optimizer.learning_rate = rate
        self._step += 1


def declare(
    hp: keras_tuner.HyperParameters,
    *,
    optimizers: Sequence[str] = ("adam", "sgd", "rmsprop"),
    schedules: Sequence[str] = ("cosine", "constant"),
    learning_rates: tuple[float, float] = (1e-4, 1e-2),
    learning_rate: float = 1e-3,
    sgd_learning_rate: float = 0.03,
    weight_decay: float = 1e-3,
) -> None:
    """Declare the hyperparameters of a training.

    Suitable learning rates of SGD are an order of magnitude above those of the
    adaptive optimizers, so they are a separate hyperparameter.

    Args:
        hp: Hyperparameters to declare them in.
        optimizers: Some of adam, sgd and rmsprop; the first is the default.
        schedules: Some of cosine, constant and step; the first is the default.
        learning_rates: Lowest and highest learning rate of the adaptive optimizers.
        learning_rate: Default learning rate of the adaptive optimizers.
        sgd_learning_rate: Default learning rate of SGD.
        weight_decay: Default weight decay.
    """
    adaptive = [name for name in optimizers if name != "sgd"]
    hp.Choice("optimizer", list(optimizers))
    if adaptive:
        with hp.conditional_scope("optimizer", adaptive):
            hp.Float(
                "learning_rate",
                *learning_rates,
                sampling="log",
                default=learning_rate,
            )
    if "sgd" in optimizers:
        with hp.conditional_scope("optimizer", ["sgd"]):
            hp.Float(
                "sgd_learning_rate",
                3e-3,
                0.3,
                sampling="log",
                default=sgd_learning_rate,
            )
            declare_steps(hp, "momentum", 0.8, 0.98, 0.02, 0.9)
    hp.Choice("schedule", list(schedules))
    hp.Float("weight_decay", 1e-5, 3e-2, sampling="log", default=weight_decay)
    hp.Choice("batch_size", [32, 64, 128, 256], default=64)


def declare_averaging(hp: keras_tuner.HyperParameters) -> None:
    """Declare averages of the weights, where a learning rate may be constant."""
    schedules = [entry.values for entry in hp.space if entry.name == "schedule"]
    if any("constant" in values for values in schedules):
        with hp.conditional_scope("schedule", ["constant"]):
            hp.Fixed("averaging", AVERAGING)


def declare_loss(hp: keras_tuner.HyperParameters, classes: int) -> None:
    """Declare the smoothing of labels, and for two classes the kind of loss.

    ``ce`` is the cross-entropy of a probability for each class; ``bce`` is the binary
    cross-entropy of one probability, that of the second class. Labels are smoothed
    only where a user asks for it: it gained nothing in short trainings, and made
    probabilities worse.
    """
    hp.Fixed("label_smoothing", 0.0)
    if classes == 2:
        hp.Choice("loss", ["ce", "bce"])


def classifier(hp: keras_tuner.HyperParameters, features: Any, classes: int) -> Any:
    """Build the layer of probabilities, which computes in single precision.

    Returns:
        ``(batch, classes)``, or ``(batch, 1)`` for the loss ``bce``.
    """
    units, activation = (1, "sigmoid") if _is_binary(hp) else (classes, "softmax")
    layer = keras.layers.Dense(
        units, activation=activation, dtype="float32", name="probabilities"
    )
    return layer(features)


def compile_model(hp: keras_tuner.HyperParameters, model: keras.Model) -> keras.Model:
    """Compile a classifier with the loss and the optimizer of a configuration."""
    model.compile(
        optimizer=optimizer(hp),
        loss=SparseSmoothedCrossentropy(hp.values.get("label_smoothing", 0.0)),
        metrics=["accuracy"],
        jit_compile=jit_compile(),
    )
    return model


def optimizer(hp: keras_tuner.HyperParameters) -> keras.optimizers.Optimizer:
    """Make the optimizer of a configuration, with decoupled weight decay on kernels.

    Reference: Loshchilov & Hutter 2019, "Decoupled weight decay regularization".
    """
    name = hp.get("optimizer")
    options = {"weight_decay": hp.get("weight_decay")}
    if name == "sgd":
        options |= {"momentum": hp.get("momentum"), "nesterov": True}
    kinds, share = _OPTIMIZERS, hp.values.get("averaging")
    # Values that are inactive change nothing.
    if share and hp.values.get("schedule") == "constant":
        kinds, options = _AVERAGING, options | {"averaging": share}
    optimizer = kinds[name](hp.get(_rate(hp)), **options)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def learning_rates(hp: keras_tuner.HyperParameters, steps: int) -> np.ndarray:
    """Return the learning rate of every step.

    Args:
        hp: Holds ``optimizer``, ``schedule`` and the optimizer's learning rate.
        steps: Number of steps of a full training. A trial that ends early has the
            first of these learning rates, and continues with the next if promoted.

    Returns:
        ``(steps,)``: a constant; or falling in steps to a tenth and a hundredth; or a
        linear warm-up and half a cosine down to 0 (Loshchilov & Hutter 2017, "SGDR",
        without restarts).
    """
    return hp.get(_rate(hp)) * _SHAPES[hp.get("schedule")](steps)


def last_fall(hp: keras_tuner.HyperParameters) -> float:
    """Return the share of the steps before the last fall of a step schedule.

    Returns:
        0 for a schedule that does not fall in steps.
    """
    return FALLS[-1] if hp.values.get("schedule") == "step" else 0.0


def jit_compile() -> bool | str:
    """Return the argument ``jit_compile`` of Keras: no XLA for TensorFlow on a CPU.

    There XLA's convolutions took 2 to 4 times as long as those of oneDNN.
    """
    if keras.backend.backend() != "tensorflow":
        return "auto"
    import tensorflow

    return "auto" if tensorflow.config.list_physical_devices("GPU") else False


def _rate(hp: keras_tuner.HyperParameters) -> str:
    """Name of the learning rate of a configuration's optimizer."""
    return "sgd_learning_rate" if hp.get("optimizer") == "sgd" else "learning_rate"


def _is_binary(hp: keras_tuner.HyperParameters) -> bool:
    return hp.values.get("loss") == "bce"


def _cosine(steps: int) -> np.ndarray:
    warm = max(1, round(WARM_UP * steps))
    step = np.arange(steps)
    rise = (step + 1) / warm
    fall = (1 + np.cos(np.pi * (step - warm) / max(1, steps - warm))) / 2
    return np.where(step < warm, rise, fall)


def _step(steps: int) -> np.ndarray:
    falls = np.array([round(share * steps) for share in FALLS])
    return 0.1 ** (np.arange(steps)[:, None] >= falls).sum(axis=1)


_SHAPES: dict[str, Callable[[int], np.ndarray]] = {
    "constant": np.ones,
    "cosine": _cosine,
    "step": _step,
}
"""Functions that map the number of steps to each step's share of the learning rate."""

_OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "sgd": keras.optimizers.SGD,
    "rmsprop": keras.optimizers.RMSprop,
}
_AVERAGING = {
    "adam": averaging.AveragingAdam,
    "sgd": averaging.AveragingSGD,
    "rmsprop": averaging.AveragingRMSprop,
}
"""The same with moving averages of the weights."""
