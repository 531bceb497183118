"""Augmentation of training images at random, inside the compiled model.

Amounts are weights, like all values in which two trials of one structure may differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import keras_tuner
import numpy as np
from keras import ops

from search_spaces.parts.class_weights import WeightingModel

AMOUNTS = ("flip", "shift", "rotation", "zoom", "shear", "cutout")
"""Names of the amounts. ``flip`` is the share of images that are mirrored. ``shift`` (a
share of the side), ``rotation`` (in radians), ``zoom`` and ``shear`` (ratios) are
maxima. ``cutout`` is the side of the blank square as a share of the image's."""

LEVELS: dict[str, dict[str, float]] = {
    "light": {"flip": 0.5, "shift": 0.125},
    "strong": {
        "flip": 0.5,
        "shift": 0.125,
        "rotation": 0.2,
        "zoom": 0.15,
        "shear": 0.1,
        "cutout": 0.4,
    },
}
"""Amounts of each level; those left out are 0."""

MIXUP = {"light": 0.0, "strong": 0.2}
"""Parameter alpha of mixup for each level; 0 for no mixup."""


def declare(hp: keras_tuner.HyperParameters, default: str = "off") -> None:
    """Declare the level of augmentation, and whether images are mirrored.

    Mirroring can be turned off separately, since mirrored digits and letters are not
    valid ones.
    """
    hp.Choice("augmentation", ["off", *LEVELS], default=default)
    with hp.conditional_scope("augmentation", list(LEVELS)):
        hp.Boolean("flip", default=True)


def is_on(hp: keras_tuner.HyperParameters) -> bool:
    """Return whether a configuration augments images."""
    return hp.values.get("augmentation", "off") != "off"


def augmented(hp: keras_tuner.HyperParameters, images: Any) -> Any:
    """Augment and mix images in training as a configuration says.

    If augmentation is on, the model must be a ``MixingModel``.

    Args:
        hp: May hold ``augmentation``, and then ``flip``.
        images: ``(batch, height, width, channels)``, scaled to [-1, 1].
    """
    if not is_on(hp):
        return images
    images = Augmentation(_amounts(hp))(images)
    return Mixup(MIXUP[hp.get("augmentation")], name=Mixup.NAME)(images)


def always_augmented(hp: keras_tuner.HyperParameters, images: Any) -> Any:
    """Augment images at training and inference, without mixing them."""
    return Augmentation(_amounts(hp), always=True)(images) if is_on(hp) else images


def _amounts(hp: keras_tuner.HyperParameters) -> dict[str, float]:
    amounts = LEVELS[hp.get("augmentation")]
    return amounts if hp.get("flip") else amounts | {"flip": 0.0}


