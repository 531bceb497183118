"""Which labels and which outputs the loss of a classifier is written for.

The losses of Keras and of this project are known. Any other loss is asked by a small
batch.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from bench.records import Value
from bench.training.overrides import overrides
from bench.training.private_api import compute_loss

INTEGER, ONE_HOT = "integer", "one-hot"

_ADAPTIVE = ("crossentropy", "ce")
"""Names of a loss by which Keras chooses a cross-entropy that suits the labels."""

_KNOWN = ("keras.", "search_spaces.")
"""Beginnings of the names of modules whose losses tell their labels by their names."""

_HIGH = 0.9
"""Output of the predicted class in a batch that asks a loss."""

_MARGIN = 1e-3
"""Share of a loss by which it must fall for right predictions; rounding is less."""


def label_kind(
    model: keras.Model, images: np.ndarray, classes: int, option: Value = "auto"
) -> str:
    """Find out which labels the loss of a classifier takes.

    The losses of Keras take class indices if they are sparse, else one-hot vectors.
    Any other loss is called with both on a batch of twice as many images as classes,
    so that labels of a wrong shape do not fit. If both can be computed, the loss takes
    the labels for which it is lower when every prediction is right than when every
    prediction is wrong; if that is so for both or for none, class indices, which most
    data sets come with. A model without a loss, whose own training step computes one,
    gets class indices too.

    Args:
        model: The classifier.
        images: A few images, ``(n, height, width, channels)``.
        classes: Number of classes, which the model has outputs for.
        option: ``integer`` or ``one-hot`` as the user says, or ``auto``.

    Returns:
        ``INTEGER`` or ``ONE_HOT``.

    Raises:
        ValueError: The loss takes neither.
    """
    if option in (INTEGER, ONE_HOT):
        return str(option)
    loss = single_loss(model)
    name = _known_name(loss)
    if name is not None:
        return INTEGER if "sparse" in name.lower() else ONE_HOT
    if overrides(model, "compute_loss"):
        images = np.resize(images, (2 * classes, *images.shape[1:]))
        found = _asked(functools.partial(_computed, model, images), classes)
        if isinstance(found, str):
            return found
    if loss is None:
        return INTEGER
    found = _asked(_Function(loss), classes)
    if isinstance(found, str):
        return found
    raise ValueError(
        "a loss must take class indices (batch,) or one-hot vectors (batch, classes); "
        f"{getattr(loss, '__name__', type(loss).__name__)!r} takes neither ({found}): "
        "mend it, or give --labels integer or --labels one-hot"
    )


def takes_scores(model: keras.Model) -> bool:
    """Whether the single output of a classifier of two classes has its border at 0.

    Logits and the margins of hinge losses have; probabilities have it at 0.5. The
    loss tells: for the second class it falls from -1 to 1 all the way, and doesn't
    rise again beyond 1, as a squared error does.
    """
    if declares_logits(model):
        return True
    loss = single_loss(model)
    name = _known_name(loss)
    if loss is None or name is not None:
        return name is not None and "hinge" in name.lower()
    of = _Function(loss)
    label = np.ones((1, 1), "float32")
    try:
        outputs = (-3.0, -1.0, 1.5, 3.0)
        at = [float(of(label, np.full((1, 1), z, "float32"))) for z in outputs]
    except Exception:  # an author's loss may raise anything
        return False
    return all(map(math.isfinite, at)) and at[0] > at[1] > at[2] >= at[3]


def declares_logits(model: keras.Model) -> bool:
    """Whether the loss of a model says that it takes logits."""
    loss = single_loss(model)
    arguments = getattr(loss, "keywords", {})  # of functools.partial
    return bool(getattr(loss, "from_logits", arguments.get("from_logits", False)))


def single_loss(model: keras.Model) -> Any:
    """The loss that a model was compiled with, taken out of a list or a dictionary."""
    loss = getattr(model, "loss", None)
    if isinstance(loss, Mapping):
        loss = list(loss.values())
    if isinstance(loss, list | tuple):
        return loss[0] if len(loss) == 1 else None
    return loss


def _known_name(loss: Any) -> str | None:
    """Name of a loss of Keras or of this project; None for any other."""
    if isinstance(loss, str):
        if loss in _ADAPTIVE:
            return loss
        loss = keras.losses.get(loss)  # a name may be registered by a user
    wrapped = getattr(loss, "fn", None)
    if type(loss).__name__ == "LossFunctionWrapper" and wrapped is not None:
        loss = wrapped
    if isinstance(loss, functools.partial):
        loss = loss.func
    definition = type(loss) if isinstance(loss, keras.losses.Loss) else loss
    is_known = getattr(definition, "__module__", "").startswith(_KNOWN)
    return definition.__name__ if is_known else None


class _Function(keras.losses.Loss):  # type: ignore[misc]
    """A loss or a function, called as Keras calls the loss of a compiled model."""

    def __init__(self, loss: Any) -> None:
        super().__init__()
        self._function = loss

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        if isinstance(self._function, keras.losses.Loss):
            return self._function(y_true, y_pred)
        return super().__call__(y_true, y_pred)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self._function(y_true, y_pred)


def _computed(
    model: keras.Model, images: np.ndarray, labels: np.ndarray, outputs: np.ndarray
) -> Any:
    """The loss by a model's own ``compute_loss``, which may need the images."""
    tensors = map(keras.ops.convert_to_tensor, (images, labels, outputs))
    value = compute_loss(model, *tensors)
    model.reset_metrics()
    return value


def _asked(loss: Callable[[Any, Any], Any], classes: int) -> str | Exception:
    """The labels that a loss takes; the error that it raises if it takes none."""
    indices = np.arange(2 * classes) % classes
    one_hot = np.eye(classes, dtype="float32")[indices]
    right = np.where(one_hot, _HIGH, (1 - _HIGH) / (classes - 1)).astype("float32")
    wrong = np.roll(right, 1, axis=0)  # as often each class as in the right ones
    falls, works = [], []
    error: Exception = ValueError("it is not finite")
    for kind, labels in ((INTEGER, indices), (ONE_HOT, one_hot)):
        try:
            low, high = (
                float(keras.ops.convert_to_numpy(loss(labels, outputs)))
                for outputs in (right, wrong)
            )
        except Exception as raised:  # an author's loss may raise anything
            error = raised
            continue
        works.append(kind)
        if high - low > _MARGIN * max(abs(high), abs(low)):
            falls.append(kind)
    candidates = falls or works
    return candidates[0] if candidates else error
