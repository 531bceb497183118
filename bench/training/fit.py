"""Trains an epoch by ``model.fit``: the reference for every faster way."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from bench.training import scores
from search_spaces.blocks import LearningRates

PREDICTION_BATCH = 256


class FitProgram:
    """Trains and predicts with one compiled Keras model.

    Args:
        model: Compiled; its loss says how labels are encoded.
        images: ``(n, height, width, channels)``.
        labels: ``(n,)``, class indices.
        classes: Number of classes.
        batch_size: Of training; the last batch of an epoch may be smaller.
    """

    def __init__(
        self,
        model: keras.Model,
        images: np.ndarray,
        labels: np.ndarray,
        *,
        classes: int,
        batch_size: int,
    ) -> None:
        self._classes = classes
        self._outputs = _outputs(model, images, classes)
        self.model = model
        self._images = images
        self._targets = self.targets(labels)
        self._batch_size = batch_size
        self.steps_per_epoch = -(-len(images) // batch_size)

    def train_epoch(
        self, order: np.ndarray, rates: np.ndarray | None
    ) -> dict[str, float]:
        """Train one epoch.

        Args:
            order: ``(n,)``, a permutation of the images.
            rates: Learning rate of each step, ``(steps_per_epoch,)``; None leaves
                the optimizer its own.

        Returns:
            The training loss and metrics that the model was compiled with.
        """
        history = self.model.fit(
            self._images[order],
            self._targets[order],
            batch_size=self._batch_size,
            shuffle=False,
            verbose=0,
            callbacks=[] if rates is None else [LearningRates(rates)],
        )
        return {name: float(values[-1]) for name, values in history.history.items()}

    def targets(self, labels: np.ndarray) -> np.ndarray:
        """Labels as the model's loss wants them."""
        return targets(self.model, labels, classes=self._classes, outputs=self._outputs)

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Class probabilities ``(n, classes)``."""
        return predict(self.model, images)


def predict(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Class probabilities ``(n, classes)`` of a compiled classifier."""
    outputs = model.predict(images, batch_size=PREDICTION_BATCH, verbose=0)
    from_logits = bool(getattr(model.loss, "from_logits", False))
    return scores.normalized(np.asarray(outputs), from_logits)


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


def _outputs(model: keras.Model, images: np.ndarray, classes: int) -> int:
    """Check what a model returns, and say how many outputs that are an image."""
    if not getattr(model, "compiled", False):
        raise ValueError("build(hp) must return a compiled model; it is not compiled")
    if hasattr(model, "output_shape"):
        shape = model.output_shape
    else:  # it was given no Input, and gets its shapes and weights when called
        shape = (None, *model(images[:1]).shape[1:])
    single = classes == 2 and shape == (None, 1)
    if shape != (None, classes) and not single:
        raise ValueError(
            f"a classifier of {classes} classes must return (batch, {classes}); this "
            f"model returns {shape}"
        )
    return int(shape[1])
