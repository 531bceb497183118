"""What can't be studied together, found once the family is known."""

from __future__ import annotations

from bench.datasets import Task
from bench.datasets.streamed import is_streamed, needs_all_images
from bench.errors import UsageError, command
from bench.records import AUTO, CLASSIFICATION, Resources, StudySpec
from bench.training import devices
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
    """Refuse to send a folder of images to a cluster file by file.

    Raises:
        UsageError: The images are streamed from one, and trials run on a cluster.
    """
    images = task.train.images
    if not (is_streamed(images) and resources.is_cluster):
        return
    if not images.encoded.containers:
        raise UsageError(
            "images that are streamed from a folder stay on the search's machine, and "
            f"trials run elsewhere with --executor {resources.executor}: write them to "
            f"shards with {command('shard')}, raise --memory, or leave --executor out"
        )


def check_precision(spec: StudySpec, resources: Resources) -> None:
    """Refuse a precision that this machine, if it trains, only imitates.

    Raises:
        UsageError: With what the machine lacks.
    """
    if spec.precision != AUTO and not resources.is_cluster:
        devices.check_precision(spec.backend, spec.precision)


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
