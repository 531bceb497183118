"""A task: a data set that is split and ready to train on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bench.datasets import pixels
from bench.datasets.streamed import MAX_KEPT, is_streamed, part_of
from bench.errors import DatasetError, RemoteError
from bench.records import FileSummary, Grouping, Samples, TaskRecord


@dataclass(frozen=True, kw_only=True)
class Split:
    """Images and their labels.

    Attributes:
        images: ``(n, height, width, channels)``, ``uint8`` or ``float32``.
        labels: ``(n,)``, ``int64`` class indices.
        files: ``(n,)``, paths of the images' files within their folder; None for
            images that come as arrays.
        positions: ``(n,)``, indices within the part of the data set that the images
            were drawn from; None for all of it, in its order.
        groups: ``(n,)``, numbers of the groups that the images belong to, such as those
            of one patient; None if each image stands alone.
        keys: ``(n, 2)``, ``uint64``, which tell the images' files apart and stand for
            the pixels in fingerprints; None to take the pixels themselves.
        blocks: ``(n,)``, numbers of the stretches of a file that the images lie in,
            each of which is read at once; None if the images lie in no order.
    """

    images: np.ndarray
    labels: np.ndarray
    files: np.ndarray | None = None
    positions: np.ndarray | None = None
    groups: np.ndarray | None = None
    keys: np.ndarray | None = None
    blocks: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, indices: np.ndarray | slice) -> Split:
        """The images at some indices, with all that is known of them."""

        def chosen(values: np.ndarray | None) -> np.ndarray | None:
            return None if values is None else values[indices]

        return Split(
            images=part_of(self.images, indices),
            labels=self.labels[indices],
            files=chosen(self.files),
            positions=self.places[indices],
            groups=chosen(self.groups),
            keys=chosen(self.keys),
            blocks=chosen(self.blocks),
        )

    @property
    def is_streamed(self) -> bool:
        """Whether images are decoded when they are read, and never all at once."""
        return is_streamed(self.images)

    @property
    def places(self) -> np.ndarray:
        """Indices within the part of the data set that the images were drawn from."""
        return np.arange(len(self)) if self.positions is None else self.positions


@dataclass(frozen=True, kw_only=True)
class Task:
    """Three splits of one data set.

    Attributes:
        record: The part that the store keeps.
        pixel_range: Lowest and highest value that a pixel is meant to have, inferred
            from the training images; models scale by it.
        bits: Bits that one value of an image takes; see ``pixels.bits``.
        notes: Lines for the user, such as how many files were left out.
        files: Of the images; None for images that come as arrays.
        grouping: How groups of images were divided; None without groups.
        max_kept: Bytes of training inputs that a training process may copy into the
            backend's memory, if it can take larger ones in chunks.
        load_whole: Loads the task with all images; None if it has them.
        state: Of the files that it was loaded from, by which they are known again
            without reading them; None where that isn't known. See ``file_state``.
    """

    record: TaskRecord
    train: Split
    validation: Split
    test: Split
    pixel_range: tuple[float, float]
    bits: int = 8
    notes: tuple[str, ...] = ()
    files: FileSummary | None = None
    grouping: Grouping | None = None
    max_kept: int = MAX_KEPT
    load_whole: Callable[[], Task] | None = None
    state: str | None = None

    @property
    def is_streamed(self) -> bool:
        """Whether its images are decoded when they are read."""
        return self.train.is_streamed

    @property
    def class_shares(self) -> tuple[float, ...]:
        """Share of each class among the images that train and validate."""
        labels = np.concatenate([self.train.labels, self.validation.labels])
        counts = np.bincount(labels, minlength=len(self.record.class_names))
        return tuple((counts / len(labels)).tolist())

    def whole(self) -> Task:
        """The task with all of its images, if these are a sample; else itself.

        It is loaded again. If that fails or gives other test images, since the files
        have changed, the sample is all that is left.
        """
        if self.load_whole is None:
            return self
        try:
            task = self.load_whole()
        except (DatasetError, RemoteError):
            return self
        same = task.record.test_fingerprint == self.record.test_fingerprint
        return task if same else self

    def samples(self, *, train: int = 8, test: int = 24) -> Samples:
        """A few images for reports, the same at every call.

        Training images go through the classes in turn. Test images are spread evenly
        over the test split, so that their predictions are as good as all others.

        Args:
            train: Maximum number of training images.
            test: Maximum number of test images.
        """
        chosen = _classes_in_turn(self.train.labels)[:train]
        test_indices = np.unique(
            np.linspace(0, len(self.test) - 1, min(test, len(self.test)), dtype=int)
        )
        test_images = self.test.images[test_indices]
        return Samples(
            train_images=pixels.to_uint8(self.train.images[chosen], self.pixel_range),
            train_labels=self.train.labels[chosen],
            test_images=pixels.to_uint8(test_images, self.pixel_range),
            test_labels=self.test.labels[test_indices],
            test_indices=test_indices,
        )


def _classes_in_turn(labels: np.ndarray) -> np.ndarray:
    """Indices by turns: one image of each class, then a second one of each, ..."""
    by_class = np.argsort(labels, kind="stable")
    sorted_labels = labels[by_class]
    first_of_class = np.searchsorted(sorted_labels, sorted_labels)
    turn = np.arange(len(labels)) - first_of_class
    return by_class[np.lexsort((sorted_labels, turn))]
