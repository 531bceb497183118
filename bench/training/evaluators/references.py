"""Reference classifiers, whose scores every search should exceed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cache, partial

import numpy as np

from bench.datasets import Task
from bench.metrics import Predicted, classifier_metrics
from bench.records import ReferenceRecord
from bench.training.evaluators.evaluator import References
from bench.training.evaluators.linear_probe import linear_probe, weights_at_hand
from bench.training.evaluators.nearest_neighbour import nearest_neighbour
from bench.training.evaluators.pool import Pool, Prediction, pool_size
from bench.training.evaluators.regression import regression
from bench.training.evaluators.tested import kept_outputs
from bench.training.time_limit import check_time

Reference = Callable[[Pool], Prediction | None]


def references(
    task: Task, known: Mapping[str, ReferenceRecord], weights: str | None = None
) -> References:
    """Classifiers that need no search, to be scored on the test split.

    They are a prior classifier, a logistic regression and nearest neighbours on small
    images and, if pretrained weights are on this machine, a linear probe. They learn
    from all training and validation images of the data set, also if the study has a
    sample of them, and depend on no seed.

    Args:
        task: The task of a study.
        known: References of the board by name; those that learned from as many images
            as the task has, or more, aren't scored again.
        weights: Pretrained weights as the study has them: a path, ``random`` or None.
    """
    named: dict[str, Reference] = {
        "prior": _prior,
        "logistic_regression": _logistic_regression,
        "nearest_neighbour": nearest_neighbour,
    }
    if (file := weights_at_hand(weights)) is not None:
        named["linear_probe"] = partial(linear_probe, weights=file)
    count = pool_size(task)
    pool = cache(lambda: Pool(task))
    return {
        name: partial(_record, name, reference, pool)
        for name, reference in named.items()
        if name not in known or known[name].images < count
    }


def _record(
    name: str, reference: Reference, shared: Callable[[], Pool]
) -> ReferenceRecord | None:
    started, pool = time.perf_counter(), shared()
    prediction = reference(pool)
    if prediction is None:
        return None
    predicted = Predicted(prediction.probabilities, pool.test.labels)
    return ReferenceRecord(
        name=name,
        outputs=kept_outputs(predicted),
        metrics=classifier_metrics(*predicted, "test"),
        parameters=prediction.parameters,
        seconds=time.perf_counter() - started,
        note=prediction.note,
        images=len(pool),
    )


def _prior(pool: Pool) -> Prediction:
    return Prediction(
        probabilities=np.tile(pool.shares, (len(pool.test), 1)),
        parameters=pool.classes,
        note="the most frequent class, whatever the image",
    )


def prior_probabilities(task: Task) -> np.ndarray:
    """Shares of the classes among the training images, for each test image."""
    shares = np.bincount(task.train.labels, minlength=len(task.record.class_names))
    probabilities: np.ndarray = np.tile(
        shares / shares.sum(), (len(task.test.labels), 1)
    )
    return probabilities


def _logistic_regression(pool: Pool) -> Prediction:
    check_time()
    train, test = (x.reshape(len(x), -1) for x in (pool.small, pool.small_test))
    probabilities, parameters, how = regression(train, pool.labels, test, pool.classes)
    height, width = pool.small.shape[1:3]
    everything = pool.text(np.arange(len(pool)))
    return Prediction(
        probabilities=probabilities,
        parameters=parameters,
        note=f"{how}, on {everything}, averaged to {height}x{width} px, standardized",
    )
