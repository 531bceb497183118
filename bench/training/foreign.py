"""Fits a hypermodel from elsewhere to a task, before its first trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bench.datasets import Split, Task
from bench.errors import FamilyError
from bench.records import Value
from bench.training import models
from bench.training.custom_fit import trains_itself
from bench.training.evaluators.classification import Classification, output_count
from bench.training.evaluators.evaluator import EvaluatorConfig
from bench.training.hypermodel import FamilySource
from bench.training.model_errors import exits_as_errors, one_line
from bench.training.pixel_scale import scaling
from bench.training.trial_runner import scaled_task
from search_spaces.parts.options import PIXELS


@dataclass(frozen=True, kw_only=True)
class Suited:
    """A hypermodel from elsewhere that fits a task.

    Attributes:
        pixels: Pixels that its models get, ``unit`` or ``raw``.
        options: Options of the study, with these pixels.
        note: Line for the user that says which pixels models get, and why; empty if
            the user chose.
    """

    pixels: str
    options: Mapping[str, Value]
    note: str = ""


def suit(
    source: FamilySource,
    task: Task,
    hyperparameters: Mapping[str, Value],
    options: Mapping[str, Value],
) -> Suited:
    """Build one model, choose the pixels that it takes, and check that it fits.

    Args:
        source: The hypermodel.
        task: Of a few images; see ``few``.
        hyperparameters: A configuration, such as the default one.
        options: Options of the study, with their defaults.

    Raises:
        FamilyError: The model isn't compiled, takes other images or several inputs,
            returns other outputs than one for each class, or its loss takes neither
            kind of labels.
    """
    try:
        with exits_as_errors():
            return _suited(source, task, hyperparameters, options)
    except Exception as error:  # whatever a user's model raises
        raise FamilyError(
            f"a family must build classifiers of images "
            f"{task.record.image_shape} with {len(task.record.class_names)} classes; "
            f"{source.name!r} built one "
            f"that cannot be trained on them, {one_line(error)}: mend its build(hp), "
            "or resize the images with --image-size"
        ) from error


def _suited(
    source: FamilySource,
    task: Task,
    hyperparameters: Mapping[str, Value],
    options: Mapping[str, Value],
) -> Suited:
    model, _ = models.build(source, hyperparameters, seed=0)
    how = scaling(model)
    chosen = str(options[PIXELS.name])
    note = ""
    if chosen == "auto":
        chosen = "unit" if how is None else "raw"
        note = _note(how, chosen)
    scaled = scaled_task(task, replace(source, pixels=chosen))
    evaluator = Classification(scaled, EvaluatorConfig(options=options))
    if trains_itself(source, model):
        output_count(model, scaled)
    else:
        evaluator.check(model)
    model(scaled.train.images, training=False)
    return Suited(pixels=chosen, options={**options, PIXELS.name: chosen}, note=note)


def few(task: Task) -> Task:
    """A task with two images of each split, which are enough for ``suit``."""

    def few(split: Split) -> Split:
        return Split(images=split.images[:2], labels=split.labels[:2])

    return replace(
        task,
        load_whole=None,
        train=few(task.train),
        validation=few(task.validation),
        test=few(task.test),
    )


def _note(how: str | None, chosen: str) -> str:
    if how is None:
        return (
            "models get pixels in [0, 1], since none of their layers scales them "
            "(--pixels raw: those of the data set)"
        )
    return (
        f"models get the pixels of the data set, since their default {how} "
        "(--pixels unit: in [0, 1])"
    )
