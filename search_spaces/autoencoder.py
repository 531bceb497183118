"""A convolutional denoising autoencoder."""

from __future__ import annotations

import math
from typing import Any

import keras
import keras_tuner

from search_spaces.parts import blocks
from search_spaces.parts.denoising import Denoiser, DenoisingModel

DEPTHS = (1, 2, 3)
"""Halvings of the image's sides before the code."""


class Autoencoder(Denoiser):
    """Convolutions down to a code that is smaller than the image, and up again.

    The code is a few channels of a small image, or the units of a dense layer.

    References: Vincent et al. 2010, "Stacked denoising autoencoders"; Odena et al.
    2016, "Deconvolution and checkerboard artifacts", for enlarging by interpolation.
    """

    smallest_side = 8

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        hp.Choice("width", [16, 24, 32, 48], default=32)
        depths = [d for d in DEPTHS if min(self._sides(d)) >= 2]
        hp.Choice("depth", depths, default=min(2, depths[-1]))
        if self._channels(depths[-1]):
            hp.Choice("code", ["dense", "convolution"])
        hp.Choice("activation", ["relu", "swish"])
        blocks.declare_initializer(hp)
        blocks.declare_batch_normalization(hp)

    def denoised(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        depth, width = hp.get("depth"), hp.get("width")
        x = images
        for level in range(depth):
            x = self._convolution(hp, x, width * (level + 1))
            x = self._convolution(hp, x, width * (level + 2), strides=2)
        x = self._through_code(hp, x)
        for level in reversed(range(depth)):
            x = keras.layers.UpSampling2D(interpolation="bilinear")(x)
            x = self._convolution(hp, x, width * (level + 1))
        channels = self.task.image_shape[2]
        x = self._cropped(self._convolution(hp, x, width))
        return keras.layers.Conv2D(channels, 3, padding="same", activation="sigmoid")(x)

    def _through_code(self, hp: keras_tuner.HyperParameters, x: Any) -> Any:
        """Reduce an image to its code, and make an image of that again."""
        shape, name = x.shape[1:], DenoisingModel.CODE
        channels = self._channels(hp.get("depth"))
        if channels and hp.values.get("code") == "convolution":
            x = keras.layers.Conv2D(channels, 3, padding="same", name=name)(x)
            return self._convolution(hp, x, shape[-1])
        x = keras.layers.Conv2D(hp.get("width"), 1)(x)
        x = keras.layers.Dense(self.largest_code, name=name)(keras.layers.Flatten()(x))
        x = blocks.dense(hp, x, math.prod(shape[:2]) * hp.get("width"))
        x = keras.layers.Reshape((*shape[:2], hp.get("width")))(x)
        return self._convolution(hp, x, shape[-1])

    def _channels(self, depth: int) -> int:
        """Of a code that is an image; none where even one is too large."""
        return self.largest_code // math.prod(self._sides(depth))

    def _sides(self, depth: int) -> tuple[int, int]:
        """Height and width of the smallest image."""
        height, width = (-(-side // 2**depth) for side in self.task.image_shape[:2])
        return height, width

    def _convolution(
        self, hp: keras_tuner.HyperParameters, x: Any, filters: int, strides: int = 1
    ) -> Any:
        activation = hp.get("activation")
        return blocks.convolution(hp, x, filters, 3, activation, strides)

    def _cropped(self, x: Any) -> Any:
        """Take off what rounding up at each halving has added."""
        sizes = zip(x.shape[1:3], self.task.image_shape[:2], strict=True)
        excess = [((got - side) // 2, (got - side + 1) // 2) for got, side in sizes]
        return keras.layers.Cropping2D(excess)(x) if any(map(any, excess)) else x
