"""Whether a study compares trials on parts of its training images."""

from __future__ import annotations

from typing import TypedDict

from bench import searchers
from bench.datasets import Task
from bench.records import (
    CLASSIFICATION,
    PART_FACTOR,
    SMALLEST_PART,
    StudySpec,
    default_smallest_part,
)
from bench.searchers import parts
from bench.training.hypermodel import FamilySource


class Parts(TypedDict):
    """Fields of the specification of a study that is prepared."""

    part_rungs: int
    smallest_part: int | None


def of_study(spec: StudySpec, source: FamilySource, task: Task) -> Parts:
    """Number of rungs on parts, and the size of parts if the default has others.

    Parts say something of classifiers. Heads train in seconds on features that are
    computed of all images.
    """
    searchers.check_name(spec.tuner)
    has_parts = parts.has_parts(spec.tuner, spec.schedule)
    if not has_parts or source.trains_head_only or source.task_type != CLASSIFICATION:
        return Parts(part_rungs=0, smallest_part=None)
    smallest, images = spec.smallest_part, len(task.train)
    if smallest is None:
        smallest = default_smallest_part()
    rungs = parts.part_rungs(images, smallest)
    is_usual = rungs == parts.part_rungs(images, SMALLEST_PART)
    return Parts(part_rungs=rungs, smallest_part=None if is_usual else smallest)


def note(asked: StudySpec, spec: StudySpec) -> str:
    """What to say if parts were asked for and there are none; else empty."""
    if not asked.smallest_part or spec.part_rungs:
        return ""
    return (
        "--smallest-part changes nothing here: parts of the images serve classifiers "
        f"with {PART_FACTOR} times as many training images, and no heads on frozen "
        "networks"
    )
