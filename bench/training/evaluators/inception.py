"""InceptionV3 as the network whose features compare generated with real images."""

from __future__ import annotations

from pathlib import Path

import keras

from bench.datasets import Task
from bench.errors import UsageError
from bench.training.evaluators import fid_network
from search_spaces.parts import blocks
from search_spaces.parts.backbones import downloads

SIDE = 299
"""Side of the images that InceptionV3 was trained on, in pixels; images are resized
to it."""

FILE = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
"""Keras' name of the file with the weights."""


def is_available() -> bool:
    """Whether the weights and a GPU are available.

    10,000 images of 299 pixels take some 10^14 operations after every epoch: many
    minutes on a CPU, seconds on a GPU.
    """
    if keras.backend.backend() != "tensorflow" or not _weights().exists():
        return False
    import tensorflow

    return bool(tensorflow.config.list_physical_devices("GPU"))


def make(path: Path, task: Task, weights: str | None = "imagenet") -> None:
    """Store InceptionV3, up to its pooled features, as the FID network of a task.

    The stored network takes images in [0, 1].

    Reference: Szegedy et al. 2016, "Rethinking the Inception architecture".

    Args:
        path: File of the network; see ``fid_network.write``.
        task: A task of images with 1 or 3 channels.
        weights: Weights, as ``keras.applications`` takes them.

    Raises:
        UsageError: The weights can't be downloaded, or the images have another number
            of channels.
    """
    network = fetch(task, weights)
    inputs = keras.Input(task.record.image_shape)
    images = blocks.scale(inputs, (0.0, 1.0))
    if task.record.image_shape[2] == 1:
        images = keras.layers.Concatenate()([images] * 3)
    images = keras.layers.Resizing(SIDE, SIDE, interpolation="bilinear")(images)
    text = f"{network.output_shape[-1]:,} features of InceptionV3 by Keras, {SIDE} px"
    description = {"name": "InceptionV3", "text": text}
    fid_network.write(path, keras.Model(inputs, network(images)), description)


def check(task: Task) -> None:
    """Refuse a task that ``make`` would refuse, and download missing weights.

    Raises:
        UsageError: As in ``make``.
    """
    if not _weights().exists():
        fetch(task)


def fetch(task: Task, weights: str | None = "imagenet") -> keras.Model:
    """InceptionV3 up to its pooled features, for images of 299 pixels in [-1, 1].

    Args:
        task: The task whose images are to be compared.
        weights: Weights, as ``keras.applications`` takes them; downloaded if missing.

    Raises:
        UsageError: As in ``make``.
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
            "the weights of InceptionV3 must be on this machine or downloadable; "
            f"neither holds ({reason}): put {FILE} into {_weights().parent}, or choose "
            "--fid-network classifier"
        ) from error


def _weights() -> Path:
    return downloads() / FILE
