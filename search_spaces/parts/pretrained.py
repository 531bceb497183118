"""Pretrained networks, applied to the images of a task."""

from __future__ import annotations

import hashlib
import random
import warnings
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import keras
import keras_tuner
from keras import ops

from search_spaces.family import Extractor, ImageTask, UnsupportedTaskError
from search_spaces.parts import augmentation, blocks
from search_spaces.parts.backbones import BACKBONES, SIDES, downloads, owner

MIN_SIDE = 32
"""Minimum side of the networks' inputs, in pixels; smaller images are enlarged."""

RESOLUTIONS = (96, 224)
"""Sides, in pixels, to which images may be enlarged. The networks were trained on
objects that fill 224 pixels and recognize smaller ones less well; 96 is the smallest
side for which Keras has weights."""

MIN_ENLARGEMENT = 1.25
"""Minimum enlargement for which another resolution is offered."""

COPIES = 2
"""Number of augmented copies of each image if images are augmented."""

VERSION = 1
"""Version of the extractors' outputs, which are kept in files. A change of the outputs
must raise it."""

RANDOM = "random"
"""Value of ``weights`` for random weights, which show what the pretraining is worth."""


class Pretrained:
    """The pretrained networks that a family may use, and their weights.

    Args:
        task: Properties of the images, which have 1 or 3 channels. The networks take
            them at their own size, with sides of at least ``MIN_SIDE``, or enlarged to
            the next larger one of ``RESOLUTIONS``.
        weights: Path of a file that Keras can load into one of the networks,
            ``random``, or None for the weights that Keras downloads.

    Attributes:
        names: Keys in ``BACKBONES`` of the networks.

    Raises:
        UnsupportedTaskError: The images have another number of channels, or the file
            holds the weights of none of the networks.
    """

    def __init__(self, task: ImageTask, weights: str | None) -> None:
        self._task = task
        self.weights = weights
        if task.image_shape[2] not in (1, 3):
            raise UnsupportedTaskError(
                "pretrained networks take images of 1 or 3 channels, not "
                f"{task.image_shape[2]}: choose another family"
            )
        is_file = weights not in (None, RANDOM)
        self.names = [owner(Path(str(weights)))] if is_file else list(BACKBONES)

    def declare(
        self, hp: keras_tuner.HyperParameters, *, resolution: int | None = None
    ) -> None:
        """Declare network, resolution and augmentation.

        Args:
            hp: Hyperparameters to declare them in.
            resolution: Default resolution; None for the largest.
        """
        hp.Choice("backbone", self.names)
        default = resolution or self.resolutions[-1]
        hp.Choice("resolution", self.resolutions, default=default)
        augmentation.declare(hp)

    def fetch(self, space: keras_tuner.HyperParameters) -> None:
        """Load, and download if necessary, the weights of the networks in a space.

        Raises:
            UnsupportedTaskError: Weights can't be loaded; the message names the file
                and the folder in which Keras looks for it.
        """
        if self.weights == RANDOM:
            return
        values = {entry.name: entry.values for entry in space.space}
        for name, side in product(values["backbone"], values["resolution"]):
            try:
                # Not through the cache: this process needs no network later.
                _network.__wrapped__(name, self._shape(side), self.weights)
            except Exception as error:  # whatever a download or a file raises
                message = self._missing(name, self._shape(side), error)
                raise UnsupportedTaskError(message) from error

    def extractor(
        self, hp: keras_tuner.HyperParameters, cut: str | None = None
    ) -> Extractor:
        """Return the frozen network of a configuration, up to a layer or to its end."""

        def make(augments: bool) -> keras.Model:
            inputs = keras.Input(self._task.image_shape)
            images = blocks.scale(inputs, self._task.pixel_range)
            if augments:
                images = augmentation.always_augmented(hp, images)
            return keras.Model(inputs, self.features(hp, images, cut))

        network = hp.get("backbone"), hp.get("resolution"), cut
        augmented = hp.values.get("augmentation", "off"), hp.values.get("flip")
        copies = COPIES if augmentation.is_on(hp) else 1
        name = (VERSION, *network, *augmented, copies, self._origin())
        height, width, _ = self._shape(hp.get("resolution"))
        return Extractor(
            name=repr(name),
            make=make,
            copies=copies,
            products=BACKBONES[hp.get("backbone")].products * height * width,
        )

    def features(
        self, hp: keras_tuner.HyperParameters, images: Any, cut: str | None = None
    ) -> Any:
        """Apply the frozen network up to a layer.

        Returns:
            ``(batch, height, width, channels)``.
        """
        name, shape = hp.get("backbone"), self._shape(hp.get("resolution"))
        network = _network(name, shape, self.weights)
        if cut is not None:
            network = keras.Model(network.inputs, network.get_layer(cut).output)
            network.trainable = False
        return network(BACKBONES[name].preprocess(_enlarged(images, shape[:2])))

    def rest(self, hp: keras_tuner.HyperParameters, cut: str) -> keras.Model:
        """Return a trainable copy of the layers of the network after a given one.

        Batch normalization is not trainable, so it stays in inference mode.
        """
        shape = self._shape(hp.get("resolution"))
        network = _network(hp.get("backbone"), shape, self.weights)
        after = keras.Model(
            network.get_layer(cut).output, network.outputs[0], name="rest"
        )
        copy = keras.models.clone_model(after, clone_function=_of_this_precision)
        copy.set_weights(after.get_weights())
        copy.trainable = True
        for layer in copy.layers:
            normalizes = isinstance(layer, keras.layers.BatchNormalization)
            layer.trainable = not normalizes
        return copy

    @property
    def resolutions(self) -> list[int]:
        """Choices for the shorter side of the networks' inputs, rising."""
        return _resolutions(self._side)

    @property
    def _side(self) -> int:
        """Shorter side of the images, in pixels."""
        return min(self._task.image_shape[:2])

    def _shape(self, resolution: int) -> tuple[int, int, int]:
        """Shape of the network's inputs, whose shorter side is ``resolution``."""
        height, width = (
            round(side * resolution / self._side) for side in self._task.image_shape[:2]
        )
        return height, width, 3

    def _origin(self) -> str:
        """Text that identifies the weights; a file is identified by its contents."""
        if self.weights in (None, RANDOM):
            return str(self.weights)
        return _digest(str(self.weights))

    def _missing(self, name: str, shape: tuple[int, int, int], error: Exception) -> str:
        reason = " ".join(str(error).split())
        if self.weights is not None:
            return f"weights must fit their network; {name} says: {reason}"
        side = shape[0] if shape[0] == shape[1] else 0
        side = side if side in SIDES else 224
        file = downloads() / BACKBONES[name].file.format(side=side)
        return (
            f"the weights of {name} must be in Keras' folder or downloadable; they are "
            f"neither ({reason[:80]}): put {file.name} "
            f"into {file.parent}, give a file by --weights, or hold another "
            "network or size by --fix backbone=NAME or --fix resolution=PIXELS"
        )


