"""Augmentation: images changed at random in training, inside the compiled program.

How much they are changed is a weight, as everything in which two trials of one
structure may differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import keras_tuner
import numpy as np
from keras import ops

AMOUNTS = ("flip", "shift", "rotation", "zoom", "shear", "cutout")
"""What an image undergoes: the share that is mirrored; the most that it is moved, in
sides; turned, in radians; enlarged and slanted, as ratios; the side of the square that
is blanked out, in sides."""

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
"""Amounts by level; what is left out isn't done."""

MIXUP = {"light": 0.0, "strong": 0.2}
"""Parameter of the distribution that images are mixed by; 0 for not at all."""


def declare(hp: keras_tuner.HyperParameters, default: str = "off") -> None:
    """Declare how much images are augmented, and whether mirrored.

    Mirrored digits or letters aren't any, so that can be turned off by itself.
    """
    hp.Choice("augmentation", ["off", *LEVELS], default=default)
    with hp.conditional_scope("augmentation", list(LEVELS)):
        hp.Boolean("flip", default=True)


def is_on(hp: keras_tuner.HyperParameters) -> bool:
    return hp.values.get("augmentation", "off") != "off"


def augmented(hp: keras_tuner.HyperParameters, images: Any) -> Any:
    """The images, augmented and mixed in training as a configuration says.

    The model has to be a ``MixingModel`` where augmentation is on.

    Args:
        hp: May hold ``augmentation``, and then ``flip``.
        images: ``(batch, height, width, channels)``, scaled to [-1, 1].
    """
    if not is_on(hp):
        return images
    images = Augmentation(_amounts(hp))(images)
    return Mixup(MIXUP[hp.get("augmentation")], name=Mixup.NAME)(images)


def always_augmented(hp: keras_tuner.HyperParameters, images: Any) -> Any:
    """The images, augmented at any time and not mixed, as a configuration says."""
    return Augmentation(_amounts(hp), always=True)(images) if is_on(hp) else images


def _amounts(hp: keras_tuner.HyperParameters) -> dict[str, float]:
    amounts = LEVELS[hp.get("augmentation")]
    return amounts if hp.get("flip") else amounts | {"flip": 0.0}


@keras.saving.register_keras_serializable(package="search_spaces")
class Augmentation(keras.layers.Layer):
    """Mirrors, moves, turns, enlarges, slants images and blanks out a square.

    Each image differently, and in training only unless asked otherwise. What comes in
    at the edges repeats the nearest pixel, unless asked otherwise; the square is filled
    with the middle of the pixel range.

    Args:
        amounts: By the names in ``AMOUNTS``; what is left out isn't done.
        seed: Drawn from Keras' global seed where it is None.
        always: Not in training only.
        fill_mode: What comes in at the edges, as of ``keras.ops``; ``constant`` for
            black, whose gradient alone is exact.

    References: the square: DeVries & Taylor 2017, "Improved regularization of
    convolutional neural networks with cutout".
    """

    free = ("amounts", "seed")

    def __init__(
        self,
        amounts: Mapping[str, float],
        seed: int | None = None,
        always: bool = False,
        fill_mode: str = "nearest",
        **options: Any,
    ) -> None:
        super().__init__(**options)
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
        """From places in the new image to places in the old: ``(batch, 8)``."""
        height, width = shape[1:3]
        flip, shift, rotation, zoom, shear = (self.amounts[n] for n in range(5))
        # A draw d from -1 to 1 is below 2p - 1 with probability p.
        mirror = ops.where(draws[:, 0] < 2 * flip - 1, -1.0, 1.0)
        angle, slant = rotation * draws[:, 1], shear * draws[:, 2]
        size = 1 + zoom * draws[:, 3]
        sine, cosine = ops.sin(angle) * size, ops.cos(angle) * size
        across, down = mirror * cosine, mirror * sine
        across_y, down_y = cosine * slant - sine, sine * slant + cosine
        # Whole pixels, so that an image which is moved alone stays sharp.
        middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
        x = middle_x + ops.round(shift * width * draws[:, 4])
        y = middle_y + ops.round(shift * height * draws[:, 5])
        nothing = ops.zeros_like(x)
        rows = [
            across,
            across_y,
            x - across * middle_x - across_y * middle_y,
            down,
            down_y,
            y - down * middle_x - down_y * middle_y,
            nothing,
            nothing,
        ]
        return ops.stack(rows, axis=1)

    def _kept(self, draws: Any, shape: Any) -> Any:
        """0 within the square of each image, 1 elsewhere."""
        height, width = shape[1:3]
        side = self.amounts[5]
        rows, columns = (
            (np.arange(n, dtype="float32") + 0.5) / n * 2 - 1 for n in (height, width)
        )
        in_rows = ops.abs(rows[None, :] - draws[:, 6:7]) < side
        in_columns = ops.abs(columns[None, :] - draws[:, 7:8]) < side
        inside = ops.logical_and(in_rows[:, :, None], in_columns[:, None, :])
        return ops.logical_not(inside)[..., None]

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
    """Mixes the images of a batch with those of the batch in reverse.

    The share of an image's own is drawn for each batch and kept in ``share`` for the
    loss of a ``MixingModel``.

    Args:
        alpha: Parameter of the beta distribution of the share; 0 mixes nothing.
        seed: Drawn from Keras' global seed where it is None.

    Reference: Zhang et al. 2018, "mixup: beyond empirical risk minimization".
    """

    NAME = "mixup"

    free = ("alpha", "seed")

    def __init__(self, alpha: float, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
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
        # No gamma distribution has the parameter 0.
        alpha = ops.maximum(self.alpha, 1e-3)
        drawn = keras.random.beta((), alpha, alpha, seed=self.seed_generator)
        share = ops.where(self.alpha > 0, drawn, 1.0)
        self.share.assign(share)
        share = ops.cast(share, inputs.dtype)
        return share * inputs + (1 - share) * ops.flip(inputs, axis=0)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "alpha": self._initial_alpha,
            "seed": self.seed,
        }


@keras.saving.register_keras_serializable(package="search_spaces")
class MixingModel(keras.Model):
    """A model whose training loss is that of images mixed by ``Mixup``."""

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        own = super().compute_loss(x, y, y_pred, sample_weight, training)
        if not training:
            return own
        others = super().compute_loss(
            x, ops.flip(y, axis=0), y_pred, sample_weight, training
        )
        share = self.get_layer(Mixup.NAME).share
        return share * own + (1 - share) * others
