"""The Keras model of a compiled model, in which trials of one structure take turns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from bench.training.compiled.optimizers import optimized, optimizer_variables
from bench.training.compiled.supervision import Supervision
from bench.training.overrides import overrides
from bench.training.private_api import learning_rate_variable, symbolic_build


class ModelSlot:
    """A Keras model that takes over the values of other models of its structure.

    Args:
        model: A fresh, compiled Keras model.
        supervision: Checks the model, and gives a dummy output.

    Attributes:
        has_rates: Whether the learning rate is a variable, rather than a schedule.

    Raises:
        ValueError: The model doesn't fit the task.
    """

    def __init__(self, model: keras.Model, supervision: Supervision) -> None:
        supervision.check(model)
        self.model = model
        self._supervision = supervision
        for optimizer, variables in optimized(model):
            optimizer.build(variables)
        self._initial_slots = [np.asarray(v) for v in optimizer_variables(model)]
        self.has_rates = learning_rate_variable(model.optimizer) is not None

    def load(self, model: keras.Model) -> None:
        """Take over the values of a fresh model of the same structure.

        Weights, random states and learning rates are copied; the optimizer's slots
        start anew.
        """
        for mine, new in zip(self.model.variables, model.variables, strict=True):
            mine.assign(new)
        for variable, start in zip(
            optimizer_variables(self.model), self._initial_slots, strict=True
        ):
            variable.assign(start)
        pairs = zip(optimized(self.model), optimized(model), strict=True)
        for (mine, _), (new, _) in pairs:
            if learning_rate_variable(mine) is not None:
                mine.learning_rate = float(new.learning_rate)

    def rates(
        self, given: np.ndarray | None, count: int, batch_size: int
    ) -> np.ndarray:
        """The learning rate of every step of an epoch, ``(steps,)``.

        Args:
            given: Learning rates of the steps; None for the optimizer's.
            count: Number of images in the epoch.
            batch_size: Number of images in a step.
        """
        if given is not None:
            return given
        rate = self.model.optimizer.learning_rate if self.has_rates else 0.0
        return np.full(-(-count // batch_size), float(rate))

    def build_metrics(self, target: Any) -> None:
        """Build the variables of the metrics.

        They are built before tracing, since a trace that builds variables happens
        twice. Where an author computes loss or metrics in another way, Keras builds
        them as ``fit`` does; else a dummy output is enough, and faster.

        Args:
            target: Target of one image, ``(1, ...)``.
        """
        output = self._supervision.dummy_output(self.model)
        if output is None:
            return
        if overrides(self.model, "compute_loss", "compute_metrics", "train_step"):
            example = self._supervision.example(self.model)
            tensors = map(keras.ops.convert_to_tensor, (example, target))
            symbolic_build(self.model, tuple(tensors))
        else:
            output = keras.ops.convert_to_tensor(output)
            self.model.compute_loss(y=target, y_pred=output)
            self.model.compute_metrics(None, target, output)
        self.model.reset_metrics()

    def metrics(self, logs: Mapping[str, Any] | None = None) -> dict[str, float]:
        """Loss and metrics since they were last reset.

        Args:
            logs: What an author's training step returned last. Where it names other
                values than the model's metrics, they are these, as in ``fit``.
        """
        return metrics_of(self.model, logs)


def metrics_of(model: keras.Model, logs: Mapping[str, Any] | None) -> dict[str, float]:
    """Loss and metrics of a model since they were last reset; see ``ModelSlot``."""
    results = model.get_metrics_result()
    return scalars(results if logs is None or {*logs} == {*results} else logs)


def scalars(results: Mapping[str, Any]) -> dict[str, float]:
    """Metrics as numbers: one with a value for each class becomes their mean."""
    return {
        name: float(np.mean(keras.ops.convert_to_numpy(value)))
        for name, value in flat_logs(results).items()
    }


def flat_logs(logs: Mapping[str, Any]) -> dict[str, Any]:
    """Logs without nested mappings, as Keras shows them.

    The metrics that a model was compiled with are one metric, whose result is a
    mapping.
    """
    flat: dict[str, Any] = {}
    for name, value in logs.items():
        flat |= flat_logs(value) if isinstance(value, Mapping) else {name: value}
    return flat
