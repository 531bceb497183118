"""The nearest neighbour on small images, as a reference classifier."""

from __future__ import annotations

import time

import numpy as np

from bench.metrics import accuracy, log_loss
from bench.training.evaluators.pool import Pool, Prediction, shrunk
from bench.training.time_limit import check_fits, check_time, is_limited

NEIGHBOURS = (1, 3, 5, 9, 15, 25)
"""Choices for the number of neighbours."""

SIDES = (16, 8, 4)
"""Sides to which images are averaged, in pixels: the first that takes little time."""

MAX_PRODUCTS = 2e11
"""Maximum number of multiplications of all distances: half a minute on two cores."""

MEASURED = 256
"""Number of images from whose distances the time of all distances is forecast."""

MAX_HELD_OUT = 2000
"""Maximum number of training images that choose the number of neighbours."""


def nearest_neighbour(pool: Pool) -> Prediction:
    """Predict the classes of test images from the most similar training images.

    Images are compared by the Euclidean distance of their pixels. The number of
    neighbours is the one of the best accuracy on a fifth of the training images,
    which is held out for that. With ``k`` neighbours, of which ``n`` are of a class
    that has the share ``p`` of the training images, the probability of this class is
    ``(n + p) / (k + 1)``.

    Raises:
        CutShortError: It would take longer than the limit around it.
    """
    check_time()
    side, indices = _affordable(pool)
    train, test = (_flat(shrunk(x, side)) for x in (pool.small, pool.small_test))
    train, labels = train[indices], pool.labels[indices]
    shares = np.bincount(labels, minlength=pool.classes) / len(labels)
    count = min(MAX_HELD_OUT, max(1, len(labels) // 5))
    if is_limited():
        _check_time(train, labels, test, count)
    near = _neighbours(train[count:], labels[count:], train[:count])
    held_out = labels[:count]
    choices = [k for k in NEIGHBOURS if k <= near.shape[1]]
    validated = {k: _probabilities(near[:, :k], shares) for k in choices}
    best = max(choices, key=lambda k: _key(validated[k], held_out))
    near = _neighbours(train, labels, test)[:, :best]
    height, width = shrunk(pool.small[:1], side).shape[1:3]
    return Prediction(
        probabilities=_probabilities(near, shares),
        parameters=train.size,
        note=f"{best} nearest of {pool.text(indices)}, averaged to {height}x{width} "
        f"px; the best of {', '.join(map(str, choices))} on {count:,} held-out ones",
    )


def _affordable(pool: Pool) -> tuple[int, np.ndarray]:
    """The side of the compared images, and the indices of the training images."""
    for side in SIDES:
        values = shrunk(pool.small[:1], side).size
        count = int(MAX_PRODUCTS / (values * (len(pool.test) + MAX_HELD_OUT)))
        if count >= len(pool):
            break
    return side, pool.sample(max(count, pool.classes))


def _check_time(
    train: np.ndarray, labels: np.ndarray, test: np.ndarray, held_out: int
) -> None:
    """Refuse distances that would take longer than the limit allows."""
    _neighbours(train, labels, test[:1])  # imports scikit-learn
    began = time.perf_counter()
    _neighbours(train, labels, test[:MEASURED])
    pace = (time.perf_counter() - began) / len(test[:MEASURED])
    seconds = pace * (len(test) + held_out)
    check_fits("the nearest neighbours", seconds, seconds)


def _neighbours(
    train: np.ndarray, labels: np.ndarray, images: np.ndarray
) -> np.ndarray:
    """Labels of the nearest training images, ``(n, neighbours)``, nearest first."""
    from sklearn.neighbors import NearestNeighbors

    count = min(max(NEIGHBOURS), len(train))
    search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(train)
    near: np.ndarray = labels[search.kneighbors(images, return_distance=False)]
    return near


def _probabilities(near: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Class probabilities ``(n, classes)`` from the labels of the neighbours."""
    counts = np.stack([(near == label).sum(axis=1) for label in range(len(shares))], 1)
    probabilities: np.ndarray = (counts + shares) / (near.shape[1] + 1)
    return probabilities


def _key(probabilities: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    return accuracy(probabilities, labels), -log_loss(probabilities, labels)


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1)
