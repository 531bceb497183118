"""Reference classifiers, whose scores every search should exceed."""

from __future__ import annotations

import time
import warnings

import numpy as np

from bench.datasets import Task
from bench.records import ReferenceRecord
from bench.training.evaluators import scores

MAX_SAMPLE_VALUES = 4_000_000
"""Maximum number of pixel values that logistic regression is trained on, which takes
seconds on one core."""


def references(task: Task, seed: int) -> list[ReferenceRecord]:
    """Score a prior classifier and a logistic regression on the test split.

    Args:
        task: The task; its validation split isn't used.
        seed: Seed of the training sample, if the training split is too large.
    """
    return [_prior(task), _logistic_regression(task, seed)]


def _prior(task: Task) -> ReferenceRecord:
    started = time.perf_counter()
    probabilities = prior_probabilities(task)
    return ReferenceRecord(
        name="prior",
        metrics=scores.classification(probabilities, task.test.labels, "test"),
        parameters=probabilities.shape[1],
        seconds=time.perf_counter() - started,
        note="the most frequent class, whatever the image",
    )


def prior_probabilities(task: Task) -> np.ndarray:
    """Shares of the classes among the training images, for each test image."""
    shares = np.bincount(task.train.labels, minlength=len(task.record.class_names))
    probabilities: np.ndarray = np.tile(
        shares / shares.sum(), (len(task.test.labels), 1)
    )
    return probabilities


def _logistic_regression(task: Task, seed: int) -> ReferenceRecord:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    started = time.perf_counter()
    indices = _sample(task, seed)
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.01, max_iter=100, tol=1e-3)
    )
    with warnings.catch_warnings():
        # A reference need not converge within its iterations.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(_flat(task.train.images[indices]), task.train.labels[indices])
    probabilities = np.zeros((len(task.test), len(task.record.class_names)))
    # A rare class may be missing in the sample.
    probabilities[:, model.classes_] = model.predict_proba(_flat(task.test.images))
    coefficients = model[-1].coef_.size + model[-1].intercept_.size
    total = len(task.train.labels)
    sampled = len(indices)
    sample = f"a stratified sample of {sampled:,} of " if sampled < total else ""
    return ReferenceRecord(
        name="logistic_regression",
        metrics=scores.classification(probabilities, task.test.labels, "test"),
        parameters=coefficients,
        seconds=time.perf_counter() - started,
        note=f"on standardized pixels of {sample}{total:,} training images",
    )


def _sample(task: Task, seed: int) -> np.ndarray:
    """Sorted indices of a stratified sample of the training images, ``(n,)``."""
    labels = task.train.labels
    count = MAX_SAMPLE_VALUES // int(np.prod(task.record.image_shape))
    count = max(count, 2 * len(task.record.class_names))
    # scikit-learn stratifies only if an image of each class can be left out.
    if len(labels) < count + len(task.record.class_names):
        return np.arange(len(labels))
    from sklearn.model_selection import train_test_split

    indices, _ = train_test_split(
        np.arange(len(labels)),
        train_size=count,
        random_state=seed % 2**32,  # scikit-learn takes no larger seed
        stratify=labels,
    )
    return np.sort(indices)


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float32)
