"""The number of images over which generators are compared."""

from __future__ import annotations

from bench.datasets import Task

MAX_SAMPLES = 10_000
"""Maximum number of generated images, and of real ones, in a comparison."""


def sample_count(task: Task) -> int:
    """Number of generated images, and of real ones, that a comparison takes.

    Validation and test take the same number, so that their distances are comparable.
    """
    return min(len(task.validation), len(task.test), MAX_SAMPLES)
