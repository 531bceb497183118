"""A model that stays in a compiled program while trials come and go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from bench.training.compiled.optimizers import optimized, optimizer_variables
from bench.training.evaluators.evaluator import Judge


class ResidentModel:
    """Takes over the values of other models of its structure.

    Args:
        model: Compiled, and fresh.
        judge: Has what it is trained on.
        settings: Numbers of its optimizer that were made variables.
    """

    def __init__(
        self, model: keras.Model, judge: Judge, settings: Mapping[str, Any]
    ) -> None:
        judge.check(model)
        self.model = model
        self._judge = judge
        self._settings = settings
        for optimizer, variables in optimized(model):
            optimizer.build(variables)
        self._initial_slots = [np.asarray(v) for v in optimizer_variables(model)]
        # A variable, rather than a schedule.
        self.has_rates = isinstance(model.optimizer._learning_rate, keras.Variable)

    def load(self, model: keras.Model) -> None:
        """Take over a fresh model of the same structure: its weights, random states
        and settings of the optimizer, whose slots start anew.
        """
        for mine, new in zip(self.model.variables, model.variables, strict=True):
            mine.assign(new)
        for variable, start in zip(
            optimizer_variables(self.model), self._initial_slots, strict=True
        ):
            variable.assign(start)
        pairs = zip(optimized(self.model), optimized(model), strict=True)
        for (mine, _), (new, _) in pairs:
            if isinstance(mine._learning_rate, keras.Variable):
                mine.learning_rate = float(new.learning_rate)
        for name, setting in self._settings.items():
            setting.assign(getattr(model.optimizer, name))

    def rates(
        self, given: np.ndarray | None, count: int, batch_size: int
    ) -> np.ndarray:
        """The learning rate of every step; where none are given, the optimizer's."""
        if given is not None:
            return given
        rate = self.model.optimizer.learning_rate if self.has_rates else 0.0
        return np.full(-(-count // batch_size), float(rate))

    def make_metrics(self, target: Any) -> None:
        """Let the metrics make their variables now; a trace that made them would be
        traced again.

        Args:
            target: That of one image.
        """
        output = self._judge.output(self.model)
        if output is None:
            return
        output = keras.ops.convert_to_tensor(output)
        self.model.compute_loss(y=target, y_pred=output)
        self.model.compute_metrics(None, target, output)
        self.model.reset_metrics()

    def metrics(self) -> dict[str, float]:
        results = self.model.get_metrics_result()
        return {name: float(value) for name, value in results.items()}
