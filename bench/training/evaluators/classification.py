"""Classifiers: how their labels are encoded and what their outputs are worth."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from bench.datasets import Task
from bench.records import CLASSIFICATION, GOALS, ReferenceRecord
from bench.training.compiled.compiled_model import Program
from bench.training.evaluators import scores
from bench.training.evaluators.evaluator import Judging, Tested
from bench.training.evaluators.references import references
from bench.training.features import Features


class Classification:
    """Judges classifiers by accuracy and log loss.

    Args:
        task: Images or features, and their labels.
        judging: Has nothing more to say.
    """

    goal = GOALS[CLASSIFICATION]

    def __init__(self, task: Task, judging: Judging | None = None) -> None:
        self.task = task

    def check(self, model: keras.Model) -> None:
        outputs(model, self.task)

    def targets(self, model: keras.Model) -> np.ndarray:
        return self.encoded(model, self.task.train.labels)

    def encoded(self, model: keras.Model, labels: np.ndarray) -> np.ndarray:
        """Labels as a model's loss wants them."""
        classes = len(self.task.record.class_names)
        count = outputs(model, self.task)
        return targets(model, labels, classes=classes, outputs=count)

    def example(self, model: keras.Model) -> np.ndarray:
        return self.task.train.images[:1]

    def output(self, model: keras.Model) -> np.ndarray:
        count = outputs(model, self.task)
        return np.full((1, count), 1 / count, "float32")

    def begin(self) -> None:
        pass

    def validation(
        self, program: Program, rows: np.ndarray | None = None
    ) -> dict[str, float]:
        labels = self.task.validation.labels
        if rows is not None:
            labels = labels[rows]
        found = probabilities(program.model, program.validate(rows))
        return scores.classification(found, labels, "validation")

    def test(self, program: Program, features: Features | None) -> Tested:
        split = self.task.test
        inputs = split.images if features is None else features.test()
        found = probabilities(program.model, program.predict(inputs))
        return Tested(
            metrics=scores.classification(found, split.labels, "test"),
            outputs={"probabilities": found},
        )

    def references(self, seed: int) -> list[ReferenceRecord]:
        return references(self.task, seed)


def probabilities(model: keras.Model, outputs: np.ndarray) -> np.ndarray:
    """Of the classes, ``(n, classes)``, from what a classifier returns."""
    from_logits = bool(getattr(model.loss, "from_logits", False))
    return scores.normalized(outputs, from_logits)


def targets(
    model: keras.Model, labels: np.ndarray, *, classes: int, outputs: int
) -> np.ndarray:
    """Encode labels as the model's loss wants them.

    Args:
        model: Compiled.
        labels: ``(n,)``, class indices.
        classes: Number of classes.
        outputs: That the model returns for an image.

    Returns:
        ``(n,)`` indices for a sparse loss, ``(n, 1)`` for a single output, one-hot
        ``(n, classes)`` otherwise.
    """
    if "sparse" in _loss_name(model.loss).lower():
        return labels
    if outputs == 1:
        return labels[:, None].astype("float32")
    one_hot: np.ndarray = np.eye(classes, dtype="float32")[labels]
    return one_hot


def _loss_name(loss: Any) -> str:
    if isinstance(loss, str):
        return loss
    return str(getattr(loss, "name", None) or getattr(loss, "__name__", ""))


def outputs(model: keras.Model, task: Task) -> int:
    """How many outputs a classifier has for an image.

    Raises:
        ValueError: The model isn't compiled, or returns what no classifier of this
            task can.
    """
    if not getattr(model, "compiled", False):
        raise ValueError("build(hp) must return a compiled model; it is not compiled")
    classes = len(task.record.class_names)
    if hasattr(model, "output_shape"):
        shape = model.output_shape
    else:  # it was given no Input, and gets its shapes and weights when called
        shape = model(task.train.images[:1]).shape
    shape = (None, *shape[1:])
    single = classes == 2 and shape == (None, 1)
    if shape != (None, classes) and not single:
        raise ValueError(
            f"a classifier of {classes} classes must return (batch, {classes}); this "
            f"model returns {shape}"
        )
    return int(shape[1])
