"""What is worth saying of a study before it starts."""

from __future__ import annotations

from collections.abc import Iterator

from bench.datasets import Task
from bench.records import CLASSIFICATION, StudySpec
from bench.study import image_parts, precisions
from search_spaces.parts.class_weights import is_imbalanced
from search_spaces.parts.options import METRIC


def of_study(asked: StudySpec, spec: StudySpec, task: Task) -> Iterator[str]:
    """Lines about what a prepared study does otherwise than a user may expect.

    Args:
        asked: The study as it was asked for.
        spec: The same, completed.
        task: Its images.
    """
    yield precisions.note(asked, spec)
    yield _imbalance(spec, task)
    yield image_parts.note(asked, spec)


def _imbalance(spec: StudySpec, task: Task) -> str:
    """What an imbalance of the classes changes; empty if it changes nothing."""
    shares = task.class_shares
    is_classified = spec.task_type.kind == CLASSIFICATION
    if not is_classified or METRIC.name in spec.options or not is_imbalanced(shares):
        return ""
    return (
        f"the largest class has {max(shares) / min(shares):.1f} times the images of "
        f"the smallest: {spec.task_type.objective.label} selects and ranks; --metric "
        "names another"
    )
