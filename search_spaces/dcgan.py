"""DCGAN: a deep convolutional generative adversarial network."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import keras
import keras_tuner

from search_spaces.parts import blocks
from search_spaces.parts.generation import Adversarial
from search_spaces.parts.layers import MinibatchDeviation
from search_spaces.parts.sizes import BASE, PAPER, Range, Sizes

FIRST_SIDE = 4
"""Approximate side, in pixels, of the generator's first and the discriminator's last
feature maps."""


class DCGAN(Adversarial):
    """A generator of transposed convolutions, a discriminator of convolutions.

    All strides are 2. The generator has batch normalization. The discriminator has
    either spectral normalization or, except in its first layer, batch normalization.
    With the defaults and images of 32x32x3 the generator has 296,899 trainable
    parameters and the discriminator 167,808.

    The size ``paper`` goes to a width of 128, with which the generator of images of 64
    pixels begins with 1,024 feature maps of 4x4, as in the paper; it is its default.

    References: Radford et al. 2016, "Unsupervised representation learning with deep
    convolutional generative adversarial networks"; spectral normalization: Miyato et
    al. 2018; minibatch standard deviation: Karras et al. 2018, "Progressive growing
    of GANs".
    """

    sizes: ClassVar[Sizes] = {
        BASE: {"width": Range("32,48,64", 48)},
        PAPER: {"width": Range("64,96,128", 128)},
    }

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        hp.Choice("width", [16, 24, 32], default=32)
        hp.Boolean("spectral_normalization", default=False)
        hp.Boolean("minibatch_deviation", default=False)

    def generator(self, hp: keras_tuner.HyperParameters, latents: Any) -> Any:
        base, levels = self._base, self._levels
        filters = [hp.get("width") * 2**level for level in range(levels)]
        x = keras.layers.Dense(base * base * filters[-1], use_bias=False)(latents)
        x = keras.layers.Reshape((base, base, filters[-1]))(x)
        x = keras.layers.ReLU()(blocks.normalization(x))
        for count in reversed(filters[:-1]):
            x = self._enlarged(x, count, use_bias=False)
            x = keras.layers.ReLU()(blocks.normalization(x))
        channels = self.task.image_shape[2]
        x = self._enlarged(x, channels, activation="tanh", dtype="float32")
        excess = base * 2**levels - self.task.image_shape[0]
        if excess:
            x = keras.layers.Cropping2D(((excess // 2, -(-excess // 2)),) * 2)(x)
        return x

    def discriminator(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        x, is_spectral = images, hp.get("spectral_normalization")
        for level in range(self._levels):
            layer = keras.layers.Conv2D(
                hp.get("width") * 2**level,
                4,
                strides=2,
                padding="same",
                use_bias=is_spectral,
                kernel_initializer=_normal(),
            )
            x = self._normalized(hp, layer)(x)
            if level and not is_spectral:
                x = blocks.normalization(x)
            x = keras.layers.LeakyReLU(0.2)(x)
        if hp.get("minibatch_deviation"):
            x = MinibatchDeviation()(x)
        head = keras.layers.Dense(
            1, use_bias=is_spectral, kernel_initializer=_normal(), dtype="float32"
        )
        return self._normalized(hp, head)(keras.layers.Flatten()(x))

    @property
    def _levels(self) -> int:
        """Number of times that the generator doubles the sides of its feature maps."""
        return max(2, round(math.log2(self.task.image_shape[0] / FIRST_SIDE)))

    @property
    def _base(self) -> int:
        """Side of the generator's first feature maps, in pixels."""
        return -(-self.task.image_shape[0] // 2**self._levels)

    def _enlarged(self, x: Any, filters: int, **options: Any) -> Any:
        layer = keras.layers.Conv2DTranspose(
            filters,
            4,
            strides=2,
            padding="same",
            kernel_initializer=_normal(),
            **options,
        )
        return layer(x)

    def _normalized(
        self, hp: keras_tuner.HyperParameters, layer: keras.layers.Layer
    ) -> keras.layers.Layer:
        """The layer, with spectral normalization if the configuration has it."""
        if hp.get("spectral_normalization"):
            # It writes the kernel anew in each step, which must keep all its digits.
            return keras.layers.SpectralNormalization(layer, dtype="float32")
        return layer


def _normal() -> keras.initializers.Initializer:
    """The initializer of Radford et al. 2016."""
    return keras.initializers.RandomNormal(stddev=0.02)
