"""Features of images by frozen networks, computed once and kept in files.

Every network and task has a folder of files, which all processes share; see
``feature_file``.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path

import keras
import numpy as np

from bench.datasets import Split, Task
from bench.records import TaskRecord, digest
from bench.training.feature_file import DTYPE, FeatureFile, pace_in
from search_spaces.family import Extractor


class Features:
    """The outputs of one frozen network for the images of one task.

    Args:
        task: A task of images.
        extractor: The network, and how it augments images.
        folder: Folder of the features of all networks and tasks.
    """

    def __init__(self, task: Task, extractor: Extractor, folder: Path) -> None:
        self._image_task = task
        self.extractor = extractor
        self._folder = folder_of(task.record, len(task.train), extractor, folder)

    @cached_property
    def network(self) -> keras.Model:
        """The network without augmentation, for images as the task has them."""
        return self.extractor.make(False)

    def seconds_an_image(self) -> float | None:
        """Seconds that the network took for an image; None if nobody knows."""
        return pace_in(self._folder)

    def test_seconds(self) -> float:
        """Forecast of the seconds for features of test images that are missing."""
        return self.missing_test_images * (self.seconds_an_image() or 0.0)

    @property
    def are_computed(self) -> bool:
        """Whether those of the training and validation images are."""
        return not self.missing_images

    @property
    def missing_images(self) -> int:
        """Number of training and validation images without features, copies counted."""
        copies = self.extractor.copies
        return self._missing("train", copies) + self._missing("validation")

    @property
    def missing_test_images(self) -> int:
        """Number of test images without features."""
        return self._missing("test")

    def _missing(self, name: str, copies: int = 1) -> int:
        """Number of missing images of a split, each copy counted."""
        images = getattr(self._image_task, name).images
        return FeatureFile(self._folder, name, [images] * copies).missing_images

    @cached_property
    def task(self) -> Task:
        """The task with features in place of images.

        If images are augmented, the copies of all training images follow each other.
        The test split is empty, since only the best configuration is tested.
        """
        images, copies = self._image_task, self.extractor.copies
        train = Split(
            images=self._computed(
                "train", [images.train.images] * copies, augments=copies > 1
            ),
            labels=np.tile(images.train.labels, copies),
        )
        if images.validation is images.train and copies == 1:
            validation = train
        else:
            validation = Split(
                images=self._computed("validation", [images.validation.images]),
                labels=images.validation.labels,
            )
        empty = Split(images=np.empty(0), labels=np.empty(0))
        return replace(images, train=train, validation=validation, test=empty)

    def test(self) -> np.ndarray:
        """Features of the test images."""
        return self._computed("test", [self._image_task.test.images])

    def of(self, images: np.ndarray) -> np.ndarray:
        """Features of any batch of images."""
        features = np.asarray(self.network.predict_on_batch(images), DTYPE)
        return features[:, self.extractor.part]

    def _computed(
        self, name: str, copies: list[np.ndarray], *, augments: bool = False
    ) -> np.ndarray:
        """Features of images, from their file or computed now.

        Args:
            name: Name of the file, without suffix.
            copies: The images, once for each copy.
            augments: Whether each copy is augmented.
        """
        file = FeatureFile(self._folder, name, copies)
        if file.missing:
            file.fill(lambda: self.extractor.make(True) if augments else self.network)
        return file.opened("r")[:, self.extractor.part]


def folder_of(task: TaskRecord, train: int, extractor: Extractor, folder: Path) -> Path:
    """Folder of the features of a task's images by a network.

    Args:
        task: The task.
        train: Number of its training images.
        extractor: The network.
        folder: Folder of the features of all networks and tasks.
    """
    shape = str(task.image_shape)
    return folder / digest(task.fingerprint, shape, str(train), extractor.name)
