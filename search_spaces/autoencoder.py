"""A convolutional denoising autoencoder."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import keras
import keras_tuner

from search_spaces.parts import blocks
from search_spaces.parts.denoising import Denoiser, DenoisingModel
from search_spaces.parts.sizes import BASE, Range, Sizes

DEPTHS = (1, 2, 3)
"""Choices for the number of times that the image is halved before the code."""


class Autoencoder(Denoiser):
    """Convolutions that reduce an image to a small code and restore it from there.

    The code is the output of a dense layer, or of a convolution with few channels on
    a small image. Images are enlarged by interpolation.

    References: Vincent et al. 2010, "Stacked denoising autoencoders"; interpolation:
    Odena et al. 2016, "Deconvolution and checkerboard artifacts".
    """

    min_side = 8
    sizes: ClassVar[Sizes] = {BASE: {"width": Range("32,48,64,96", 48)}}

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
        outputs = keras.layers.Conv2D(
            channels, 3, padding="same", activation="sigmoid", dtype="float32"
        )
        return outputs(x)

    def _through_code(self, hp: keras_tuner.HyperParameters, x: Any) -> Any:
        """Reduce feature maps to the code, and enlarge the code to feature maps."""
        shape, name = x.shape[1:], DenoisingModel.CODE
        channels = self._channels(hp.get("depth"))
        if channels and hp.values.get("code") == "convolution":
            x = keras.layers.Conv2D(channels, 3, padding="same", name=name)(x)
            return self._convolution(hp, x, shape[-1])
        x = keras.layers.Conv2D(hp.get("width"), 1)(x)
        x = keras.layers.Dense(self.max_code, name=name)(keras.layers.Flatten()(x))
        x = blocks.dense(hp, x, math.prod(shape[:2]) * hp.get("width"))
        x = keras.layers.Reshape((*shape[:2], hp.get("width")))(x)
        return self._convolution(hp, x, shape[-1])

    def _channels(self, depth: int) -> int:
        """Channels of a convolutional code; 0 if a single one exceeds the limit."""
        return self.max_code // math.prod(self._sides(depth))

    def _sides(self, depth: int) -> tuple[int, int]:
        """Height and width after ``depth`` halvings."""
        height, width = (-(-side // 2**depth) for side in self.task.image_shape[:2])
        return height, width

    def _convolution(
        self, hp: keras_tuner.HyperParameters, x: Any, filters: int, strides: int = 1
    ) -> Any:
        activation = hp.get("activation")
        return blocks.convolution(hp, x, filters, 3, activation, strides=strides)

    def _cropped(self, x: Any) -> Any:
        """Crop the pixels that rounding up at each halving has added."""
        sizes = zip(x.shape[1:3], self.task.image_shape[:2], strict=True)
        excess = [((got - side) // 2, (got - side + 1) // 2) for got, side in sizes]
        return keras.layers.Cropping2D(excess)(x) if any(map(any, excess)) else x
