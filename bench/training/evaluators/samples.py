"""How many images generators are compared over."""

from __future__ import annotations

from bench.datasets import Task

MOST_SAMPLES = 10_000
"""Made and real images that are compared, fewer where there are fewer."""


def sample_count(task: Task) -> int:
    """Made and as many real images that are compared, in validation and in test."""
    return min(len(task.validation), len(task.test), MOST_SAMPLES)
