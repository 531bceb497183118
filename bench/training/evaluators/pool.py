"""The images of a board that reference classifiers learn from, whatever the study."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bench.datasets import Split, Task
from bench.datasets.streamed import is_streamed
from bench.training.time_limit import check_fits, is_limited

MAX_SIDE = 16
"""Maximum side of the small images, in pixels."""

MAX_STREAMED = 20_000
"""Maximum number of streamed images in a pool."""

_TIMED = 1000
"""Number of images from which the time of all is forecast."""

_CHUNK_VALUES = 2**25
"""Maximum number of pixel values that are averaged at a time."""

_STREAMED_VALUES = 2**22
"""The same for images that are streamed, for which memory is short."""


class Pool:
    """All training and validation images of a task, in an order of their own.

    The order follows a hash of the images, so that it is random, but the same for
    every seed and every division into training and validation images.

    Of images that are streamed, a sample is in the pool, in which each class keeps its
    share.

    Args:
        task: The task; if a study trains on a sample of its images, all are taken.
    """

    def __init__(self, task: Task) -> None:
        self.task = task.whole()
        self.classes = len(self.task.record.class_names)
        self._splits = _sampled(self.task)

    def __len__(self) -> int:
        return sum(map(len, self._splits))

    @property
    def test(self) -> Split:
        return self.task.test

    @property
    def shares(self) -> np.ndarray:
        """Share of each class, ``(classes,)``."""
        counts = np.bincount(self._unordered_labels, minlength=self.classes)
        shares: np.ndarray = counts / len(self)
        return shares

    @cached_property
    def labels(self) -> np.ndarray:
        """Class indices, ``(n,)``."""
        labels: np.ndarray = self._unordered_labels[self._order]
        return labels

    @property
    def small(self) -> np.ndarray:
        """Images of at most 16 pixels a side; see ``shrunk``."""
        return self._sorted[1]

    @cached_property
    def small_test(self) -> np.ndarray:
        """Test images of the same size."""
        return shrunk(self.test.images, MAX_SIDE)

    def images(self, indices: np.ndarray) -> np.ndarray:
        """Images at their own size, ``(n, height, width, channels)``."""
        train, validation = self._splits
        positions = self._order[indices]
        in_train = positions < len(train)
        images = np.empty(
            (len(indices), *train.images.shape[1:]), dtype=train.images.dtype
        )
        images[in_train] = train.images[positions[in_train]]
        images[~in_train] = validation.images[positions[~in_train] - len(train)]
        return images

    def sample(self, count: int) -> np.ndarray:
        """Sorted indices of about ``count`` images; each class keeps its share."""
        by_class = np.argsort(self.labels, kind="stable")
        in_order = self.labels[by_class]
        turns = np.empty(len(self), int)
        turns[by_class] = np.arange(len(self)) - np.searchsorted(in_order, in_order)
        sizes = np.bincount(self.labels, minlength=self.classes)
        wanted = np.ceil(sizes * min(1.0, count / len(self)))
        return np.flatnonzero(turns < wanted[self.labels])

    def text(self, indices: np.ndarray) -> str:
        """Describes the training images of a reference."""
        count = len(self.task.train) + len(self.task.validation)
        sampled, total = len(indices), f"{count:,} training and validation images"
        return f"a sample of {sampled:,} of {total}" if sampled < count else total

    @cached_property
    def _unordered_labels(self) -> np.ndarray:
        return np.concatenate([split.labels for split in self._splits])

    @cached_property
    def _sorted(self) -> tuple[np.ndarray, np.ndarray]:
        """The order of the images, and the small images in this order."""
        if is_limited():
            self._check_time()
        small = np.concatenate([shrunk(s.images, MAX_SIDE) for s in self._splits])
        keys = _hashes(small, self._unordered_labels)
        order = np.array(sorted(range(len(keys)), key=keys.__getitem__))
        return order, small[order]

    def _check_time(self) -> None:
        """Refuse to shrink and to sort images if it would take too long."""
        few = self.task.train.images[:_TIMED]
        began = time.perf_counter()
        _hashes(shrunk(few, MAX_SIDE), np.zeros(len(few), int))
        seconds = (time.perf_counter() - began) / len(few) * len(self)
        check_fits("small images", seconds, seconds)

    @property
    def _order(self) -> np.ndarray:
        return self._sorted[0]


def pool_size(task: Task) -> int:
    """Number of the task's own images that a pool holds."""
    return sum(map(len, _sampled(task)))


def _sampled(task: Task) -> tuple[Split, ...]:
    """Training and validation images; samples of those that are streamed."""
    splits = (task.train, task.validation)
    count = sum(map(len, splits))
    if not task.is_streamed or count <= MAX_STREAMED:
        return splits
    return tuple(_sample(split, MAX_STREAMED / count) for split in splits)


def _sample(split: Split, share: float) -> Split:
    """A share of a split's images, spread evenly over those of each class."""
    by_class = np.argsort(split.labels, kind="stable")
    count = max(1, round(share * len(split)))
    places = np.linspace(0, len(split) - 1, count, dtype=int)
    return split.part(np.sort(by_class[places]))


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What a reference classifier says of the test images.

    Attributes:
        probabilities: ``(n, classes)``.
        parameters: Number of values that it keeps.
        note: Says how it was trained.
    """

    probabilities: np.ndarray
    parameters: int
    note: str


def _hashes(images: np.ndarray, labels: np.ndarray) -> list[bytes]:
    return [
        hashlib.blake2b(image.tobytes(), key=str(label).encode()).digest()
        for image, label in zip(images, labels, strict=True)
    ]


def shrunk(images: np.ndarray, max_side: int) -> np.ndarray:
    """Average images down to at most ``max_side`` pixels a side.

    A pixel is the average of the area that it covers, parts of pixels included.

    Args:
        images: ``(n, height, width, channels)``.
        max_side: Maximum height and width of the results, in pixels.

    Returns:
        ``(n, height, width, channels)``, ``float32``; images that are as small, of that
        type, as they are.
    """
    if max(images.shape[1:3]) <= max_side and not is_streamed(images):
        return images.astype(np.float32, copy=False)
    rows, columns = (_averages(side, min(side, max_side)) for side in images.shape[1:3])
    shape = (len(images), len(rows), len(columns), images.shape[3])
    result = np.empty(shape, np.float32)
    values = _STREAMED_VALUES if is_streamed(images) else _CHUNK_VALUES
    step = max(1, values // int(np.prod(images.shape[1:])))
    for start in range(0, len(images), step):
        chunk = images[start : start + step].astype(np.float32)
        result[start : start + step] = np.einsum(
            "ih,nhwc,jw->nijc", rows, chunk, columns, optimize=True
        )
    return result


def _averages(side: int, count: int) -> np.ndarray:
    """Weights ``(count, side)`` that average a row of pixels to fewer ones."""
    edges = np.arange(count + 1)[:, np.newaxis] * (side / count)
    pixels = np.arange(side)
    overlaps = np.minimum(edges[1:], pixels + 1) - np.maximum(edges[:-1], pixels)
    weights: np.ndarray = overlaps.clip(0) * (count / side)
    return weights.astype(np.float32)
