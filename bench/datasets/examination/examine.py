"""The examination of a task."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.datasets.examination import clusters
from bench.datasets.examination.alike import TooAlikeError, pairs_alike
from bench.datasets.examination.images import Images
from bench.datasets.examination.one_pass import measure
from bench.datasets.examination.sample import spread
from bench.datasets.task import Split, Task
from bench.records import TEST, TRAIN, VALIDATION, Findings

SAMPLE = 2000
"""Maximum number of streamed images of a split that are examined."""


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What was found, and a list of all duplicates.

    Attributes:
        findings: Counts, and a few of the duplicates.
        duplicates: A row for each image that has a duplicate, and for each kind of
            it: its kind (exact or near), the number of its cluster, the image's
            split, its position in the data set, its label and its file.
    """

    findings: Findings
    duplicates: np.ndarray


def examine(task: Task) -> Examination:
    """Examine the images of a task; it takes seconds, and no copy of them.

    Of images that are streamed a sample is examined, in which each class keeps its
    share.
    """
    splits = {TRAIN: task.train, VALIDATION: task.validation, TEST: task.test}
    chosen = None
    if task.is_streamed:
        chosen = {name: spread(split.labels, SAMPLE) for name, split in splits.items()}
    images = Images(splits, chosen)
    measured = measure(images)
    first = clusters.first_alike(measured.contents)
    exact = _exact(first)
    pairs, refusal = _near(images, measured.hashes, first)
    near = _without_single(clusters.joined(first, pairs), pairs)
    of_split = {
        name: images.split_numbers == number for number, name in enumerate(splits)
    }
    findings = Findings(
        exact=clusters.counted(images, exact, _exact_pairs(first)),
        near=None if refusal else clusters.counted(images, near, pairs),
        not_near=refusal,
        counts={name: _counts(task, split) for name, split in splits.items()},
        constant={n: int(measured.is_constant[c].sum()) for n, c in of_split.items()},
        pixels={name: measured.summary(c) for name, c in of_split.items()},
        files=task.files,
        grouping=task.grouping,
        examined=None if chosen is None else {n: len(c) for n, c in chosen.items()},
    )
    listed = clusters.rows(images, exact, clusters.EXACT)
    listed += clusters.rows(images, near, clusters.NEAR)
    return Examination(findings=findings, duplicates=_table(listed))


def duplicate_clusters(parts: dict[str, Split]) -> np.ndarray:
    """A number for each image, which exact and near duplicates share.

    Args:
        parts: Parts of a data set, in whose order the images are numbered.
    """
    images = Images(parts)
    measured = measure(images)
    first = clusters.first_alike(measured.contents)
    pairs, _ = _near(images, measured.hashes, first)
    return clusters.joined(first, pairs)


def _near(
    images: Images, hashes: np.ndarray, first: np.ndarray
) -> tuple[np.ndarray, str]:
    """Pairs of near duplicates, and why they were not looked for."""
    try:
        return pairs_alike(images, hashes, np.unique(first)), ""
    except TooAlikeError as error:
        return np.zeros((0, 2), np.int64), str(error)


def _exact(first: np.ndarray) -> np.ndarray:
    """Clusters of images with the same pixels; -1 for the others."""
    counts = np.bincount(first, minlength=len(first))
    return np.where(counts[first] > 1, first, -1)


def _exact_pairs(first: np.ndarray) -> np.ndarray:
    others = np.flatnonzero(first != np.arange(len(first)))
    return np.stack([first[others], others], axis=1)


def _without_single(numbers: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Clusters that hold a pair of near duplicates; -1 for other images."""
    return np.where(np.isin(numbers, numbers[pairs]), numbers, -1)


def _counts(task: Task, split: Split) -> tuple[int, ...]:
    counts = np.bincount(split.labels, minlength=len(task.record.class_names))
    return tuple(counts.tolist())


def _table(listed: list[tuple[object, ...]]) -> np.ndarray:
    longest = max((len(str(row[-1])) for row in listed), default=1)
    fields = [
        ("kind", "U5"),
        ("cluster", np.int64),
        ("split", "U10"),
        ("position", np.int64),
        ("label", np.int64),
        ("file", f"U{max(1, longest)}"),
    ]
    return np.array(listed, dtype=fields)
