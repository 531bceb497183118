"""Keeps the model of a final training as a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import keras
import numpy as np

from bench.datasets import pixels
from bench.errors import WriteError
from bench.files import replace_file, replaced_file
from bench.records import CLASSIFICATION, FLOAT32
from bench.training.definition import custom_objects
from bench.training.evaluators.evaluator import Tested
from bench.training.model_errors import one_line
from bench.training.network import network_record
from bench.training.request import Keep
from bench.training.training import Trained
from bench.training.whole import whole

if TYPE_CHECKING:
    from bench.training.trainer import Trainer

CHECKED = 16
"""Number of test images on which a kept model is compared with the tested one."""

TOLERANCE = 0.02
"""Maximum difference of their probabilities. Features of frozen networks are rounded
to half precision in a search, and are exact in a kept model."""

MIXED_TOLERANCE = 0.1
"""The same for networks that compute in bfloat16: each layer rounds to 2**-9, other
sizes of a batch in another order."""


def keep(trainer: Trainer, trained: Trained, tested: Tested, wanted: Keep) -> str:
    """Write a trained model, made whole, to a file.

    Returns:
        Why it isn't kept; empty if it is. A model from elsewhere may be of a kind that
        Keras can't write or read again.
    """
    try:
        _keep(trainer, trained, tested, wanted)
    except WriteError as error:
        return f"the model is not kept: {error}"
    except Exception as error:  # whatever a user's model raises
        return f"the model is not kept: {one_line(error)}"
    return ""


def _keep(trainer: Trainer, trained: Trained, tested: Tested, wanted: Keep) -> None:
    images = trainer.inputs.images.task
    model = whole(
        trained.compiled.model,
        trainer.source,
        features=trained.features,
        image_shape=images.record.image_shape,
        pixel_range=wanted.pixel_range,
        reading=tested.reading,
    )
    # The models of all seeds have the same network.
    replace_file(wanted.network, network_record(model).to_json().encode())
    with replaced_file(wanted.path) as scratch:
        # Keras writes to names that end so only.
        named = scratch.with_name(f"{scratch.name}.keras")
        try:
            with _uncompiled(trained.compiled.model):
                model.save(named)
            if trainer.source.family is None:
                model = keras.models.load_model(
                    named,
                    custom_objects=custom_objects(trainer.source.defined_in),
                    compile=False,
                    safe_mode=True,
                )
            _check(model, trainer, tested, wanted)
            named.replace(scratch)
        finally:
            named.unlink(missing_ok=True)


@contextmanager
def _uncompiled(model: keras.Model) -> Iterator[None]:
    """Leave out of the file how a model within the kept one was compiled."""
    before = model.compiled
    model.compiled = False
    try:
        yield
    finally:
        model.compiled = before


def _check(model: keras.Model, trainer: Trainer, tested: Tested, wanted: Keep) -> None:
    """Refuse a classifier that predicts other probabilities than those tested."""
    task = trainer.inputs.images.task
    if trainer.source.task_type != CLASSIFICATION:
        return
    images = task.test.images[:CHECKED]
    if task.pixel_range != wanted.pixel_range:  # they were scaled for the search
        images = pixels.mapped(images, task.pixel_range, wanted.pixel_range)
    found = np.asarray(model.predict_on_batch(images))
    difference = abs(found - tested.outputs["probabilities"][:CHECKED]).max()
    is_mixed = trainer.source.precision != FLOAT32
    if not difference <= (MIXED_TOLERANCE if is_mixed else TOLERANCE):
        raise ValueError(
            "a kept model must predict as the tested one did; its probabilities "
            f"differ by {difference:.2g}"
        )