@lru_cache(maxsize=8)
def _network(
    name: str, shape: tuple[int, int, int], weights: str | None
) -> keras.Model:
    """A network with its weights, which all callers share, so it must stay frozen."""
    make = getattr(keras.applications, BACKBONES[name].kind)
    # Keras' initializers draw their seeds from here. A fixed one makes random weights
    # reproducible, and the caller's draws don't change.
    state = random.getstate()
    random.seed(0)
    # Outputs that are stored serve models of any precision.
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        with warnings.catch_warnings():
            # Keras takes the weights for 224 pixels if it has none for this shape.
            warnings.filterwarnings("ignore", message="`input_shape` is undefined")
            network = make(
                include_top=False,
                input_shape=shape,
                weights={None: "imagenet", RANDOM: None}.get(weights, weights),
            )
    finally:
        random.setstate(state)
        keras.config.set_dtype_policy(policy)
    network.trainable = False
    return network


def _of_this_precision(layer: keras.layers.Layer) -> keras.layers.Layer:
    """A copy of a layer that computes in the precision of models built now."""
    config = layer.get_config() | {"dtype": keras.config.dtype_policy().name}
    return layer.__class__.from_config(config)


def _resolutions(side: int) -> list[int]:
    """Choices for the shorter side of a network's inputs.

    They are the images' own, at least ``MIN_SIDE``, and the next larger one.

    Args:
        side: Shorter side of the images, in pixels.
    """
    smallest = max(side, MIN_SIDE)
    larger = [other for other in RESOLUTIONS if other >= MIN_ENLARGEMENT * smallest]
    return [smallest, *larger[:1]]


def _enlarged(images: Any, shape: tuple[int, int]) -> Any:
    """Images with three channels and the given height and width."""
    if images.shape[-1] == 1:
        images = ops.repeat(images, 3, axis=-1)
    if images.shape[1:3] == shape:
        return images
    return keras.layers.Resizing(*shape, interpolation="bilinear")(images)


@lru_cache(maxsize=8)
def _digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]
