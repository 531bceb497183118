"""Whole epochs of ``model.fit`` and ``model.evaluate`` on TensorFlow, in one call each.

Other than ``tensorflow_epochs``, which knows images and classes, this serves any model
and any arrays: several inputs and outputs, sample weights, regression. Keras' own
``train_step`` and ``test_step`` run on batches that a loop gathers from tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from bench.training.compiled import kernels
from bench.training.compiled.graph_numbers import GraphNumbers
from bench.training.compiled.optimizers import optimized, optimizer_variables
from bench.training.compiled.slot import metrics_of
from bench.training.compiled.step_logs import StepLogs
from bench.training.private_api import new_gradients_forgotten

Data = Any
"""What a step takes: a tensor, or nested tuples and mappings of tensors, whose first
dimension counts the examples."""


class FitProgram:
    """A Keras model whose epochs and evaluations are one call each.

    Models of the same structure take turns: ``load`` copies one in, ``unload`` back.

    Args:
        model: Compiled and built, as its metrics and optimizer are; it is kept.
        data: Data that it trains on; a program serves data of these shapes and types.
        validation: Data that it is evaluated on; None for none.

    Attributes:
        numbers: Of the model whose turn it is. As in Keras' own ``fit`` they stay as
            they are while it trains, even if a callback changes its layers.
    """

    def __init__(
        self, model: keras.Model, data: Data, validation: Data | None = None
    ) -> None:
        self.model = model
        for optimizer, weights in optimized(model):
            kernels.use(optimizer, weights)
        self._train_logs = StepLogs(model, "train_step", "compute_metrics")
        self._test_logs = StepLogs(model, "test_step", "compute_metrics")
        number = tf.TensorSpec((), tf.int32)
        order = tf.TensorSpec((None,), tf.int32)
        self.numbers = GraphNumbers(model)
        with self.numbers.traced():
            self._train = _traced(self._train_epoch, _specs(data), order, number)
            if validation is not None:
                specs = _specs(validation)
                self._test = _traced(self._test_range, specs, number, number, number)

    def load(self, model: keras.Model) -> None:
        """Copy a model's weights, random states and optimizer in, unless it is ours."""
        _copy(model, self.model)

    def unload(self, model: keras.Model) -> None:
        """Copy the state of training to a model that was loaded."""
        _copy(self.model, model)

    def train(self, data: Data, order: np.ndarray, batch_size: int) -> dict[str, float]:
        """Train one epoch, and return its loss and metrics.

        Args:
            data: As the program was made for.
            order: Indices of examples in the order of training, ``(n,)``.
            batch_size: Number of examples in a batch; the last may be smaller.
        """
        self.model.reset_metrics()
        packed = self._train(data, tf.constant(order, tf.int32), _number(batch_size))
        return metrics_of(self.model, self._train_logs.named(packed))

    def test(self, data: Data, examples: range, batch_size: int) -> dict[str, float]:
        """Loss and metrics of some examples; the model stays as it is.

        Args:
            data: As the program was made for.
            examples: Their indices, in steps of 1.
            batch_size: Number of examples in a batch; the last may be smaller.
        """
        self.model.reset_metrics()
        numbers = map(_number, (examples.start, examples.stop, batch_size))
        packed = self._test(data, *numbers)
        return metrics_of(self.model, self._test_logs.named(packed))

    # Traced ----------------------------------------------------------------

    def _train_epoch(
        self, data: Data, order: tf.Tensor, batch_size: tf.Tensor
    ) -> tf.Tensor:
        def step(start: tf.Tensor) -> tf.Tensor:
            batch = _gathered(data, order[start : start + batch_size])
            with new_gradients_forgotten():
                return self._train_logs.packed(self.model.train_step(batch))

        return _looped(step, tf.constant(0), tf.shape(order)[0], batch_size)

    def _test_range(
        self, data: Data, start: tf.Tensor, stop: tf.Tensor, batch_size: tf.Tensor
    ) -> tf.Tensor:
        def step(start: tf.Tensor) -> tf.Tensor:
            indices = tf.range(start, tf.minimum(start + batch_size, stop))
            return self._test_logs.packed(
                self.model.test_step(_gathered(data, indices))
            )

        return _looped(step, start, stop, batch_size)


def tensors(data: Any) -> Data:
    """Arrays as tensors; floating point numbers as Keras' ``floatx``, as ``fit`` does.

    Args:
        data: An array, or nested tuples, lists and mappings of arrays.
    """

    def tensor(array: Any) -> tf.Tensor:
        value = tf.convert_to_tensor(array)
        return tf.cast(value, keras.config.floatx()) if _is_float(value) else value

    return keras.tree.map_structure(tensor, data)


def _is_float(value: tf.Tensor) -> bool:
    return bool(value.dtype.is_floating)


def _specs(data: Data) -> Any:
    """Signature of data with an open number of examples."""
    return keras.tree.map_structure(
        lambda t: tf.TensorSpec((None, *t.shape[1:]), t.dtype), data
    )


def _traced(function: Callable[..., tf.Tensor], *signature: Any) -> Any:
    """A traced function, called past TensorFlow's warning of many tracings."""
    return tf.function(
        function, autograph=False, input_signature=signature
    ).get_concrete_function()


def _number(value: int) -> tf.Tensor:
    return tf.constant(value, tf.int32)


def _gathered(data: Data, indices: tf.Tensor) -> Data:
    return keras.tree.map_structure(lambda t: tf.gather(t, indices), data)


def _looped(
    step: Callable[[tf.Tensor], tf.Tensor],
    start: tf.Tensor,
    stop: tf.Tensor,
    batch_size: tf.Tensor,
) -> tf.Tensor:
    """Run a step for each batch, and return the packed logs of the last."""
    _, logs = tf.while_loop(
        lambda begin, _: begin < stop,
        lambda begin, _: (begin + batch_size, step(begin)),
        (start, tf.zeros(0)),
        shape_invariants=(tf.TensorShape(()), tf.TensorShape((None,))),
        parallel_iterations=1,
    )
    return logs


def _copy(source: keras.Model, target: keras.Model) -> None:
    if source is target:
        return
    pairs = (
        (source.variables, target.variables),
        (optimizer_variables(source), optimizer_variables(target)),
    )
    for values, variables in pairs:
        for value, variable in zip(values, variables, strict=True):
            variable.assign(value)
