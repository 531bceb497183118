"""Trained classifiers whose stored class probabilities are averaged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bench.metrics import Predicted, classifier_metrics
from bench.records import FinalRecord, TaskType
from bench.report.greedy import greedy_weights
from bench.store import Store


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A final training and what the store holds of its predictions.

    Attributes:
        outputs: ``probabilities`` ``(n, classes)`` and ``labels`` ``(n,)`` of the test
            images, and the same of the ``validation_`` images if it had some.
    """

    final: FinalRecord
    outputs: Mapping[str, np.ndarray]

    @property
    def is_validated(self) -> bool:
        return {"validation_probabilities", "validation_labels"} <= self.outputs.keys()


def trained(store: Store, study: str, finals: Iterable[FinalRecord]) -> list[Trained]:
    """Final trainings of classifiers, without those that diverged.

    Those whose predictions are unknown, as in stores of older versions, are left out.
    """
    found = [
        Trained(final=final, outputs=store.outputs(study, final.number, final.role))
        for final in finals
        if final.error is None
    ]
    return [
        each for each in found if {"probabilities", "labels"} <= each.outputs.keys()
    ]


@dataclass(frozen=True, kw_only=True)
class Averaged:
    """Classifiers that predict together: by the weighted mean of their probabilities.

    Attributes:
        models: One or more.
        weights: Of the models; they sum to 1.
    """

    models: tuple[Trained, ...]
    weights: tuple[float, ...]

    @classmethod
    def equally(cls, models: Sequence[Trained]) -> Averaged:
        """Average models that all count alike."""
        return cls(models=tuple(models), weights=(1 / len(models),) * len(models))

    @classmethod
    def greedily(cls, models: Sequence[Trained], task_type: TaskType) -> Averaged:
        """Average models by the weights that are best for the validation images.

        Args:
            models: All validated.
            task_type: Says what is best: the objective, then its tie breaker.
        """
        labels = models[0].outputs["validation_labels"]
        metrics = (task_type.objective, task_type.tie_breaker)

        def quality(probabilities: np.ndarray) -> tuple[float, ...]:
            return task_type.key(
                classifier_metrics(probabilities, labels, "validation", metrics)
            )

        validated = [model.outputs["validation_probabilities"] for model in models]
        return cls(models=tuple(models), weights=greedy_weights(validated, quality))

    @property
    def used(self) -> list[FinalRecord]:
        """The trainings of the models that have a weight."""
        pairs = zip(self.models, self.weights, strict=True)
        return [model.final for model, weight in pairs if weight]

    @cached_property
    def test(self) -> Predicted:
        """What they predict together for the test images."""
        return self._mean("probabilities", "labels")

    @cached_property
    def validation(self) -> Predicted | None:
        """The same for the validation images; None if a model had none."""
        if not all(model.is_validated for model in self.models):
            return None
        return self._mean("validation_probabilities", "validation_labels")

    def _mean(self, probabilities: str, labels: str) -> Predicted:
        # The store keeps half precision, too little for sums.
        parts = [
            weight * model.outputs[probabilities].astype(np.float64)
            for model, weight in zip(self.models, self.weights, strict=True)
        ]
        return Predicted(np.sum(parts, axis=0), self.models[0].outputs[labels])
