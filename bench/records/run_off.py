"""Decides between a search's best configuration and the default one, both trained.

A search compares trials that were trained for a few epochs, or on a part of the
images. The final trainings of both configurations are the longer comparison, and it is
free: the default one is trained with every seed in any case. Test scores take no part.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

from bench.records.finals import FinalRecord, Role
from bench.records.selection import finite
from bench.records.task_types import TaskType

DECIDED = ((Role.FINAL, Role.RUNNER_UP), (Role.DEFAULT, Role.FINAL))
"""Roles of final trainings before and after the default configuration took the place
of the best one, in the order in which they change."""

UNDECIDED = ((Role.FINAL, Role.DEFAULT), (Role.RUNNER_UP, Role.FINAL))
"""Those before and after it left that place, since the search goes on."""


def is_default_better(
    best: Sequence[FinalRecord], default: Sequence[FinalRecord], task_type: TaskType
) -> bool:
    """Whether the default configuration has the better mean validation score.

    Both are compared by the seeds of the best one. A default configuration that lacks
    one of them is no rival, since time was too short for it. One with a seed that
    diverged loses.

    Args:
        best: Final trainings of the best configuration of a search.
        default: Those of the family's default configuration.
        task_type: Says which score is compared.
    """
    rivals = _of_seeds(default, best)
    if not best or len(rivals) < len(best):
        return False
    own, other = (_quality(finals, task_type) for finals in (best, rivals))
    return own is not None and other is not None and other > own


def outcome(
    trial: int,
    passed_over: Sequence[FinalRecord],
    finals: Sequence[FinalRecord],
    task_type: TaskType,
) -> str:
    """Say why the default configuration took the place of a trial's.

    Args:
        trial: Number of the best trial of the search.
        passed_over: Final trainings of its configuration.
        finals: Those of the default configuration.
        task_type: Says which score was compared.
    """
    objective = task_type.objective
    compared = _of_seeds(finals, passed_over)  # others were trained since
    own, other = (_text(each, task_type) for each in (compared, passed_over))
    return (
        f"trial {trial} was the best of the search; in the final trainings the default "
        f"configuration has the better validation {objective.label}, {own} against "
        f"{other}, and takes its place"
    )


def _of_seeds(
    finals: Sequence[FinalRecord], others: Sequence[FinalRecord]
) -> list[FinalRecord]:
    """Final trainings whose seeds others have too."""
    seeds = {final.seed for final in others}
    return [final for final in finals if final.seed in seeds]


def _quality(finals: Sequence[FinalRecord], task_type: TaskType) -> float | None:
    """Mean of a configuration, larger if better; None if it has no such scores.

    Trainings on the validation images, as after cross-validation, have none.
    """
    trained = [final for final in finals if final.error is None]
    scores = _scores(trained, task_type)
    if len(scores) < len(trained):
        return None
    if len(trained) < len(finals):
        return -math.inf
    return fmean(map(task_type.objective.better, scores))


def _scores(finals: Sequence[FinalRecord], task_type: TaskType) -> list[float]:
    """Validation scores of the trainings that did not diverge and have one."""
    trained = (final.metrics for final in finals if final.error is None)
    scores = (finite(metrics.get(task_type.validated)) for metrics in trained)
    return [score for score in scores if score is not None]


def _text(finals: Sequence[FinalRecord], task_type: TaskType) -> str:
    scores = _scores(finals, task_type)
    if len(scores) < len(finals):
        return "a training that diverged"
    return task_type.objective.text(fmean(scores))
