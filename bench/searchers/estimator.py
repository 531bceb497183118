"""Families as scikit-learn classifiers, with the help of scikeras."""

from __future__ import annotations

import itertools
import tempfile
from collections import defaultdict
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from scikeras.utils.transformers import ClassifierLabelEncoder
from scikeras.wrappers import BaseWrapper, KerasClassifier
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.preprocessing import FunctionTransformer

from bench.datasets import Split, Task, pixels
from bench.datasets.folds import SingleSplit
from bench.errors import FamilyError, SpaceError, unknown
from bench.records import CLASSIFICATION, TaskRecord, Value
from bench.searchers import space as search_space
from bench.training import hypermodel, models
from bench.training.epochs import EpochLoop
from bench.training.evaluators.classification import probabilities
from bench.training.evaluators.evaluator import EvaluatorConfig
from bench.training.inputs import InputCache
from bench.training.request import TrialRequest
from bench.training.timings import StageTimer
from bench.training.trainer import Trainer
from bench.training.trial_runner import image_task
from search_spaces.family import ImageTask

if hasattr(BaseEstimator, "__sklearn_tags__"):
    # scikeras 0.13 has only tags of the old kind, with which scikit-learn 1.6 fails.
    BaseWrapper.__sklearn_tags__ = BaseEstimator.__sklearn_tags__


class FamilyClassifier(KerasClassifier):  # type: ignore[misc]
    """A family as an estimator; its hyperparameters are the estimator's parameters.

    Images have the shape ``(n, height, width, channels)``, ``(n, height, width)`` for
    one channel, or ``(n, pixels)`` as scikit-learn's transformers return them; pixels
    are in the task's range. Labels may be of any type. Each fit compiles its own model
    and trains it for all epochs, without early stopping.

    Args:
        family: Name or location, as in ``bench.training.hypermodel.load``.
        task: Shape and pixel range of the images; classes are those of the labels.
        weights: Pretrained weights, as in ``load``.
        epochs: Number of epochs of every fit.
        random_state: Seed of initial weights, dropout masks and the order of the
            images; None for a different one in each fit.
        values: Values of all hyperparameters by name, inactive ones included.
    """

    def __init__(
        self,
        family: str,
        task: ImageTask | None,
        *,
        weights: str | None = None,
        epochs: int = 10,
        random_state: int | np.random.RandomState | None = 0,
        **values: Value,
    ) -> None:
        super().__init__(epochs=epochs, random_state=random_state, verbose=0, **values)
        self.family = family
        self.task = task
        self.weights = weights
        self._names = list(values)

    @property
    def hyperparameters(self) -> dict[str, Value]:
        """Current values of the family's hyperparameters."""
        return {name: getattr(self, name) for name in self._names}

    @property
    def target_encoder(self) -> ClassifierLabelEncoder:
        # scikeras' own would take the hyperparameter ``loss`` for Keras' loss.
        return ClassifierLabelEncoder()

    @property
    def feature_encoder(self) -> FunctionTransformer:
        raw = self._source().takes_raw_pixels
        return FunctionTransformer(partial(_shaped, task=self._image_task, raw=raw))

    def fit(self, X: Any, y: Any) -> FamilyClassifier:
        """Train a new model on images and labels as the class describes them."""
        super().fit(X, y)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> FamilyClassifier:
        """Train for one more epoch.

        Args:
            X: Images, as in ``fit``.
            y: Labels.
            classes: All classes, in the first call; None for those in ``y``.
        """
        super().partial_fit(X, y, classes)
        return self

    def predict_proba(self, X: Any, **options: Any) -> np.ndarray:
        """Return probabilities ``(n, classes)`` in the order of ``classes_``."""
        return self._predict_raw(X, **options)

    def __sklearn_tags__(self) -> Any:
        # scikeras inherits the mixin last, so its tags would not be used.
        from sklearn.utils import ClassifierTags

        tags = super().__sklearn_tags__()
        tags.estimator_type = "classifier"
        tags.classifier_tags = ClassifierTags()
        tags.target_tags.required = True
        tags.input_tags.three_d_array = True
        return tags

    def _more_tags(self) -> dict[str, Any]:
        # scikit-learn before 1.6 reads these; scikeras allows several labels.
        return {**super()._more_tags(), "multilabel": False, "multioutput": False}

    # Methods that scikeras calls ------------------------------------------------

    def _get_param_names(self) -> list[str]:
        names = ["family", "task", "weights", "epochs", "random_state"]
        return sorted([*names, *self._names])

    def _build_keras_model(self) -> keras.Model:
        state = self._random_state
        self._seed = np.random.randint(2**31) if state is None else int(state)
        source, values = self._configured()
        return models.build(source, values, self._seed)[0]

    def _fit_keras_model(
        self,
        X: np.ndarray,
        y: np.ndarray,
        sample_weight: np.ndarray | None,
        warm_start: bool,
        epochs: int,
        initial_epoch: int,
        **options: Any,
    ) -> None:
        """Train with a compiled model of the toolkit, like its trials."""
        if initial_epoch == 0:
            self.history_ = defaultdict(list)
        source, values = self._configured()
        hp, task = models.configured(values), _task(X, y, self.classes_)
        full_epochs = max(self.epochs, initial_epoch + epochs)
        request = TrialRequest(
            hyperparameters=values,
            seed=self._seed,
            epochs=full_epochs,
            full_epochs=full_epochs,
            patience=full_epochs,
        )
        with tempfile.TemporaryDirectory() as folder:
            cache = InputCache(task, EvaluatorConfig(), SingleSplit(task), Path(folder))
            if initial_epoch == 0:
                trainer = Trainer(source=source, inputs=cache)
                trainer.warm_up(request, hp, self.model_, StageTimer())
            loop = EpochLoop(
                source=source,
                hp=hp,
                inputs=cache.images,
                compiled=cache.images.compiled.take(self.model_),
                indices=cache.splits.indices(None),
                seed=self._seed,
                full_epochs=full_epochs,
            )
            for metrics in itertools.islice(loop.run(initial_epoch), epochs):
                for name, value in metrics.items():
                    self.history_[name].append(value)

    def _predict_raw(self, X: Any, **options: Any) -> np.ndarray:
        outputs = super()._predict_raw(X, **({"verbose": 0} | options))
        return probabilities(self.model_, outputs)

    def _source(self) -> hypermodel.FamilySource:
        classes = getattr(self, "n_classes_", self._image_task.classes)
        if classes < 2:
            raise ValueError("a classifier needs two classes; y has one class only")
        task = replace(self._image_task, classes=classes)
        return hypermodel.load(self.family, task, _options(self.weights))

    @property
    def _image_task(self) -> ImageTask:
        """Properties of the images that it is fitted to."""
        assert self.task is not None
        return self.task

    def _configured(self) -> tuple[hypermodel.FamilySource, dict[str, Value]]:
        """The family, and the values of the active hyperparameters."""
        source = self._source()
        space = search_space.discover(source.hypermodel)
        return source, search_space.active(space, self.hyperparameters)


