"""The numbers in which the networks of a study compute, where a user leaves it open."""

from __future__ import annotations

from dataclasses import replace

from bench.datasets import Task
from bench.machine import prefers_bfloat16
from bench.records import AUTO, BFLOAT16, FLOAT32, Resources, StudySpec


def settled(spec: StudySpec, task: Task, resources: Resources) -> StudySpec:
    """A specification whose precision is known.

    Args:
        spec: As asked for.
        task: Loaded from ``spec.dataset``.
        resources: Of the study; nodes of a cluster may have other processors.
    """
    if spec.precision != AUTO:
        return spec
    side = min(task.record.image_shape[:2])
    is_preferred = prefers_bfloat16(spec.family, spec.backend, side)
    is_preferred = is_preferred and not resources.is_cluster
    return replace(spec, precision=BFLOAT16 if is_preferred else FLOAT32)


def note(asked: StudySpec, spec: StudySpec) -> str:
    """What is said of a precision that a user left open; empty if it is the usual."""
    if asked.precision != AUTO or spec.precision == FLOAT32:
        return ""
    return (
        f"{spec.family} computes in {spec.precision}, which is faster on this "
        f"processor; --precision {FLOAT32} gives the scores of other machines"
    )