@keras.saving.register_keras_serializable(package="search_spaces")
class Augmentation(keras.layers.Layer):
    """Mirrors, shifts, rotates, zooms and shears images, and blanks out a square.

    Each image is changed differently. The square is filled with 0, the middle of the
    pixel range. Positions need single precision, also where networks compute in half
    of it, and so does the share of ``Mixup``.

    Args:
        amounts: Amounts by the names in ``AMOUNTS``; those left out are 0.
        seed: Seed of the draws; None to draw it from Keras' global seed.
        always: Whether to augment at inference too.
        fill_mode: Values of pixels outside of the image, as in
            ``keras.ops.image.affine_transform``: ``nearest`` repeats those at the edge.
            Only with ``constant``, which fills with 0, is the gradient exact.

    Raises:
        ValueError: An amount's name is unknown.

    Reference for the square: DeVries & Taylor 2017, "Improved regularization of
    convolutional neural networks with cutout".
    """

    free = ("amounts", "seed")

    def __init__(
        self,
        amounts: Mapping[str, float],
        seed: int | None = None,
        always: bool = False,
        fill_mode: str = "nearest",
        dtype: Any = "float32",
        **options: Any,
    ) -> None:
        super().__init__(dtype=dtype, **options)
        if unknown := sorted(set(amounts) - set(AMOUNTS)):
            raise ValueError(
                f"amounts may be of {', '.join(AMOUNTS)}, not {unknown[0]!r}"
            )
        self._initial_amounts = dict(amounts)
        self.seed = seed
        self.always = always
        self.fill_mode = fill_mode
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape: Any) -> None:
        initial = [self._initial_amounts.get(name, 0.0) for name in AMOUNTS]
        self.amounts = self.add_weight(
            name="amounts",
            shape=(len(AMOUNTS),),
            initializer=lambda shape, dtype: ops.cast(np.array(initial), dtype),
            trainable=False,
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not (training or self.always):
            return inputs
        draws = keras.random.uniform(
            (ops.shape(inputs)[0], len(AMOUNTS) + 2), -1, 1, seed=self.seed_generator
        )
        images = ops.image.affine_transform(
            inputs, self._transforms(draws, inputs.shape), fill_mode=self.fill_mode
        )
        return images * ops.cast(self._kept(draws, inputs.shape), images.dtype)

    def _transforms(self, draws: Any, shape: Any) -> Any:
        """Transforms ``(batch, 8)`` of positions in outputs to those in inputs."""
        height, width = shape[1:3]
        flip, shift, rotation, zoom, shear = (self.amounts[n] for n in range(5))
        # A draw d from -1 to 1 is below 2p - 1 with probability p.
        mirror = ops.where(draws[:, 0] < 2 * flip - 1, -1.0, 1.0)
        angle, slant = rotation * draws[:, 1], shear * draws[:, 2]
        size = 1 + zoom * draws[:, 3]
        sine, cosine = ops.sin(angle) * size, ops.cos(angle) * size
        across, down = mirror * cosine, mirror * sine
        across_y, down_y = cosine * slant - sine, sine * slant + cosine
        # Shifts by whole pixels keep an image sharp.
        middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
        x = middle_x + ops.round(shift * width * draws[:, 4])
        y = middle_y + ops.round(shift * height * draws[:, 5])
        zeros = ops.zeros_like(x)
        coefficients = [
            across,
            across_y,
            x - across * middle_x - across_y * middle_y,
            down,
            down_y,
            y - down * middle_x - down_y * middle_y,
            zeros,
            zeros,
        ]
        return ops.stack(coefficients, axis=1)

    def _kept(self, draws: Any, shape: Any) -> Any:
        """Mask ``(batch, height, width, 1)``, False within the square of each image."""
        height, width = shape[1:3]
        side = self.amounts[5]
        rows, columns = (
            (np.arange(n, dtype="float32") + 0.5) / n * 2 - 1 for n in (height, width)
        )
        in_rows = ops.abs(rows[None, :] - draws[:, 6:7]) < side
        in_columns = ops.abs(columns[None, :] - draws[:, 7:8]) < side
        inside = ops.logical_and(in_rows[:, :, None], in_columns[:, None, :])
        return ops.logical_not(inside)[..., None]

    def at_inference(self) -> None:
        return None

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "amounts": self._initial_amounts,
            "seed": self.seed,
            "always": self.always,
            "fill_mode": self.fill_mode,
        }


@keras.saving.register_keras_serializable(package="search_spaces")
class Mixup(keras.layers.Layer):
    """Mixes each image of a batch with another, that of the batch in reverse order.

    The share of the first image is drawn once for each batch and stored in ``share``
    for the loss of ``MixingModel``.

    Args:
        alpha: Parameter of the beta distribution of the share; 0 mixes nothing.
        seed: Seed of the draws; None to draw it from Keras' global seed.

    Reference: Zhang et al. 2018, "mixup: beyond empirical risk minimization".
    """

    NAME = "mixup"

    free = ("alpha", "seed")

    def __init__(
        self,
        alpha: float,
        seed: int | None = None,
        dtype: Any = "float32",
        **options: Any,
    ) -> None:
        super().__init__(dtype=dtype, **options)
        self._initial_alpha = alpha
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape: Any) -> None:
        self.alpha = self.add_weight(
            name="alpha",
            shape=(),
            initializer=keras.initializers.Constant(self._initial_alpha),
            trainable=False,
        )
        self.share = self.add_weight(
            name="share", shape=(), initializer="ones", trainable=False
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training:
            return inputs
        # The beta distribution needs a parameter above 0.
        alpha = ops.maximum(self.alpha, 1e-3)
        drawn = keras.random.beta((), alpha, alpha, seed=self.seed_generator)
        share = ops.where(self.alpha > 0, drawn, 1.0)
        self.share.assign(share)
        share = ops.cast(share, inputs.dtype)
        return share * inputs + (1 - share) * ops.flip(inputs, axis=0)

    def at_inference(self) -> None:
        return None

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "alpha": self._initial_alpha,
            "seed": self.seed,
        }


@keras.saving.register_keras_serializable(package="search_spaces")
class MixingModel(WeightingModel):
    """A model with a ``Mixup`` layer, whose training loss mixes labels accordingly."""

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        if not training:
            return loss
        reversed_loss = super().compute_loss(
            x, ops.flip(y, axis=0), y_pred, sample_weight, training
        )
        share = self.get_layer(Mixup.NAME).share
        return share * loss + (1 - share) * reversed_loss
