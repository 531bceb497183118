"""The evaluator of classifiers: encodes labels, and scores class probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from bench.datasets import Task
from bench.records import CLASSIFICATION, TASK_TYPES, ReferenceRecord, Value
from bench.training.compiled.compiled_model import CompiledModel
from bench.training.evaluators import scores
from bench.training.evaluators.evaluator import EvaluatorConfig, Tested
from bench.training.evaluators.references import prior_probabilities, references
from bench.training.features import Features


class Classification:
    """Evaluates classifiers by accuracy and log loss.

    Args:
        task: Images or features of images, and their labels.
        config: Not used: classifiers have no options.
    """

    task_type = TASK_TYPES[CLASSIFICATION]

    def __init__(self, task: Task, config: EvaluatorConfig | None = None) -> None:
        self.task = task

    @classmethod
    def configure(cls, options: Mapping[str, Value], task: Task) -> EvaluatorConfig:
        return EvaluatorConfig(task_type=cls.task_type, options=options)

    def check(self, model: keras.Model) -> None:
        output_count(model, self.task)

    def targets(self, model: keras.Model) -> np.ndarray:
        return self.encoded(model, self.task.train.labels)

    def encoded(self, model: keras.Model, labels: np.ndarray) -> np.ndarray:
        """Encode labels for the model's loss; see ``targets`` below."""
        classes = len(self.task.record.class_names)
        count = output_count(model, self.task)
        return targets(model, labels, classes=classes, outputs=count)

    def example(self, model: keras.Model) -> np.ndarray:
        return self.task.train.images[:1]

    def dummy_output(self, model: keras.Model) -> np.ndarray:
        count = output_count(model, self.task)
        return np.full((1, count), 1 / count, "float32")

    def begin(self) -> None:
        pass

    def validation(
        self, compiled: CompiledModel, indices: np.ndarray | None = None
    ) -> dict[str, float]:
        labels = self.task.validation.labels
        if indices is not None:
            labels = labels[indices]
        predicted = probabilities(compiled.model, compiled.validate(indices))
        return scores.classification(predicted, labels, "validation")

    def test(self, compiled: CompiledModel, features: Features | None) -> Tested:
        split = self.task.test
        inputs = split.images if features is None else features.test()
        predicted = probabilities(compiled.model, compiled.predict(inputs))
        return Tested(
            metrics=scores.classification(predicted, split.labels, "test"),
            outputs={"probabilities": predicted},
        )

    def floor(self, seed: int) -> Tested:
        predicted = prior_probabilities(self.task)
        return Tested(
            metrics=scores.classification(predicted, self.task.test.labels, "test"),
            outputs={"probabilities": predicted},
        )

    def references(self, seed: int) -> list[ReferenceRecord]:
        return references(self.task, seed)


def probabilities(model: keras.Model, outputs: np.ndarray) -> np.ndarray:
    """Class probabilities ``(n, classes)`` from the outputs of a classifier.

    Args:
        model: The compiled classifier; its loss tells whether it returns logits.
        outputs: ``(n, classes)``, or ``(n, 1)`` for the second of two classes.
    """
    from_logits = bool(getattr(model.loss, "from_logits", False))
    return scores.normalized(outputs, from_logits)


def targets(
    model: keras.Model, labels: np.ndarray, *, classes: int, outputs: int
) -> np.ndarray:
    """Encode labels for the loss of a model.

    Args:
        model: The compiled classifier.
        labels: Class indices, ``(n,)``.
        classes: Number of classes.
        outputs: Number of outputs that the model returns for an image.

    Returns:
        ``(n,)`` class indices for a sparse loss, ``(n, 1)`` for a single output,
        one-hot ``(n, classes)`` otherwise.
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


def output_count(model: keras.Model, task: Task) -> int:
    """Number of outputs that a classifier returns for an image.

    Raises:
        ValueError: The model isn't compiled, or its outputs don't fit the classes of
            the task.
    """
    if not getattr(model, "compiled", False):
        raise ValueError("build(hp) must return a compiled model; it is not compiled")
    classes = len(task.record.class_names)
    if hasattr(model, "output_shape"):
        shape = model.output_shape
    else:  # a model without Input gets its shapes and weights when it is called
        shape = model(task.train.images[:1]).shape
    shape = (None, *shape[1:])
    is_single = classes == 2 and shape == (None, 1)
    if shape != (None, classes) and not is_single:
        raise ValueError(
            f"a classifier of {classes} classes must return (batch, {classes}); this "
            f"model returns {shape}"
        )
    return int(shape[1])
