"""Small filters: a convolutional network with few parameters."""

from __future__ import annotations

from typing import Any

import keras
import keras_tuner

from search_spaces.family import Family
from search_spaces.parts import augmentation, blocks, training

WIDENING = (1, 2, 3)
"""Ratios of the stages' channels to those of the first."""

SEPARABLE = {
    "later": (False, True, True),
    "all": (True, True, True),
    "none": (False, False, False),
}
"""Whether each stage's convolutions are depthwise separable, by the choices of a
hyperparameter. The first choice is the default."""

LARGE = 24
"""Minimum side of images, in pixels, for which pooling before the first stage is
searched."""


class SmallFilters(Family):
    """Three stages of 3x3 convolutions with a limited number of parameters.

    By default the first stage has full convolutions, which learn more and cost few
    parameters while there are few channels; the other two have depthwise separable
    ones. Residual connections, squeeze-and-excitation and the activation are searched
    as well. For images of ``LARGE`` pixels and more, pooling after the first
    convolution is searched too, since otherwise the first stage, at full resolution,
    takes most of the time.

    References: Howard et al. 2017, "MobileNets" (depthwise separable convolutions);
    Hu et al. 2018, "Squeeze-and-excitation networks"; Ramachandran et al. 2017,
    "Searching for activation functions" (swish).
    """

    min_side = 4
    max_parameters = 57_332

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        hp.Choice("width", [12, 16, 24, 32], default=32)
        hp.Int("depth", 1, 3, default=2)
        if min(self.task.image_shape[:2]) >= LARGE:
            hp.Boolean("early_pooling", default=True)
        hp.Choice("separable", list(SEPARABLE))
        hp.Boolean("residual", default=True)
        hp.Boolean("squeeze_excitation", default=False)
        hp.Choice("activation", ["relu", "leaky_relu", "swish"], default="swish")
        blocks.declare_dropout(hp, default=0.0, high=0.3)
        blocks.declare_initializer(hp)
        augmentation.declare(hp, default="light")

    def declare_training(self, hp: keras_tuner.HyperParameters) -> None:
        training.declare(
            hp, learning_rates=(1e-3, 3e-2), learning_rate=8e-3, weight_decay=1e-2
        )

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        x = _activated(hp, _convolution(hp, images, hp.get("width"), separable=False))
        stages = zip(WIDENING, SEPARABLE[hp.get("separable")], strict=True)
        for stage, (widening, separable) in enumerate(stages):
            if stage or hp.values.get("early_pooling"):
                x = keras.layers.MaxPooling2D()(x)
            for _ in range(hp.get("depth")):
                x = _block(hp, x, hp.get("width") * widening, separable=separable)
        x = keras.layers.GlobalAveragePooling2D()(x)
        return blocks.dropout(hp, x)


def _block(
    hp: keras_tuner.HyperParameters, x: Any, filters: int, *, separable: bool
) -> Any:
    branch = _convolution(hp, x, filters, separable=separable)
    branch = _activated(hp, branch)
    if hp.get("squeeze_excitation"):
        branch = blocks.squeeze_excitation(branch)
    if hp.get("residual") and x.shape[-1] == filters:
        return keras.layers.Add()([x, branch])
    return branch


def _convolution(
    hp: keras_tuner.HyperParameters, x: Any, filters: int, *, separable: bool
) -> Any:
    initializer = hp.get("kernel_initializer")
    options: dict[str, Any] = {"padding": "same", "use_bias": False}
    if separable:
        layer = keras.layers.SeparableConv2D(
            filters,
            3,
            depthwise_initializer=initializer,
            pointwise_initializer=initializer,
            **options,
        )
    else:
        layer = keras.layers.Conv2D(
            filters, 3, kernel_initializer=initializer, **options
        )
    return blocks.normalization(layer(x))


def _activated(hp: keras_tuner.HyperParameters, x: Any) -> Any:
    return keras.layers.Activation(hp.get("activation"))(x)
