"""The floor of every leaderboard: classifiers that nobody searched."""

from __future__ import annotations

import time
import warnings

import numpy as np

from bench.datasets import Task
from bench.records import ReferenceRecord
from bench.training.evaluators import scores

LARGEST_SAMPLE_VALUES = 4_000_000
"""Pixels that logistic regression is given at most: seconds on one core."""


def references(task: Task, seed: int) -> list[ReferenceRecord]:
    """Score a prior classifier and a logistic regression on the test split.

    Args:
        task: The task; its validation split isn't used.
        seed: Of the training sample, where the training split is too large.
    """
    return [_prior(task), _logistic_regression(task, seed)]


def _prior(task: Task) -> ReferenceRecord:
    started = time.perf_counter()
    shares = np.bincount(task.train.labels, minlength=len(task.record.class_names))
    probabilities = np.tile(shares / shares.sum(), (len(task.test.labels), 1))
    return ReferenceRecord(
        name="prior",
        metrics=scores.classification(probabilities, task.test.labels, "test"),
        parameters=len(shares),
        seconds=time.perf_counter() - started,
        note="the most frequent class, whatever the image",
    )


def _logistic_regression(task: Task, seed: int) -> ReferenceRecord:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    started = time.perf_counter()
    rows = _sample(task, seed)
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.01, max_iter=100, tol=1e-3)
    )
    with warnings.catch_warnings():
        # A floor need not converge; how far it came is what it scores.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(_flat(task.train.images[rows]), task.train.labels[rows])
    probabilities = np.zeros((len(task.test), len(task.record.class_names)))
    # A class may be too rare to have come into the sample.
    probabilities[:, model.classes_] = model.predict_proba(_flat(task.test.images))
    coefficients = model[-1].coef_.size + model[-1].intercept_.size
    total = len(task.train.labels)
    sampled = f"a stratified sample of {len(rows):,} of " if len(rows) < total else ""
    return ReferenceRecord(
        name="logistic_regression",
        metrics=scores.classification(probabilities, task.test.labels, "test"),
        parameters=coefficients,
        seconds=time.perf_counter() - started,
        note=f"on standardized pixels of {sampled}{total:,} training images",
    )


def _sample(task: Task, seed: int) -> np.ndarray:
    """Rows of the training split, stratified, at most as many as fit the bound."""
    labels = task.train.labels
    most = LARGEST_SAMPLE_VALUES // int(np.prod(task.record.image_shape))
    most = max(most, 2 * len(task.record.class_names))
    # Stratifying takes a leftover of at least an image a class.
    if len(labels) < most + len(task.record.class_names):
        return np.arange(len(labels))
    from sklearn.model_selection import train_test_split

    rows, _ = train_test_split(
        np.arange(len(labels)),
        train_size=most,
        random_state=seed % 2**32,  # all that scikit-learn takes
        stratify=labels,
    )
    return np.sort(rows)


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float32)
