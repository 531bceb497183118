"""A deep convolutional generative adversarial network."""

from __future__ import annotations

import math
from typing import Any

import keras
import keras_tuner

from search_spaces.parts import blocks
from search_spaces.parts.generation import Adversarial
from search_spaces.parts.layers import MinibatchDeviation

BASE = 4
"""Pixels a side, about, that the generator begins and the discriminator ends with."""


class DCGAN(Adversarial):
    """Transposed convolutions against convolutions, both by strides of two.

    Without spectral normalization the discriminator's batches are normalized, but for
    its first layer, as the generator's are. At the defaults and 32x32x3 that is
    296,899 and 167,808 parameters that are fitted.

    References: Radford et al. 2016, "Unsupervised representation learning with deep
    convolutional generative adversarial networks"; spectral normalization: Miyato et
    al. 2018; minibatch standard deviation: Karras et al. 2018, "Progressive growing
    of GANs".
    """

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
        x = self._enlarged(x, self.task.image_shape[2], activation="tanh")
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
            x = self._steadied(hp, layer)(x)
            if level and not is_spectral:
                x = blocks.normalization(x)
            x = keras.layers.LeakyReLU(0.2)(x)
        if hp.get("minibatch_deviation"):
            x = MinibatchDeviation()(x)
        head = keras.layers.Dense(1, use_bias=is_spectral, kernel_initializer=_normal())
        return self._steadied(hp, head)(keras.layers.Flatten()(x))

    @property
    def _levels(self) -> int:
        """How often the generator doubles the sides."""
        return max(2, round(math.log2(self.task.image_shape[0] / BASE)))

    @property
    def _base(self) -> int:
        """Pixels a side at which the generator begins."""
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

    def _steadied(
        self, hp: keras_tuner.HyperParameters, layer: keras.layers.Layer
    ) -> keras.layers.Layer:
        if hp.get("spectral_normalization"):
            return keras.layers.SpectralNormalization(layer)
        return layer


def _normal() -> keras.initializers.Initializer:
    """That of Radford et al."""
    return keras.initializers.RandomNormal(stddev=0.02)
