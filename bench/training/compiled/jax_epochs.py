"""JAX epochs: one compiled call trains a whole epoch.

``lax.scan`` carries the state of the Keras model through the model's own stateless
``train_step``, batch by batch. A smaller last batch is a call of its own.

On a CPU every batch is a call of its own: XLA computes the convolutions of a loop there
by a slow kernel, which took 20 times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
from jax import lax

from bench.datasets import Task
from bench.training.compiled.compiled_model import PREDICTION_BATCH, with_share
from bench.training.compiled.jax_devices import devices
from bench.training.compiled.slot import ModelSlot
from bench.training.compiled.supervision import Supervision
from bench.training.overrides import overrides
from bench.training.private_api import learning_rate_variable
from bench.training.time_limit import check_time, is_limited, is_time_up

State = tuple[list[Any], ...]
"""Values of the trainable, non-trainable, optimizer and metric variables."""

Train = Callable[..., tuple[State, Any]]
"""Trains as ``train_batches`` of a ``JaxModel``."""


class DeviceImages:
    """The images of a task in the backend's memory, shared by all models of a cache.

    Args:
        task: The task, with images as the family takes them.
        names: Of the devices that train a model together; empty for the default one.
    """

    def __init__(self, task: Task, names: Sequence[str] = ()) -> None:
        self.task = task
        self.devices = devices(names)
        self.train = self.devices.everywhere(task.train.images)
        self.validation = (
            self.train
            if task.validation is task.train
            else self.devices.everywhere(task.validation.images)
        )


class JaxModel:
    """A ``CompiledModel`` on JAX.

    Args:
        model: A fresh, compiled Keras model. It is kept; ``load`` copies later models
            of its structure into it.
        images: Images that the model trains on.
        supervision: Checks the model, and gives its targets.

    Attributes:
        traces: How often training was traced.
        slot: Holds the model.
        data: Training images and their targets, on the device.
        group_programs: Compiled steps of groups, by the shape of their batches.

    Raises:
        ValueError: The model doesn't fit the task.
    """

    def __init__(
        self, model: keras.Model, images: DeviceImages, supervision: Supervision
    ) -> None:
        self.model = model
        self.traces = 0
        self._images, self._devices = images, images.devices
        self.slot = ModelSlot(model, supervision)
        targets = self._devices.everywhere(supervision.targets(model))
        self.data = images.train, targets
        self.slot.build_metrics(targets[:1])
        self._rate_index = _rate_index(model) if self.slot.has_rates else None
        self._has_logs = overrides(model, "train_step", "compute_metrics")
        self._predicts = overrides(model, "predict_step")
        self._train = jax.jit(self.train_batches, donate_argnums=0)
        self.group_programs: dict[tuple[int, ...], Any] = {}
        self._forward = jax.jit(self._predict_batches)
        self.load = self.slot.load

    def train_epoch(
        self,
        order: np.ndarray,
        rates: np.ndarray | None,
        batch_size: int,
    ) -> dict[str, float]:
        rates = self.slot.rates(rates, len(order), batch_size)
        self.model.reset_metrics()
        state, logs, trained = self.run_epoch(
            self._train, self.state(), order, rates, batch_size
        )
        self.assign(state)
        return with_share(self.slot.metrics(logs), trained, len(order))

    def run_epoch(
        self,
        train: Train,
        state: State,
        order: np.ndarray,
        rates: np.ndarray,
        batch_size: int,
    ) -> tuple[State, Any, int]:
        """Train batches until the epoch, or its time, ends.

        Args:
            train: Trains several batches of one size.
            state: What it starts from, which may be overwritten.
            order: As of ``train_epoch``, ``(n, ...)``.
            rates: Learning rate of each step, ``(steps, ...)``.
            batch_size: Number of images in a batch.

        Returns:
            The state, the logs of the last batch, and the number of images trained on.
        """
        logs, trained = None, 0
        for batches in pieces(order, batch_size):
            if trained and is_time_up():
                break
            state, logs = train(
                state,
                *self.data,
                batches,
                np.asarray(rates[: len(batches)], "float32"),
            )
            rates = rates[len(batches) :]
            trained += batches.shape[0] * batches.shape[1]
            if is_limited():
                jax.block_until_ready(state)
        return state, logs, trained

    def validate(self, indices: np.ndarray | None = None) -> np.ndarray:
        images = self._images.validation
        if indices is not None:
            images = images[indices]
        return self._outputs(images, PREDICTION_BATCH)

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        return self._outputs(jnp.asarray(inputs), PREDICTION_BATCH)

    def predict_batch(self, inputs: np.ndarray) -> object:
        return self._outputs(jnp.asarray(inputs), len(inputs))

    def _outputs(self, images: jax.Array, batch_size: int) -> np.ndarray:
        trainable, others, *_ = self.state()
        outputs: list[np.ndarray] = []
        for batches in pieces(images, batch_size):
            if outputs:
                check_time()
            outputs.append(np.asarray(self._forward(trainable, others, batches)))
        return np.concatenate(outputs)

    def state(self) -> State:
        """The values of all variables."""
        parts = ([v.value for v in part] for part in _variables(self.model))
        state: State = self._devices.everywhere(tuple(parts))
        return state

    def assign(self, state: State) -> None:
        """Give all variables other values."""
        for variables, values in zip(_variables(self.model), state, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)

    # Traced ----------------------------------------------------------------

    def train_batches(
        self,
        state: State,
        images: jax.Array,
        targets: jax.Array,
        batches: jax.Array,
        rates: jax.Array,
    ) -> tuple[State, Any]:
        """Train on the images of batches ``(batches, indices)``."""
        self.traces += 1  # Python code runs only while training is traced

        def step(state: State, item: tuple[Any, Any]) -> tuple[State, Any]:
            indices, rate = item
            if self._rate_index is not None:
                state[2][self._rate_index] = rate
            batch = self._devices.divided((images[indices], targets[indices]))
            logs, state = self.model.train_step(state, batch)
            state = self._devices.everywhere(tuple(list(part) for part in state))
            # Keras' own logs are the metrics, which are read after the epoch.
            return state, logs if self._has_logs else None

        if len(batches) == 1:
            return step(state, (batches[0], rates[0]))
        state, logs = lax.scan(step, state, (batches, rates))
        return state, jax.tree.map(lambda values: values[-1], logs)

    def _predict_batches(self, trainable: Any, others: Any, batches: jax.Array) -> Any:
        def forward(images: jax.Array) -> Any:
            images = self._devices.divided(images)
            if self._predicts:
                state = (trainable, others)
                return self.model.predict_step(state, (images,))[0]
            outputs, _ = self.model.stateless_call(
                trainable, others, images, training=False
            )
            return outputs

        if len(batches) == 1:
            return forward(batches[0])
        outputs = lax.map(forward, batches)
        return outputs.reshape(-1, *outputs.shape[2:])


def pieces(items: Any, batch_size: int) -> Iterator[Any]:
    """Divide images or their indices into batches that one call takes.

    Yields:
        ``(batches, batch size, ...)``; at last one smaller batch, ``(1, images, ...)``.
    """
    full = len(items) // batch_size * batch_size
    size = batch_size if jax.default_backend() == "cpu" else full
    for start in range(0, full, max(size, 1)):
        piece = items[start : start + size]
        yield piece.reshape(-1, batch_size, *items.shape[1:])
    if full < len(items):
        yield items[full:][None]


def _variables(model: keras.Model) -> tuple[list[keras.Variable], ...]:
    return (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    )


def _rate_index(model: keras.Model) -> int:
    """Index of the learning rate among the optimizer's variables."""
    rate = learning_rate_variable(model.optimizer)
    return [variable is rate for variable in model.optimizer.variables].index(True)
