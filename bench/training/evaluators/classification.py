"""The evaluator of classifiers: encodes labels, and scores class probabilities."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np

from bench.datasets import Task
from bench.metrics import Predicted, classifier_metrics
from bench.records import (
    ACCURACY,
    LOG_LOSS,
    TASK_TYPES,
    ReferenceRecord,
    Value,
    classification_by,
)
from bench.training.compiled.compiled_model import CompiledModel
from bench.training.evaluators.evaluator import EvaluatorConfig, References, Tested
from bench.training.evaluators.labels import (
    INTEGER,
    declares_logits,
    label_kind,
    takes_scores,
)
from bench.training.evaluators.reading import Reading, normalized, reading
from bench.training.evaluators.references import prior_probabilities, references
from bench.training.evaluators.tested import measured
from bench.training.features import Features
from search_spaces.parts.class_weights import default_metric
from search_spaces.parts.options import LABELS, METRIC


class Classification:
    """Evaluates classifiers by accuracy, log loss and the metric that ranks them.

    Args:
        task: Images or features of images, and their labels.
        config: Holds the task type, the option ``labels`` of families from elsewhere,
            and may hold ``weights``, for a reference.
    """

    def __init__(self, task: Task, config: EvaluatorConfig | None = None) -> None:
        config = config or EvaluatorConfig()
        self.task, self.task_type = task, config.task_type
        options = config.options
        self._labels = options.get(LABELS.name, LABELS.default)
        weights = options.get("weights")
        self._weights = None if weights is None else str(weights)

    @classmethod
    def configure(cls, options: Mapping[str, Value], task: Task) -> EvaluatorConfig:
        """Choose the metric; the option stays only where it isn't the default.

        So the same study has the same identity whether or not its default was given.
        """
        usual = default_metric(task.class_shares)
        name = str(options.get(METRIC.name) or usual)
        kept = {key: value for key, value in options.items() if key != METRIC.name}
        if name != usual:
            kept[METRIC.name] = name
        task_type = TASK_TYPES[classification_by(name)]
        return EvaluatorConfig(task_type=task_type, options=kept)

    def check(self, model: keras.Model) -> None:
        if not getattr(model, "compiled", False):
            raise ValueError(
                "build(hp) must return a compiled model; it is not compiled"
            )
        if output_count(model, self.task) > 1:
            self._label_kind(model)  # refuses a loss that takes no labels

    def targets(self, model: keras.Model) -> np.ndarray:
        return self.encoded(model, self.task.train.labels)

    def encoded(self, model: keras.Model, labels: np.ndarray) -> np.ndarray:
        """Encode labels ``(n,)`` for the loss of a classifier.

        Returns:
            ``(n,)`` class indices or one-hot ``(n, classes)``, whichever the loss
            takes; ``(n, 1)`` for a single output.
        """
        if output_count(model, self.task) == 1:
            return labels[:, None].astype("float32")
        if self._label_kind(model) == INTEGER:
            return labels
        one_hot: np.ndarray = np.eye(self._classes, dtype="float32")[labels]
        return one_hot

    def _label_kind(self, model: keras.Model) -> str:
        images = self.task.train.images[:1]
        return label_kind(model, images, self._classes, self._labels)

    @property
    def _classes(self) -> int:
        return len(self.task.record.class_names)

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
        measured = (ACCURACY, LOG_LOSS, self.task_type.objective)
        return classifier_metrics(predicted, labels, "validation", measured)

    def test(
        self,
        compiled: CompiledModel,
        features: Features | None,
        validation: np.ndarray | None = None,
    ) -> Tested:
        split = self.task.test
        inputs = split.images if features is None else features.test()
        outputs = compiled.predict(inputs)
        return measured(
            Predicted(probabilities(compiled.model, outputs), split.labels),
            self._validated(compiled, validation),
            note=note(compiled.model, outputs),
            reading=reading(outputs, _are_scores(compiled.model, outputs)),
        )

    def floor(self) -> Tested:
        predicted = prior_probabilities(self.task)
        return measured(Predicted(predicted, self.task.test.labels))

    def _validated(
        self, compiled: CompiledModel, indices: np.ndarray | None
    ) -> Predicted | None:
        """Predictions of the validation images; None if there are none."""
        labels = self.task.validation.labels
        labels = labels if indices is None else labels[indices]
        if not len(labels):
            return None
        outputs = compiled.validate(indices)
        return Predicted(probabilities(compiled.model, outputs), labels)

    def references(self, known: Mapping[str, ReferenceRecord]) -> References:
        return references(self.task, known, self._weights)


def probabilities(model: keras.Model, outputs: np.ndarray) -> np.ndarray:
    """Class probabilities ``(n, classes)`` from the outputs of a classifier.

    The most probable class is that of the largest output. Outputs that are no
    probabilities are turned into some, as ``reading.Reading`` lists.

    Args:
        model: The classifier; its loss may tell that it returns logits.
        outputs: ``(n, classes)``, or ``(n, 1)`` for the second of two classes.
    """
    return normalized(outputs, _are_scores(model, outputs))


def note(model: keras.Model, outputs: np.ndarray) -> str:
    """What a log loss was computed from, unless the loss says so or it is clear.

    Args:
        model: The classifier.
        outputs: As of ``probabilities``.
    """
    how = reading(outputs, _are_scores(model, outputs))
    if how is Reading.PROBABILITIES or declares_logits(model):
        return ""
    return f"log loss of the {how.value}, which are no probabilities"


def _are_scores(model: keras.Model, outputs: np.ndarray) -> bool:
    """Whether outputs are known to be logits or the like, whatever their values."""
    if outputs.shape[1] == 1:
        return takes_scores(model)
    return declares_logits(model)


def output_count(model: keras.Model, task: Task) -> int:
    """Number of outputs that a classifier returns for an image.

    Raises:
        ValueError: The model takes several inputs, or its outputs don't fit the
            classes of the task.
    """
    _check_input(model, task.train.images.shape[1:])
    classes = len(task.record.class_names)
    if hasattr(model, "outputs"):
        outputs = model.outputs
    else:  # a subclass of Model tells its outputs when it is called
        outputs = keras.tree.flatten(model(task.train.images[:1]))
    if len(outputs) > 1:
        raise ValueError(
            f"a classifier of {classes} classes must return (batch, {classes}); this "
            f"model returns {len(outputs)} outputs"
        )
    shape = (None, *outputs[0].shape[1:])
    is_single = classes == 2 and shape == (None, 1)
    if shape != (None, classes) and not is_single:
        raise ValueError(
            f"a classifier of {classes} classes must return (batch, {classes}); this "
            f"model returns {shape}"
        )
    return int(shape[1])


def _check_input(model: keras.Model, shape: tuple[int, ...]) -> None:
    """Refuse a model that declares other inputs than images of a shape.

    Keras itself takes the only channel of an image away where a model has none.
    """
    inputs = keras.tree.flatten(getattr(model, "inputs", None) or [])
    if len(inputs) > 1:
        raise ValueError(
            f"a classifier takes one input, the images; this model takes {len(inputs)}"
        )
    for declared in inputs:
        taken = tuple(declared.shape[1:])
        given = shape[:-1] if len(taken) < len(shape) and shape[-1] == 1 else shape
        sizes = zip(taken, given, strict=False)
        if len(taken) != len(given) or any(t not in (None, g) for t, g in sizes):
            raise ValueError(
                f"a classifier must take images {shape}; this model takes {taken}"
            )
