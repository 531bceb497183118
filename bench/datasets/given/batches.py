"""``tf.data.Dataset`` and Keras' ``PyDataset``: images and labels that come in turn."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from bench.datasets import memory
from bench.datasets.arrays import from_arrays
from bench.datasets.class_names import distinct
from bench.datasets.given.arrays import array_of, check_memory
from bench.datasets.given.kinds import is_a, is_pair_of
from bench.datasets.source import Source
from bench.errors import BenchError, DatasetError, shortened

_IMAGE_KEYS, _LABEL_KEYS = ("image", "images", "x"), ("label", "labels", "y")
"""Keys of elements that are dictionaries, as TensorFlow Datasets has them."""


def takes(given: Any) -> bool:
    return is_stream(given) or is_pair_of(given, is_stream)


def is_stream(given: Any) -> bool:
    return _is_tensorflow(given) or _is_keras(given)


def source(
    given: Any,
    image_size: tuple[int, int] | None,
    skip_unreadable: bool,
    groups: str | np.ndarray | None = None,
) -> Source:
    """The data set of one stream, or of two: training and test images.

    Raises:
        DatasetError: It is infinite or does not fit in memory, or its elements are
            not images with one label each.
    """
    if groups is not None:
        raise DatasetError(
            "groups are given in the order of the images, which a data set read "
            "in batches does not have: give arrays, dataset=(X, y), with groups="
        )
    streams = [given] if is_stream(given) else list(given)
    arrays = [array for stream in streams for array in _collected(stream)]
    made = from_arrays(arrays, f"dataset={type(streams[0]).__name__}")
    names = getattr(streams[0], "class_names", None)
    if names is None or len(names) != len(made.class_names):
        return made
    return replace(made, class_names=distinct(map(str, names)))


def _is_tensorflow(given: Any) -> bool:
    return is_a(given, "tensorflow", "DatasetV2")


def _is_keras(given: Any) -> bool:
    return is_a(given, "keras", "PyDataset")


def _collected(stream: Any) -> tuple[np.ndarray, np.ndarray]:
    """All images and labels, in an order that does not depend on shuffling."""
    images: list[np.ndarray] = []
    labels: list[np.ndarray] = []
    with _errors_explained():
        for x, y in _batches(stream):
            images.append(array_of(x))
            labels.append(_classes(array_of(y)))
            _check_room(images)
    if not images:
        raise DatasetError(
            "a data set must hold images; this one has no element: check how it is made"
        )
    X, y = np.concatenate(images), np.concatenate(labels)
    images.clear()
    check_memory([X, y])
    order = _order(X, y)
    return X[order], y[order]


@contextmanager
def _errors_explained() -> Iterator[None]:
    try:
        yield
    except (BenchError, MemoryError):
        raise
    except Exception as error:  # a stream runs the user's code, and may raise anything
        reason = shortened(" ".join(str(error).split()), 200)
        raise DatasetError(
            "a data set must be readable to its end; this one raised "
            f"{type(error).__name__} ({reason}): mend how it is made"
        ) from error


def _check_room(images: list[np.ndarray]) -> None:
    """Refuse images that no longer fit: a stream of unknown length may be endless."""
    batch = images[-1].nbytes
    memory.check(
        2 * batch * len(images),
        f"the first {len(images):,} batches",
        "give a finite data set of fewer or smaller images, such as dataset.take(n)",
    )


def _order(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Indices that sort images by a hash of each and its label."""
    digests = [
        hashlib.sha256(np.ascontiguousarray(image).data).digest() + str(label).encode()
        for image, label in zip(X, y, strict=True)
    ]
    return np.array(sorted(range(len(digests)), key=digests.__getitem__))


def _classes(labels: np.ndarray) -> np.ndarray:
    """Class indices for one-hot vectors; other labels as they are."""
    if labels.ndim != 2 or labels.shape[1] < 2:
        return labels
    is_one_hot = np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()
    return labels.argmax(axis=1) if is_one_hot else labels


def _batches(stream: Any) -> Iterator[tuple[Any, Any]]:
    if _is_keras(stream):
        yield from map(_pair, _keras_batches(stream))
        return
    _check_finite(int(stream.cardinality()) == -1, "dataset.take(n)")
    if not _is_batched(stream):
        stream = stream.batch(256)
    yield from map(_pair, stream.as_numpy_iterator())


def _keras_batches(stream: Any) -> Iterable[Any]:
    count = getattr(stream, "num_batches", None)
    _check_finite(count is None, "a __len__")
    return (stream[index] for index in range(count or 0))


def _check_finite(is_infinite: bool, way_out: str) -> None:
    if is_infinite:
        raise DatasetError(
            "a data set must end, since it is split and each image counted once; this "
            f"one repeats for ever: leave out repeat(), or give it an end by {way_out}"
        )


def _is_batched(stream: Any) -> bool:
    """Whether elements are batches, by the ranks of images and labels."""
    images, labels = (list(each.shape) for each in _pair(stream.element_spec))
    if len(images) != 3:
        return len(images) > 3
    if len(labels) != 1:  # gray images with one-hot labels, or one image with its class
        return len(labels) > 1
    has_channels = images[2] is not None and images[2] <= 4
    return not has_channels and labels[0] == images[0]


def _pair(element: Any) -> tuple[Any, Any]:
    """Images and labels of an element.

    Raises:
        DatasetError: It is neither a pair nor a dictionary of these.
    """
    if isinstance(element, dict):
        found = [
            next((element[key] for key in keys if key in element), None)
            for keys in (_IMAGE_KEYS, _LABEL_KEYS)
        ]
        if all(each is not None for each in found):
            return found[0], found[1]
    elif isinstance(element, tuple | list) and len(element) in (2, 3):
        return element[0], element[1]  # weights of samples, if any, are left out
    raise DatasetError(
        "elements of a data set must be (images, labels), or dictionaries with image "
        f"and label; not {type(element).__name__}: map them to such pairs"
    )