def classifier(
    family: str,
    task: Task | ImageTask,
    *,
    weights: str | None = None,
    epochs: int = 10,
    random_state: int | np.random.RandomState | None = 0,
    **hyperparameters: Value,
) -> FamilyClassifier:
    """Return a family as a scikit-learn classifier for the images of a task.

    Args:
        family: Name or location, as in ``FamilyClassifier``.
        task: Task whose image shape, pixel range and number of classes are used.
        weights: Pretrained weights, as in ``FamilyClassifier``.
        epochs: Number of epochs of every fit.
        random_state: Seed, as in ``FamilyClassifier``.
        hyperparameters: Values of hyperparameters; others have their defaults.

    Raises:
        BenchError: The family or a hyperparameter is unknown, or the task unsupported.
    """
    images = image_task(task) if isinstance(task, Task) else task
    source = hypermodel.load(family, images, _options(weights))
    if source.task_type != CLASSIFICATION:
        raise FamilyError(
            f"a classifier needs a family for classification; {family!r} is for "
            f"{source.task_type}: choose another"
        )
    space = search_space.discover(source.hypermodel)
    defaults = {entry.name: entry.default for entry in space.space}
    for name in hyperparameters:
        if name not in defaults:
            listing = f"{family} has {', '.join(defaults)}"
            raise SpaceError(unknown("hyperparameter", name, defaults, listing))
    return FamilyClassifier(
        family,
        images,
        weights=weights,
        epochs=epochs,
        random_state=random_state,
        **(defaults | hyperparameters),
    )


def _shaped(X: np.ndarray, task: ImageTask, *, raw: bool) -> np.ndarray:
    """Images in the shape that a family takes, ``(n, height, width, channels)``.

    Raises:
        TypeError: The images are sparse.
        ValueError: The images don't have the task's shape.
    """
    if issparse(X):
        raise TypeError("images must be dense; sparse input is not supported")
    shape = task.image_shape
    pixel_count = int(np.prod(shape))
    grey_shape = shape[:2] if shape[2] == 1 else shape
    if X.shape[1:] not in (shape, grey_shape, (pixel_count,)):
        raise ValueError(
            f"images must have the shape {shape} of the task, or be flattened to "
            f"{pixel_count} pixels; X has shape {X.shape}"
        )
    images = X.reshape(-1, *shape)
    if not raw:
        return pixels.scaled(images, task.pixel_range)
    return images if images.dtype == np.uint8 else images.astype("float32")


def _task(images: np.ndarray, targets: np.ndarray, classes: np.ndarray) -> Task:
    """A task that trains on all images; its other splits hold the first image.

    Raises:
        ValueError: An image has several labels.
    """
    if targets.size != len(images):
        raise ValueError(
            f"a classifier takes one label for each image; y has shape {targets.shape}"
        )
    train = Split(images=images, labels=targets.reshape(-1).astype("int64"))
    first = Split(images=images[:1], labels=train.labels[:1])
    record = TaskRecord(
        dataset="",
        fingerprint="",
        test_fingerprint="",
        image_shape=images.shape[1:],
        class_names=tuple(map(str, classes)),
        train=len(train),
        validation=1,
        test=1,
        seed=0,
    )
    return Task(
        record=record, train=train, validation=first, test=first, pixel_range=(0.0, 1.0)
    )


def _options(weights: str | None) -> dict[str, Value]:
    return {} if weights is None else {"weights": weights}
