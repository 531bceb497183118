"""Fused epochs: one compiled call trains a whole epoch, on TensorFlow.

The call loops over batches that it gathers from arrays in the backend's memory and
runs the Keras model's own ``train_step``, so that losses, metrics, regularizers and
overridden steps keep Keras' meaning. No interpreter runs between two batches.

Whatever two trials of one structure may differ in is a variable or an argument of
the compiled program, the batch size included, so that the next such trial copies
its values in and runs.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.framework import ops

from bench.training.compiled import kernels
from bench.training.compiled.compiled_model import PREDICTION_BATCH, check_time
from bench.training.compiled.device_images import DeviceImages
from bench.training.compiled.optimizers import optimized
from bench.training.compiled.slot import ResidentModel
from bench.training.evaluators.evaluator import Judge

FIRST_STEPS, LONGEST_PIECE = 4, 0.5
"""Steps, and then seconds, after which an epoch with a deadline looks at the time."""

_SETTINGS = ("weight_decay", "momentum")
"""Numbers that optimizers write into their graph, made variables here."""


class CompiledProgram:
    """A resident model with a compiled training epoch and prediction pass.

    Args:
        model: Compiled; it stays here, and later models of its structure are
            copied into it by ``load``.
        images: What it trains on.
        judge: Says towards what, and what a trained model is given.
    """

    def __init__(self, model: keras.Model, images: DeviceImages, judge: Judge) -> None:
        self.model = model
        self.traces = 0
        self._images = images
        self._resident = ResidentModel(model, judge, _as_variables(model.optimizer))
        for optimizer, _ in optimized(model):
            kernels.use(optimizer)
        self._targets = tf.constant(judge.targets(model))
        self._resident.make_metrics(self._targets[:1])
        self.load = self._resident.load
        pixels = _open_ended(images.task.train.images)
        whole = tf.TensorSpec((), tf.int32)
        self._train = tf.function(
            self._train_epoch,
            autograph=False,
            input_signature=[
                pixels,
                _open_ended(self._targets),
                tf.TensorSpec((None,), tf.int32),
                tf.TensorSpec((None,), tf.float32),
                whole,
            ],
        )
        example = judge.example(model)
        self._forward = tf.function(
            self._predict_all,
            autograph=False,
            input_signature=[_open_ended(example), whole],
        )
        self._start(example)

    def train_epoch(
        self,
        order: np.ndarray,
        rates: np.ndarray | None,
        batch_size: int,
        deadline: float | None = None,
    ) -> dict[str, float]:
        rates = self._resident.rates(rates, len(order), batch_size)
        self.model.reset_metrics()
        for images, targets, rows in self._images.training_chunks(
            self._targets, order, batch_size
        ):
            for piece in _pieces(len(rows), batch_size, deadline):
                part = rows[piece]
                steps = -(-len(part) // batch_size)
                self._train(
                    images,
                    targets,
                    tf.constant(part, tf.int32),
                    tf.constant(rates[:steps], tf.float32),
                    tf.constant(batch_size, tf.int32),
                )
                rates = rates[steps:]
        return self._resident.metrics()

    def validate(self, rows: np.ndarray | None = None) -> np.ndarray:
        return self._outputs(self._images.validation_chunks(rows))

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        return self._outputs(self._images.chunks(inputs))

    def predict_batch(self, inputs: np.ndarray) -> object:
        return self._forward(tf.constant(inputs), tf.constant(len(inputs))).numpy()

    def _outputs(self, chunks: Iterable[tf.Tensor]) -> np.ndarray:
        batch_size = tf.constant(PREDICTION_BATCH, tf.int32)
        outputs = [self._forward(inputs, batch_size).numpy() for inputs in chunks]
        return np.concatenate(outputs)

    def _start(self, example: np.ndarray) -> None:
        """Trace and place both programs, training on no image and looking at one."""
        nothing = np.zeros(0, int)
        self.train_epoch(nothing, nothing, 1)
        self.predict(example)

    # Traced ----------------------------------------------------------------

    def _train_epoch(
        self,
        images: tf.Tensor,
        targets: tf.Tensor,
        order: tf.Tensor,
        rates: tf.Tensor,
        batch_size: tf.Tensor,
    ) -> None:
        self.traces += 1  # Python, so it happens once a trace

        def step(start: tf.Tensor, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            if self._resident.has_rates:
                self.model.optimizer.learning_rate = rates[index]
            rows = order[start : start + batch_size]
            batch = (tf.gather(images, rows), tf.gather(targets, rows))
            with _gradients_forgotten():
                self.model.train_step(batch)
            return start + batch_size, index + 1

        tf.while_loop(
            lambda start, index: start < tf.shape(order)[0],
            step,
            (tf.constant(0), tf.constant(0)),
            parallel_iterations=1,
        )

    def _predict_all(self, inputs: tf.Tensor, batch_size: tf.Tensor) -> tf.Tensor:
        batches = (tf.shape(inputs)[0] + batch_size - 1) // batch_size
        outputs = tf.TensorArray(
            self.model.compute_dtype, size=batches, infer_shape=False
        )

        def step(index: tf.Tensor, done: tf.TensorArray) -> tuple[Any, Any]:
            start = index * batch_size
            output = self.model(inputs[start : start + batch_size], training=False)
            return index + 1, done.write(index, output)

        _, outputs = tf.while_loop(
            lambda index, done: index < batches,
            step,
            (tf.constant(0), outputs),
            parallel_iterations=1,
        )
        return outputs.concat()


def _pieces(count: int, batch_size: int, deadline: float | None) -> Iterator[slice]:
    """Parts of an epoch that take a call each; one, where there is no deadline.

    A deterministic program may not look at the time, so this does, about twice a
    second.

    Raises:
        CutShortError: The deadline came before the end.
    """
    if deadline is None:
        yield slice(0, count)
        return
    start, steps = 0, FIRST_STEPS
    while start < count:
        check_time(deadline)
        began = time.perf_counter()
        end = start + steps * batch_size
        yield slice(start, end)
        took = max(time.perf_counter() - began, 1e-6)
        start, steps = end, max(1, round(steps * LONGEST_PIECE / took))


def _open_ended(tensor: tf.Tensor) -> tf.TensorSpec:
    """A signature that leaves the number of rows open, so that none is traced anew."""
    return tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype)


@contextmanager
def _gradients_forgotten() -> Iterator[None]:
    """Take from TensorFlow's registry the gradient functions that were added meanwhile.

    It keeps one for every custom gradient that was ever traced, as each of Keras'
    optimizers has one, and through it the whole graph. Once a step's own gradients
    are taken, nobody asks for them.
    """
    registry = ops.gradient_registry._registry
    known = set(registry)
    yield
    for name in set(registry) - known:
        del registry[name]


class _Setting(keras.Variable):  # type: ignore[misc]
    """A number of an optimizer that is asked whether it differs from 0.

    SGD keeps momentum slots only if it does; a program of that kind keeps them.
    """

    def __ne__(self, other: object) -> bool:
        return True

    __hash__ = keras.Variable.__hash__


def _as_variables(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    """Turn constants of an optimizer that isn't built yet into variables."""
    settings = {}
    for name in _SETTINGS:
        value = getattr(optimizer, name, None)
        if isinstance(value, int | float) and value:
            settings[name] = _Setting(float(value), name=name, trainable=False)
            # Not as an attribute that Keras tracks: it is no part of its state.
            object.__setattr__(optimizer, name, settings[name])
    return settings
