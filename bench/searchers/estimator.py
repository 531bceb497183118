"""A family as a scikit-learn classifier, by scikeras."""

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
from bench.errors import FamilyError, SpaceError, unknown
from bench.records import CLASSIFICATION, TaskRecord, Value
from bench.searchers import space as search_space
from bench.training import epochs as training
from bench.training import hypermodel, models
from bench.training.compiled.cache import Programs
from bench.training.evaluators.classification import probabilities
from bench.training.timings import StageClock
from bench.training.trial_runner import image_task
from search_spaces.family import ImageTask

if hasattr(BaseEstimator, "__sklearn_tags__"):
    # scikeras 0.13 has tags of the old kind alone, and scikit-learn 1.6 fails.
    BaseWrapper.__sklearn_tags__ = BaseEstimator.__sklearn_tags__


class FamilyClassifier(KerasClassifier):  # type: ignore[misc]
    """A family as an estimator; its hyperparameters are the estimator's parameters.

    It takes images ``(n, height, width, channels)``, ``(n, height, width)`` where
    there is one channel, or ``(n, pixels)`` as scikit-learn's transformers leave them,
    with pixels in the task's range, and any labels. It trains for ``epochs`` epochs,
    stops at none before, and has a program of its own for each fit.

    Args:
        family: As of ``bench.training.hypermodel.load``.
        task: Shape and pixel range of the images; classes are those of the labels.
        weights: As of ``load``.
        epochs: Of every fit.
        random_state: Of initial weights, masks and the order of the images; None for
            a different one each time.
        values: Of the family's hyperparameters, by their names, inactive ones too.
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
        """Of the family, as they stand."""
        return {name: getattr(self, name) for name in self._names}

    @property
    def target_encoder(self) -> ClassifierLabelEncoder:
        # By default it would take the hyperparameter ``loss`` for Keras'.
        return ClassifierLabelEncoder()

    @property
    def feature_encoder(self) -> FunctionTransformer:
        raw = self._source().takes_raw_pixels
        return FunctionTransformer(partial(_shaped, task=self._images, raw=raw))

    def fit(self, X: Any, y: Any) -> FamilyClassifier:
        """Train a fresh model; images and labels as the class says."""
        super().fit(X, y)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> FamilyClassifier:
        """Train for one more epoch.

        Args:
            X: Images.
            y: Labels.
            classes: All that there are, at the first call; None for those of ``y``.
        """
        super().partial_fit(X, y, classes)
        return self

    def predict_proba(self, X: Any, **options: Any) -> np.ndarray:
        """Class probabilities ``(n, classes)``, classes as in ``classes_``."""
        return self._predict_raw(X, **options)

    def __sklearn_tags__(self) -> Any:
        # scikeras inherits its mixin last, where these would not be asked for.
        from sklearn.utils import ClassifierTags

        tags = super().__sklearn_tags__()
        tags.estimator_type = "classifier"
        tags.classifier_tags = ClassifierTags()
        tags.target_tags.required = True
        tags.input_tags.three_d_array = True
        return tags

    def _more_tags(self) -> dict[str, Any]:
        # scikit-learn before 1.6 asks for these; scikeras allows several labels.
        return {**super()._more_tags(), "multilabel": False, "multioutput": False}

    # What scikeras calls -------------------------------------------------------

    def _get_param_names(self) -> list[str]:
        own = ["family", "task", "weights", "epochs", "random_state"]
        return sorted([*own, *self._names])

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
        """Train by a program of the toolkit's, as its trials are."""
        if initial_epoch == 0:
            self.history_ = defaultdict(list)
        source, values = self._configured()
        hp, task = models.configured(values), _task(X, y, self.classes_)
        with tempfile.TemporaryDirectory() as folder:
            programs = Programs(task, Path(folder))
            rows = programs.rows()
            if initial_epoch == 0:
                models.warm_up(
                    source, programs, hp, self.model_, self._seed, rows, StageClock()
                )
            trained = training.epochs(
                source,
                hp,
                programs,
                programs.take(self.model_),
                rows,
                seed=self._seed,
                first=initial_epoch,
                full=max(self.epochs, initial_epoch + epochs),
            )
            for metrics in itertools.islice(trained, epochs):
                for name, value in metrics.items():
                    self.history_[name].append(value)

    def _predict_raw(self, X: Any, **options: Any) -> np.ndarray:
        outputs = super()._predict_raw(X, **({"verbose": 0} | options))
        return probabilities(self.model_, outputs)

    def _source(self) -> hypermodel.FamilySource:
        classes = getattr(self, "n_classes_", self._images.classes)
        if classes < 2:
            raise ValueError("a classifier needs two classes; y has one class only")
        task = replace(self._images, classes=classes)
        return hypermodel.load(self.family, task, _options(self.weights))

    @property
    def _images(self) -> ImageTask:
        """What it is fitted to."""
        assert self.task is not None
        return self.task

    def _configured(self) -> tuple[hypermodel.FamilySource, dict[str, Value]]:
        """The family, and what is active of the hyperparameters."""
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
    """A family as a scikit-learn classifier for the images of a task.

    Args:
        family: As of ``FamilyClassifier``.
        task: Its images' shape and range of pixels, and its number of classes.
        weights: As of ``FamilyClassifier``.
        epochs: Of every fit.
        random_state: As of ``FamilyClassifier``.
        hyperparameters: Those that shall not stand at their defaults.

    Raises:
        BenchError: The family can't be found or doesn't fit, or it has no such
            hyperparameter.
    """
    images = image_task(task) if isinstance(task, Task) else task
    source = hypermodel.load(family, images, _options(weights))
    if source.goal != CLASSIFICATION:
        raise FamilyError(
            f"a classifier is made of a family of classifiers; {family!r} is for "
            f"{source.goal}: choose another"
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
    """Images as a family takes them, ``(n, height, width, channels)``.

    Raises:
        TypeError: They are sparse.
        ValueError: They are of another shape than the task's.
    """
    if issparse(X):
        raise TypeError("images must be dense; sparse input is not supported")
    shape = task.image_shape
    fits = (shape, (*shape[:2],) if shape[2] == 1 else shape, (int(np.prod(shape)),))
    if X.shape[1:] not in fits:
        raise ValueError(
            f"images must have the shape {shape} of the task, or be flattened to "
            f"{fits[-1][0]} pixels; X has shape {X.shape}"
        )
    images = X.reshape(-1, *shape)
    if not raw:
        return pixels.scaled(images, task.pixel_range)
    return images if images.dtype == np.uint8 else images.astype("float32")


def _task(images: np.ndarray, targets: np.ndarray, classes: np.ndarray) -> Task:
    """What programs train on: all the images; none is judged by.

    Raises:
        ValueError: There are several labels for an image.
    """
    if targets.size != len(images):
        raise ValueError(
            f"a classifier takes one label for each image; y has shape {targets.shape}"
        )
    train = Split(images=images, labels=targets.reshape(-1).astype("int64"))
    one = Split(images=images[:1], labels=train.labels[:1])
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
        record=record, train=train, validation=one, test=one, pixel_range=(0.0, 1.0)
    )


def _options(weights: str | None) -> dict[str, Value]:
    return {} if weights is None else {"weights": weights}
