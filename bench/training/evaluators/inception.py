"""InceptionV3 as the network whose features tell made from real images."""

from __future__ import annotations

import os
from pathlib import Path

import keras

from bench.datasets import Task
from bench.errors import UsageError
from bench.training.evaluators import fid_network
from search_spaces.parts import blocks

SIDE = 299
"""Pixels a side that it was trained on, to which images are enlarged."""

FILE = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"


def is_at_hand() -> bool:
    """Whether its weights are here, and a GPU that makes it bearable.

    At 299 pixels 10,000 images are some 10^14 operations: many minutes of a CPU after
    every epoch, seconds of a GPU.
    """
    if keras.backend.backend() != "tensorflow" or not _weights().exists():
        return False
    import tensorflow

    return bool(tensorflow.config.list_physical_devices("GPU"))


def make(path: Path, task: Task, weights: str | None = "imagenet") -> None:
    """Keep the network up to its pooled features, for images in [0, 1] of a task.

    Args:
        path: As of ``fid_network.make``.
        task: Of 1 or 3 channels.
        weights: As Keras takes them.

    Raises:
        UsageError: They can't be had, or the images have other channels.

    Reference: Szegedy et al. 2016, "Rethinking the Inception architecture".
    """
    network = fetched(task, weights)
    inputs = keras.Input(task.record.image_shape)
    images = blocks.scale(inputs, (0.0, 1.0))
    if task.record.image_shape[2] == 1:
        images = keras.layers.Concatenate()([images] * 3)
    images = keras.layers.Resizing(SIDE, SIDE, interpolation="bilinear")(images)
    text = f"{network.output_shape[-1]:,} features of InceptionV3 by Keras, {SIDE} px"
    told = {"name": "InceptionV3", "text": text}
    fid_network.write(path, keras.Model(inputs, network(images)), told)


def check(task: Task) -> None:
    """Refuse what ``make`` would refuse; the weights are downloaded now.

    Raises:
        UsageError: As of ``make``.
    """
    if not _weights().exists():
        fetched(task)


def fetched(task: Task, weights: str | None = "imagenet") -> keras.Model:
    """The network up to its pooled features, on images of 299 pixels in [-1, 1].

    Raises:
        UsageError: As of ``make``.
    """
    channels = task.record.image_shape[2]
    if channels not in (1, 3):
        raise UsageError(
            f"--fid-network inception takes images of 1 or 3 channels, not {channels}: "
            "choose classifier"
        )
    try:
        return keras.applications.InceptionV3(
            include_top=False, pooling="avg", weights=weights
        )
    except Exception as error:  # whatever a download raises
        reason = " ".join(str(error).split())[:80]
        raise UsageError(
            "the weights of InceptionV3 must be at hand or on the network; neither "
            f"holds ({reason}): put {FILE} into {_weights().parent}, or choose "
            "--fid-network classifier"
        ) from error


def _weights() -> Path:
    home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
    return home / "models" / FILE
