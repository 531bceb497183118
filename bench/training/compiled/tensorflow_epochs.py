"""TensorFlow epochs: one compiled call trains a whole epoch.

The call loops over batches that it gathers from tensors in the backend's memory and
runs the Keras model's own ``train_step``, so that losses, metrics, regularizers and
overridden steps keep their meaning. No interpreter runs between two batches.

Everything in which two trials of one structure may differ, the batch size included,
is a variable or an argument of the traced epoch. So the next trial copies its values
in and runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from bench.training.compiled import kernels
from bench.training.compiled.compiled_model import PREDICTION_BATCH, with_share
from bench.training.compiled.device_images import DeviceImages
from bench.training.compiled.graph_numbers import GraphNumbers
from bench.training.compiled.optimizers import optimized
from bench.training.compiled.slot import ModelSlot
from bench.training.compiled.step_logs import StepLogs
from bench.training.compiled.supervision import Supervision
from bench.training.overrides import overrides
from bench.training.private_api import new_gradients_forgotten
from bench.training.time_limit import check_time, is_time_up, pieces


class TensorFlowModel:
    """A ``CompiledModel`` on TensorFlow.

    Args:
        model: A fresh, compiled Keras model. It is kept; ``load`` copies later models
            of its structure into it.
        images: Images that the model trains on.
        supervision: Checks the model, and gives its targets and an example.

    Attributes:
        traces: How often the training epoch was traced.

    Raises:
        ValueError: The model doesn't fit the task.
    """

    def __init__(
        self, model: keras.Model, images: DeviceImages, supervision: Supervision
    ) -> None:
        self.model = model
        self.traces = 0
        self._logs = StepLogs(model, "train_step", "compute_metrics")
        self._images = images
        self._slot = ModelSlot(model, supervision)
        self._numbers = GraphNumbers(model)
        for optimizer, weights in optimized(model):
            kernels.use(optimizer, weights)
        self._targets = tf.constant(supervision.targets(model))
        self._slot.build_metrics(self._targets[:1])
        pixels = _open_ended(images.task.train.images)
        batch_size = tf.TensorSpec((), tf.int32)
        self._train = tf.function(
            self._train_epoch,
            autograph=False,
            input_signature=[
                pixels,
                _open_ended(self._targets),
                tf.TensorSpec((None,), tf.int32),
                tf.TensorSpec((None,), tf.float32),
                batch_size,
            ],
        )
        example = supervision.example(model)
        self._forward = tf.function(
            self._predict_batch,
            autograph=False,
            input_signature=[_open_ended(example)],
        )
        with self._numbers.traced():
            self._start(example)

    def load(self, model: keras.Model) -> None:
        """Take over the values of a fresh model of the same structure."""
        self._slot.load(model)
        self._numbers.load(model)

    def train_epoch(
        self,
        order: np.ndarray,
        rates: np.ndarray | None,
        batch_size: int,
    ) -> dict[str, float]:
        rates = self._slot.rates(rates, len(order), batch_size)
        self.model.reset_metrics()
        trained = 0
        for images, targets, part in self._pieces(order, batch_size):
            if trained and is_time_up():
                break
            steps = -(-len(part) // batch_size)
            logs = self._train(
                images,
                targets,
                tf.constant(part, tf.int32),
                tf.constant(rates[:steps], tf.float32),
                tf.constant(batch_size, tf.int32),
            )
            rates, trained = rates[steps:], trained + len(part)
        named = self._logs.named(logs) if len(order) else None
        return with_share(self._slot.metrics(named), trained, len(order))

    def _pieces(
        self, order: np.ndarray, batch_size: int
    ) -> Iterator[tuple[tf.Tensor, tf.Tensor, np.ndarray]]:
        """Pieces of an epoch that are trained by one call each.

        Deterministic TensorFlow operations can't read the clock within a call.
        """
        for images, targets, indices in self._images.training_chunks(
            self._targets, order, batch_size
        ):
            for piece in pieces(len(indices), batch_size):
                yield images, targets, indices[piece]

    def validate(self, indices: np.ndarray | None = None) -> np.ndarray:
        return self._outputs(self._images.validation_chunks(indices))

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        return self._outputs(self._images.chunks(inputs))

    def predict_batch(self, inputs: np.ndarray) -> object:
        return self._forward(tf.constant(inputs)).numpy()

    def _outputs(self, chunks: Iterable[tf.Tensor]) -> np.ndarray:
        """Outputs for all images, by a call for each batch.

        A loop in the graph would take longer to trace than it saves: there are few
        batches, and no gradients.
        """
        outputs: list[np.ndarray] = []
        for batch in _batches(chunks):
            if outputs:
                check_time()
            outputs.append(self._forward(batch).numpy())
        return np.concatenate(outputs)

    def _start(self, example: np.ndarray) -> None:
        """Trace the training epoch on no image, and the prediction on one."""
        no_images = np.zeros(0, int)
        self.train_epoch(no_images, no_images, 1)
        self.predict(example)

    # Traced ----------------------------------------------------------------

    def _train_epoch(
        self,
        images: tf.Tensor,
        targets: tf.Tensor,
        order: tf.Tensor,
        rates: tf.Tensor,
        batch_size: tf.Tensor,
    ) -> tf.Tensor:
        """Train on the images of an order, and return the packed logs of a step."""
        self.traces += 1  # Python code runs only while the epoch is traced

        def step(start: tf.Tensor, index: tf.Tensor, _: tf.Tensor) -> tuple[Any, ...]:
            if self._slot.has_rates:
                self.model.optimizer.learning_rate = rates[index]
            indices = order[start : start + batch_size]
            batch = (tf.gather(images, indices), tf.gather(targets, indices))
            with new_gradients_forgotten():
                logs = self._logs.packed(self.model.train_step(batch))
            return start + batch_size, index + 1, logs

        *_, logs = tf.while_loop(
            lambda start, *_: start < tf.shape(order)[0],
            step,
            (tf.constant(0), tf.constant(0), tf.zeros(0)),
            shape_invariants=tuple(map(tf.TensorShape, ((), (), (None,)))),
            parallel_iterations=1,
        )
        return logs

    def _predict_batch(self, batch: tf.Tensor) -> tf.Tensor:
        if overrides(self.model, "predict_step"):
            outputs = self.model.predict_step((batch,))
        else:
            outputs = self.model(batch, training=False)
        return tf.cast(outputs, tf.float32)


def _batches(chunks: Iterable[tf.Tensor]) -> Iterator[tf.Tensor]:
    for chunk in chunks:
        for start in range(0, max(1, len(chunk)), PREDICTION_BATCH):
            yield chunk[start : start + PREDICTION_BATCH]


def _open_ended(tensor: tf.Tensor) -> tf.TensorSpec:
    """A signature with an open first dimension, so that no length is traced anew."""
    return tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype)
