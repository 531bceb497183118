"""Search spaces of a size, with defaults that suit the images."""

from __future__ import annotations

from keras_tuner import HyperParameters

from bench.datasets import Task, keeps_classes
from bench.records import StudySpec
from bench.searchers import space as search_space
from bench.training.hypermodel import FamilySource
from bench.training.precision import computing_in
from search_spaces.parts.sizes import Range, largest

FLIP = "flip"
"""Hyperparameter that says whether augmentation mirrors images."""


def of_study(spec: StudySpec, source: FamilySource) -> str:
    """The size of a study's search space: the family's that is nearest from below.

    Args:
        spec: Says the size that is asked for.
        source: The family; one from elsewhere has a single size.
    """
    return largest({} if source.family is None else source.family.sizes, spec.size)


def discover(spec: StudySpec, source: FamilySource, task: Task) -> HyperParameters:
    """The search space of a family in the size that is asked for.

    Images are mirrored by default only if that leaves them in their classes.
    """
    with computing_in(source.precision):  # a code's limit is one of its bits
        space = search_space.discover(source.hypermodel)
    if source.family is None:
        return space
    ranges = dict(source.family.sizes.get(of_study(spec, source), {}))
    is_mirrored = any(entry.name == FLIP for entry in space.space)
    if is_mirrored and not keeps_classes(task):
        ranges[FLIP] = Range(None, default=False)
    return search_space.of_size(space, ranges)
