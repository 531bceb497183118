"""Trains an epoch by ``model.fit``: the reference for every faster way."""

from __future__ import annotations

from typing import Any, Protocol

import keras
import numpy as np

from bench.datasets import Task
from bench.training import scores
from search_spaces.training import LearningRates

PREDICTION_BATCH = 256


class Program(Protocol):
    """A model that trains epoch by epoch.

    Attributes:
        model: The one that trains.
    """

    model: keras.Model

    def train_epoch(
        self, order: np.ndarray, rates: np.ndarray | None, batch_size: int
    ) -> dict[str, float]:
        """Train one epoch.

        Args:
            order: ``(n,)``, a permutation of the training images.
            rates: Learning rate of each step; None leaves the optimizer its own.
            batch_size: The last batch may be smaller.

        Returns:
            The training loss and metrics that the model was compiled with.
        """

    def validate(self, rows: np.ndarray | None = None) -> np.ndarray:
        """Class probabilities ``(n, classes)`` of the validation images, or of some."""

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Class probabilities ``(n, classes)`` of any images."""

    def predict_batch(self, images: np.ndarray) -> object:
        """Forward one batch as directly as the backend can; outputs as they come."""


class FitProgram:
    """Trains by ``model.fit`` and predicts by ``model.predict``.

    Args:
        model: Compiled; its loss says how labels are encoded.
        task: Images as the family takes them.
    """

    def __init__(self, model: keras.Model, task: Task) -> None:
        self.model = model
        self.task = task
        self._targets = self.targets(task.train.labels)

    def train_epoch(
        self, order: np.ndarray, rates: np.ndarray | None, batch_size: int
    ) -> dict[str, float]:
        history = self.model.fit(
            self.task.train.images[order],
            self._targets[order],
            batch_size=batch_size,
            shuffle=False,
            verbose=0,
            callbacks=[] if rates is None else [LearningRates(rates)],
        )
        return {name: float(values[-1]) for name, values in history.history.items()}

    def validate(self, rows: np.ndarray | None = None) -> np.ndarray:
        images = self.task.validation.images
        return self.predict(images if rows is None else images[rows])

    def predict(self, images: np.ndarray) -> np.ndarray:
        outputs = self.model.predict(images, batch_size=PREDICTION_BATCH, verbose=0)
        return scores.normalized(np.asarray(outputs), from_logits(self.model))

    def predict_batch(self, images: np.ndarray) -> object:
        return self.model.predict_on_batch(images)

    def targets(self, labels: np.ndarray) -> np.ndarray:
        """Labels as the model's loss wants them."""
        return targets(
            self.model,
            labels,
            classes=len(self.task.record.class_names),
            outputs=outputs(self.model, self.task),
        )


def validation_metrics(
    program: Program, task: Task, rows: np.ndarray | None = None
) -> dict[str, float]:
    """Of a program's model on the validation images, or on some of them."""
    labels = task.validation.labels
    if rows is not None:
        labels = labels[rows]
    return scores.classification(program.validate(rows), labels, "validation")


def from_logits(model: keras.Model) -> bool:
    """Whether a classifier returns logits, as its loss tells."""
    return bool(getattr(model.loss, "from_logits", False))


def targets(
    model: keras.Model, labels: np.ndarray, *, classes: int, outputs: int
) -> np.ndarray:
    """Encode labels as the model's loss wants them.

    Args:
        model: Compiled.
        labels: ``(n,)``, class indices.
        classes: Number of classes.
        outputs: That the model returns for an image.

    Returns:
        ``(n,)`` indices for a sparse loss, ``(n, 1)`` for a single output, one-hot
        ``(n, classes)`` otherwise.
    """
    if "sparse" in _loss_name(model.loss).lower():
        return labels
    if outputs == 1:
        return labels[:, None].astype("float32")
    one_hot: np.ndarray = np.eye(classes, dtype="float32")[labels]
    return one_hot


def _loss_name(loss: Any) -> str:
    if isinstance(loss, str):
        return loss
    return str(getattr(loss, "name", None) or getattr(loss, "__name__", ""))


def outputs(model: keras.Model, task: Task) -> int:
    """How many outputs a classifier has for an image.

    Raises:
        ValueError: The model isn't compiled, or returns what no classifier of this
            task can.
    """
    if not getattr(model, "compiled", False):
        raise ValueError("build(hp) must return a compiled model; it is not compiled")
    classes = len(task.record.class_names)
    if hasattr(model, "output_shape"):
        shape = model.output_shape
    else:  # it was given no Input, and gets its shapes and weights when called
        shape = (None, *model(task.train.images[:1]).shape[1:])
    single = classes == 2 and shape == (None, 1)
    if shape != (None, classes) and not single:
        raise ValueError(
            f"a classifier of {classes} classes must return (batch, {classes}); this "
            f"model returns {shape}"
        )
    return int(shape[1])
