"""What can't be studied together, found once the family is known."""

from __future__ import annotations

from bench.datasets import Task
from bench.datasets.streamed import needs_all_images
from bench.errors import UsageError
from bench.records import CLASSIFICATION, Resources, StudySpec
from bench.training.hypermodel import FamilySource


def check_task_type(spec: StudySpec, source: FamilySource) -> None:
    """Refuse to cross-validate anything but classifiers.

    Raises:
        UsageError: The study does.
    """
    if spec.folds is not None and source.task_type != CLASSIFICATION:
        raise UsageError(
            f"--tuner {spec.tuner} compares the scores of classifiers; "
            f"{spec.family!r} is for {source.task_type}: choose hyperband, random, "
            "bayesian or grid"
        )


def check_ensemble(spec: StudySpec, source: FamilySource) -> None:
    """Refuse an ensemble that can't be weighed.

    Raises:
        UsageError: The study asks for one.
    """
    if not spec.ensemble:
        return
    if source.task_type != CLASSIFICATION:
        raise UsageError(
            "--ensemble averages the probabilities of classifiers; "
            f"{spec.family!r} is for {source.task_type}: leave it out"
        )
    if spec.folds is not None:
        raise UsageError(
            "--ensemble weighs models by images that they did not train on; after "
            f"--tuner {spec.tuner} they train on all but the test images: choose "
            "hyperband, random, bayesian or grid, or leave it out"
        )


def check_place_of_images(task: Task, resources: Resources) -> None:
    """Refuse to send images to a cluster that aren't in memory.

    Raises:
        UsageError: They aren't, and trials run on a cluster.
    """
    if task.is_streamed and resources.is_cluster:
        raise UsageError(
            "images that are streamed stay on the search's machine, and trials run "
            f"elsewhere with --executor {resources.executor}: raise --memory on a "
            "machine that has more, make them smaller with --image-size, or leave "
            "--executor out"
        )


def check_streams(spec: StudySpec, source: FamilySource) -> None:
    """Refuse what needs all images at once.

    Raises:
        UsageError: The study does.
    """
    needs = {
        f"--tuner {spec.tuner}, which trains on folds of the images": (
            spec.folds is not None
        ),
        f"{spec.family!r}, whose targets are images": (
            source.task_type != CLASSIFICATION
        ),
        f"{spec.family!r} with its own fit": source.has_custom_fit,
    }
    for what, is_asked in needs.items():
        if is_asked:
            raise needs_all_images(what)
