"""The arguments of a call of ``fit``, and what compiled epochs can't do exactly."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from bench.training.overrides import overrides

MAX_BYTES = 2**30
"""Maximum bytes of the data of a call, which are copied into the backend's memory."""

BATCH = 32
"""Keras' default batch size."""

BATCH_HOOKS = tuple(
    f"on_{kind}batch_{moment}"
    for kind in ("", "train_", "test_")
    for moment in ("begin", "end")
)

LOOP_METHODS = (
    "make_train_function",
    "make_test_function",
    "evaluate",
    "reset_metrics",
    "get_metrics_result",
)
"""Methods of a model that our loop doesn't call, or not at the same moments."""

_UNUSED = {
    "steps_per_epoch": (None,),
    "validation_steps": (None,),
    "validation_freq": (1,),
}
"""Arguments of ``fit`` that must have one of these values."""


class NotCompilable(Exception):  # noqa: N818, as it is no error
    """Compiled epochs can't do exactly what Keras' ``fit`` would; says why."""


@dataclass(frozen=True, kw_only=True)
class FitRequest:
    """What a call of ``fit`` asks for.

    Attributes:
        data: ``x``, or ``(x, y)``, or ``(x, y, sample_weight)``.
        validation: The same, for validation; ``data`` itself if a part of it
            validates; None for none.
        training, validating: Which examples of them train and validate.
        batch_size, validation_batch_size: Numbers of examples.
        first, last: Epochs from ``first``, before ``last``.
        shuffle: Whether each epoch has another order.
        callbacks: As they were given.
        verbose: As it was given.
    """

    data: Any
    validation: Any
    training: range
    validating: range
    batch_size: int
    validation_batch_size: int
    first: int
    last: int
    shuffle: bool
    callbacks: Sequence[keras.callbacks.Callback]
    verbose: Any

    @property
    def steps(self) -> int:
        """Number of batches in an epoch."""
        return -(-len(self.training) // self.batch_size)

    def order(self) -> np.ndarray:
        """Indices of examples in the order of the next epoch, ``(n,)``."""
        examples = np.arange(self.training.start, self.training.stop)
        # By NumPy's global generator, which a user's seed sets.
        return np.random.permutation(examples) if self.shuffle else examples


def read(model: keras.Model, arguments: Mapping[str, Any]) -> FitRequest:
    """Read the arguments of a call.

    Args:
        model: Whose ``fit`` was called.
        arguments: All of them, defaults included.

    Raises:
        NotCompilable: Keras' own ``fit`` must serve the call.
    """
    _check_model(model)
    for name, allowed in _UNUSED.items():
        if arguments[name] not in allowed:
            raise NotCompilable(f"fit was called with {name}")
    callbacks = _callbacks(arguments["callbacks"])
    data = _packed(arguments["x"], arguments["y"], _weights(arguments))
    count = _count(data)
    validation, split = arguments["validation_data"], count
    validating = range(0)
    if validation is not None:
        validation = _packed(*keras.utils.unpack_x_y_sample_weight(validation))
        validating = range(_count(validation))
    elif arguments["validation_split"]:
        split = math.floor(count * (1 - arguments["validation_split"]))
        validation, validating = data, range(split, count)
    if split == 0 or (validation is not None and not validating):
        raise NotCompilable("there is nothing to train on, or to validate with")
    size = arguments["batch_size"] or BATCH
    return FitRequest(
        data=data,
        validation=validation,
        training=range(split),
        validating=validating,
        batch_size=size,
        validation_batch_size=arguments["validation_batch_size"] or size,
        first=arguments["initial_epoch"],
        last=arguments["epochs"],
        shuffle=_shuffle(arguments["shuffle"]),
        callbacks=callbacks,
        verbose=arguments["verbose"],
    )


def _check_model(model: keras.Model) -> None:
    if keras.backend.backend() != "tensorflow":
        raise NotCompilable(f"Keras runs on {keras.backend.backend()}")
    if not model.compiled or model.optimizer is None:
        raise NotCompilable("the model isn't compiled with an optimizer")
    if model.run_eagerly:
        raise NotCompilable("the model runs eagerly")
    if overrides(model, *LOOP_METHODS):
        raise NotCompilable("the model has its own training or test loop")
    if model.distribute_strategy.num_replicas_in_sync > 1:
        raise NotCompilable("the model is distributed")
    if keras.config.max_epochs() or keras.config.max_steps_per_epoch():
        raise NotCompilable("Keras limits the epochs or their steps")


def _callbacks(given: Any) -> list[keras.callbacks.Callback]:
    if isinstance(given, keras.callbacks.CallbackList):
        raise NotCompilable("fit was called with a CallbackList")
    callbacks = keras.tree.flatten(given) if given else []
    for callback in callbacks:
        if _needs_batches(callback):
            raise NotCompilable(f"{type(callback).__name__} is called after each batch")
    return callbacks


def _needs_batches(callback: Any) -> bool:
    """Whether a callback acts on batches, rather than on epochs only."""
    if tuner := getattr(callback, "tuner", None):  # Keras Tuner's own callback
        return overrides(tuner, "on_batch_begin", "on_batch_end")
    if isinstance(callback, keras.callbacks.BackupAndRestore):
        return True
    if overrides(callback, *BATCH_HOOKS):
        return True
    frequencies = (
        getattr(callback, name, "epoch") for name in ("save_freq", "update_freq")
    )
    return any(f != "epoch" for f in frequencies) or bool(
        getattr(callback, "_should_trace", False)
    )


def _weights(arguments: Mapping[str, Any]) -> Any:
    """Weights of the examples, or those of their classes; None for none."""
    weights, of_classes = arguments["sample_weight"], arguments["class_weight"]
    if weights is None and of_classes is None:
        return None
    is_both = weights is not None and of_classes is not None
    if is_both or keras.tree.is_nested(arguments["y"]):
        raise NotCompilable("it weights several outputs, or in two ways")
    if of_classes is None:
        return weights
    classes = np.asarray(arguments["y"])
    if classes.ndim > 1:
        is_encoded = classes.shape[-1] != 1
        classes = classes.argmax(axis=-1) if is_encoded else classes[..., 0]
    numbers = np.round(classes).astype(int)
    return np.vectorize(lambda n: of_classes.get(n, 1.0), otypes=[float])(numbers)


def _packed(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    given = [part for part in (x, y, sample_weight) if part is not None]
    arrays = keras.tree.flatten(given)
    for array in arrays:
        if not _is_dense(array):
            raise NotCompilable(f"its data are {_kind(array)}, not arrays of numbers")
    if sum(array.nbytes for array in map(np.asarray, arrays)) > MAX_BYTES:
        raise NotCompilable(f"its data take more than {MAX_BYTES >> 30} GiB")
    return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)


def _is_dense(array: Any) -> bool:
    if isinstance(array, np.ndarray):
        return array.ndim > 0 and array.dtype.kind in "fiub"
    return bool(keras.ops.is_tensor(array)) and hasattr(array, "numpy")


def _kind(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"arrays of {value.dtype}"
    return f"of type {type(value).__name__}"


def _count(data: Any) -> int:
    counts = {len(array) for array in keras.tree.flatten(data)}
    if len(counts) != 1:
        raise NotCompilable("its arrays have different lengths")
    count: int = counts.pop()
    return count


def _shuffle(given: Any) -> bool:
    if not isinstance(given, bool | np.bool_):
        raise NotCompilable(f"fit was called with shuffle={given!r}")
    return bool(given)
