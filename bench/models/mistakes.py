"""What the models of a study get wrong in its test, and which labels may be wrong.

Needs no Keras: a store holds what the models of all seeds predicted in the test.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.datasets import Split, pixels
from bench.errors import UsageError, command
from bench.models.own_task import own_task
from bench.models.selection import Selected
from bench.records import CLASSIFICATION
from bench.store import Store


@dataclass(frozen=True, kw_only=True)
class Mistakes:
    """The test of a study, image by image.

    Attributes:
        selected: The study, and which of its configurations.
        test: The test images.
        pixel_range: Lowest and highest value that a pixel is meant to have.
        probabilities: ``(seeds, n, classes)``, of the model of each seed.
    """

    selected: Selected
    test: Split
    pixel_range: tuple[float, float]
    probabilities: np.ndarray

    @property
    def class_names(self) -> tuple[str, ...]:
        return self.selected.study.task.class_names

    @property
    def mean(self) -> np.ndarray:
        """Probabilities ``(n, classes)``, the mean over the seeds."""
        mean: np.ndarray = self.probabilities.mean(axis=0)
        return mean

    @property
    def wrong(self) -> np.ndarray:
        """Indices of the images that are predicted wrong, the most confident first."""
        mean = self.mean
        indices = np.flatnonzero(mean.argmax(axis=1) != self.test.labels)
        confidence = mean[indices].max(axis=1)
        found: np.ndarray = indices[np.argsort(-confidence, kind="stable")]
        return found

    @property
    def doubtful(self) -> np.ndarray:
        """Indices of images whose label may be wrong, the most confident first.

        The models of all seeds predict one other class. Each of them gives it at least
        the probability that it gives on average to images with that label; the second
        condition is that of confident learning.

        Reference: Northcutt et al. 2021, "Confident learning: estimating uncertainty
        in dataset labels".
        """
        labels, wrong = self.test.labels, self.wrong
        thresholds = self._usual_confidence()
        found = []
        for index in wrong:
            votes = self.probabilities[:, index].argmax(axis=1)
            other = votes[0]
            sure = self.probabilities[:, index, other] >= thresholds[:, other]
            if (votes == other).all() and other != labels[index] and sure.all():
                found.append(index)
        return np.array(found, int)

    def _usual_confidence(self) -> np.ndarray:
        """Mean probability of each class for images with its label, by model."""
        classes = range(len(self.class_names))
        of_class = [self.test.labels == label for label in classes]
        return np.stack(
            [
                self.probabilities[:, mask, label].mean(axis=1)
                for label, mask in zip(classes, of_class, strict=True)
            ],
            axis=1,
        )

    def confused(self) -> list[dict[str, Any]]:
        """Pairs of a class and what it is taken for, the most frequent pair first."""
        predicted = self.mean.argmax(axis=1)
        counts = np.bincount(self.test.labels, minlength=len(self.class_names))
        pairs: dict[tuple[int, int], int] = {}
        for index in self.wrong:
            pair = int(self.test.labels[index]), int(predicted[index])
            pairs[pair] = pairs.get(pair, 0) + 1
        return [
            {
                "label": self.class_names[label],
                "prediction": self.class_names[taken],
                "images": count,
                "share_of label": f"{count / counts[label]:.1%}",
            }
            for (label, taken), count in sorted(pairs.items(), key=lambda p: -p[1])
        ]

    def rows(self, indices: np.ndarray) -> list[dict[str, Any]]:
        """A row for each of some test images."""
        mean = self.mean
        predicted = mean.argmax(axis=1)
        votes = self.probabilities.argmax(axis=2) == predicted
        return [
            {
                "image": self.name(index),
                "label": self.class_names[self.test.labels[index]],
                "prediction": self.class_names[predicted[index]],
                "probability": round(float(mean[index].max()), 4),
                "seeds_that agree": f"{votes[:, index].sum()} of {len(votes)}",
            }
            for index in indices
        ]

    def name(self, index: int) -> str:
        """File of a test image, or its index among the test images."""
        files = self.test.files
        return f"test image {index}" if files is None else str(files[index])

    def images(self, indices: np.ndarray) -> np.ndarray:
        """Test images to look at, ``uint8``."""
        return pixels.to_uint8(self.test.images[indices], self.pixel_range)


def mistakes(store: Store, selected: Selected, data: Path | None) -> Mistakes:
    """Collect the predictions of the test, and load its images.

    Args:
        store: Holds the study.
        selected: A study of classifiers, and which of its configurations.
        data: Folder of data sets known by name, as for a search.

    Raises:
        BenchError: The study has no tested model, is of another task type, or its
            data set holds other images now.
    """
    study = selected.study
    if study.spec.task_type.kind != CLASSIFICATION:
        raise UsageError(
            f"mistakes are those of classifiers; {selected.name} is of "
            f"{study.spec.task_type.kind}: name another study "
            f"({command('studies')})"
        )
    finals = [f for f in store.finals(study.id, selected.role) if f.error is None]
    if not finals:
        raise UsageError(
            f"mistakes are made in the test; {selected.name} has not been tested yet: "
            "give its search again"
        )
    task = own_task(study, data)
    outputs = [store.outputs(study.id, f.seed, selected.role) for f in finals]
    return Mistakes(
        selected=selected,
        test=task.test,
        pixel_range=task.pixel_range,
        probabilities=np.stack([each["probabilities"] for each in outputs]),
    )
