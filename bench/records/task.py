"""A task as the store holds it: its record, and a few of its images."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from bench.records.findings import Findings
from bench.records.wording import title

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, kw_only=True)
class TaskRecord:
    """Description of a task: a data set, its split and the shape of its images.

    Attributes:
        dataset: The data set as the user named it last.
        name: Of the data set in titles; None for that of its folder or file.
        content: Hash of what the data set holds, whatever its place, the size of its
            images and their splits; empty for data sets known by name, and where older
            versions read it.
        fingerprint: Hash of the pixels, the labels and all three splits.
        test_fingerprint: Hash of the test split alone: rows of one leaderboard
            share it.
        image_shape: ``(height, width, channels)``.
        class_names: Names of the classes in the order of their indices.
        train, validation, test: Numbers of images.
        seed: The seed that fixed the splits.
        findings: Of the examination; None for tasks that were never examined. They are
            no part of the task's identity.
        removed_configurations, removed_trainings: Numbers of those that removed studies
            tested on the test split: what was seen can't be forgotten.
    """

    dataset: str
    fingerprint: str
    test_fingerprint: str
    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    train: int
    validation: int
    test: int
    seed: int
    name: str | None = field(default=None, compare=False)
    content: str = ""
    findings: Findings | None = field(default=None, compare=False)
    removed_configurations: int = field(default=0, compare=False)
    removed_trainings: int = field(default=0, compare=False)

    @property
    def title(self) -> str:
        """How the data set is called in titles."""
        return self.name or title(self.dataset)

    @property
    def data_set(self) -> str:
        """What tells data sets apart."""
        return self.content or self.dataset

    @property
    def images(self) -> int:
        """Number of images in all splits."""
        return self.train + self.validation + self.test

    def to_json(self) -> str:
        values = asdict(self)
        del values["name"]  # studies hold it
        return json.dumps(values, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> TaskRecord:
        values = json.loads(text)
        values["image_shape"] = tuple(values["image_shape"])
        values["class_names"] = tuple(values["class_names"])
        if (findings := values.get("findings")) is not None:
            values["findings"] = Findings.of(findings)
        return cls(**values)


@dataclass(frozen=True, kw_only=True)
class Samples:
    """A few images of a task, so that reports need not load the data set.

    Attributes:
        train_images: ``(n, height, width, channels)``, ``uint8``.
        train_labels: ``(n,)``, class indices.
        test_images: ``(m, height, width, channels)``, ``uint8``.
        test_labels: ``(m,)``, class indices.
        test_indices: ``(m,)``, indices within the test split, and so rows of the
            predictions.
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    test_indices: np.ndarray
