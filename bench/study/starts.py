"""The configurations with which the search of a study begins."""

from __future__ import annotations

from collections.abc import Mapping

from keras_tuner import HyperParameters

from bench import searchers
from bench.datasets import Task
from bench.records import StudySpec, Value
from bench.searchers import portfolio
from bench.training import hypermodel


def of_study(
    spec: StudySpec,
    source: hypermodel.FamilySource,
    task: Task,
    spaces: tuple[HyperParameters, HyperParameters],
) -> tuple[Mapping[str, Value], ...]:
    """The configurations that are tried first, after the default one.

    Args:
        spec: Of the study.
        source: The family.
        task: The task.
        spaces: What is searched, and the family's whole space.
    """
    searchers.check_name(spec.tuner)
    if not searchers.TUNERS[spec.tuner].draws:
        return ()
    data_set, named = task.record.data_set, source.family and source.family.starts()
    return portfolio.configurations(
        spec.family, data_set, *spaces, spec.portfolio, named or ()
    )
