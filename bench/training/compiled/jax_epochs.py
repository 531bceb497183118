"""Scanned epochs: one compiled call trains a whole epoch, on JAX.

``lax.scan`` carries the state of the Keras model through its own stateless
``train_step``, batch by batch; a last, smaller batch is a step of its own.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
from jax import lax

from bench.datasets import Task
from bench.training.compiled.compiled_model import PREDICTION_BATCH
from bench.training.compiled.slot import ResidentModel
from bench.training.evaluators.evaluator import Judge

State = tuple[list[Any], ...]
"""Values of the trainable, other, optimizer's and metrics' variables."""


class DeviceImages:
    """The images of a task in the backend's memory, shared by all its programs.

    Args:
        task: As the family takes it.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        self.train = jnp.asarray(task.train.images)
        self.validation = (
            self.train
            if task.validation is task.train
            else jnp.asarray(task.validation.images)
        )


class CompiledProgram:
    """A resident model with a compiled training epoch and prediction pass.

    Args:
        model: Compiled; it stays here, and later models of its structure are
            copied into it by ``load``.
        images: What it trains on.
        judge: Says towards what.
    """

    def __init__(self, model: keras.Model, images: DeviceImages, judge: Judge) -> None:
        self.model = model
        self.traces = 0
        self._images = images
        self._resident = ResidentModel(model, judge, {})
        self._targets = jnp.asarray(judge.targets(model))
        self._resident.make_metrics(self._targets[:1])
        self._rate = _index_of_rate(model) if self._resident.has_rates else None
        self._train = jax.jit(self._train_epoch, donate_argnums=0)
        self._forward = jax.jit(self._predict_all)
        self.load = self._resident.load

    def train_epoch(
        self,
        order: np.ndarray,
        rates: np.ndarray | None,
        batch_size: int,
        deadline: float | None = None,
    ) -> dict[str, float]:
        rates = self._resident.rates(rates, len(order), batch_size)
        whole = len(order) // batch_size
        self.model.reset_metrics()
        state = self._train(
            _state(self.model),
            self._images.train,
            self._targets,
            jnp.asarray(order[: whole * batch_size].reshape(whole, batch_size)),
            jnp.asarray(order[whole * batch_size :]),
            jnp.asarray(rates, "float32"),
        )
        for variables, values in zip(_variables(self.model), state, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        return self._resident.metrics()

    def validate(self, rows: np.ndarray | None = None) -> np.ndarray:
        images = self._images.validation
        chosen = images if rows is None else images[rows]
        return np.asarray(self._outputs(chosen, PREDICTION_BATCH))

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        return np.asarray(self._outputs(jnp.asarray(inputs), PREDICTION_BATCH))

    def predict_batch(self, inputs: np.ndarray) -> object:
        return np.asarray(self._outputs(jnp.asarray(inputs), len(inputs)))

    def _outputs(self, images: jax.Array, batch_size: int) -> jax.Array:
        whole = len(images) // batch_size
        batches = images[: whole * batch_size].reshape(
            whole, batch_size, *images.shape[1:]
        )
        trainable, others, *_ = _state(self.model)
        outputs: jax.Array = self._forward(
            trainable, others, batches, images[whole * batch_size :]
        )
        return outputs

    # Traced ----------------------------------------------------------------

    def _train_epoch(
        self,
        state: State,
        images: jax.Array,
        targets: jax.Array,
        batches: jax.Array,
        rest: jax.Array,
        rates: jax.Array,
    ) -> State:
        self.traces += 1  # Python, so it happens once a trace

        def step(state: State, item: tuple[Any, Any]) -> tuple[State, None]:
            rows, rate = item
            if self._rate is not None:
                state[2][self._rate] = rate
            _, state = self.model.train_step(state, (images[rows], targets[rows]))
            return tuple(list(part) for part in state), None

        whole = len(batches)
        state, _ = lax.scan(step, state, (batches, rates[:whole]))
        if len(rest):
            state, _ = step(state, (rest, rates[whole]))
        return state

    def _predict_all(
        self, trainable: Any, others: Any, batches: jax.Array, rest: jax.Array
    ) -> jax.Array:
        def forward(images: jax.Array) -> Any:
            outputs, _ = self.model.stateless_call(
                trainable, others, images, training=False
            )
            return outputs

        outputs = [forward(rest)] if len(rest) else []
        if len(batches):
            whole = lax.map(forward, batches)
            outputs.insert(0, whole.reshape(-1, *whole.shape[2:]))
        return jnp.concatenate(outputs)


def _variables(model: keras.Model) -> tuple[list[keras.Variable], ...]:
    return (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    )


def _state(model: keras.Model) -> State:
    return tuple([variable.value for variable in part] for part in _variables(model))


def _index_of_rate(model: keras.Model) -> int:
    """Where the learning rate is among the optimizer's variables."""
    optimizer = model.optimizer
    return [v is optimizer._learning_rate for v in optimizer.variables].index(True)
