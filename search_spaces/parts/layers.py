"""Layers that Keras lacks, or whose settings Keras writes into the graph.

Two trials of one structure differ in weights only. So the rate of dropout, for example,
is a weight here, while it is a constant in the graph of Keras' layer.

A trained model is kept without these layers: ``at_inference`` returns the layer of
Keras that does the same at inference, or None if nothing is done then.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="search_spaces")
class Dropout(keras.layers.Layer):
    """Dropout whose rate is a weight, so that another rate needs no new compiled model.

    Args:
        rate: Share of the inputs set to 0 in training, at least 0 and below 1.
        seed: Seed of the masks; None to draw it from Keras' global seed.

    Raises:
        ValueError: The rate is out of range.

    Reference: Srivastava et al. 2014, "Dropout".
    """

    free = ("rate", "seed")
    """Names of the settings that are variables instead of constants in the graph."""

    def __init__(self, rate: float, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        if not 0 <= rate < 1:
            raise ValueError(f"rate must be at least 0 and below 1, not {rate}")
        self._initial_rate = rate
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape: Any) -> None:
        self.rate = self.add_weight(
            name="rate",
            shape=(),
            initializer=keras.initializers.Constant(self._initial_rate),
            trainable=False,
            autocast=False,
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training:
            return inputs
        # In half precision draws would be few numbers, and take longer on a CPU.
        kept = 1 - self.rate.value
        mask = keras.random.uniform(
            self._mask_shape(inputs), dtype="float32", seed=self.seed_generator
        )
        remaining = inputs * ops.cast(mask < kept, inputs.dtype)
        return remaining / ops.cast(kept, inputs.dtype)

    def _mask_shape(self, inputs: Any) -> Any:
        return ops.shape(inputs)

    def at_inference(self) -> None:
        return None

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "rate": self._initial_rate,
            "seed": self.seed,
        }


@keras.saving.register_keras_serializable(package="search_spaces")
class StochasticDepth(Dropout):
    """Sets a whole residual branch to 0 for a share of the images, in training.

    Reference: Huang et al. 2016, "Deep networks with stochastic depth".
    """

    def _mask_shape(self, inputs: Any) -> Any:
        return (ops.shape(inputs)[0], *(1 for _ in inputs.shape[1:]))


@keras.saving.register_keras_serializable(package="search_spaces")
class ScaleChannels(keras.layers.Layer):
    """Multiplies each channel by a learned number.

    Args:
        initial: Initial value of the numbers. With a small value a residual branch
            contributes little at first.

    Reference: Touvron et al. 2021, "Going deeper with image transformers".
    """

    def __init__(self, initial: float = 0.1, **options: Any) -> None:
        super().__init__(**options)
        self.initial = initial

    def build(self, input_shape: Any) -> None:
        self.scale = self.add_weight(
            name="gamma",  # a name that weight decay excludes
            shape=(input_shape[-1],),
            initializer=keras.initializers.Constant(self.initial),
        )

    def call(self, inputs: Any) -> Any:
        return inputs * ops.cast(self.scale, inputs.dtype)

    def at_inference(self) -> keras.layers.Layer:
        scale = ops.convert_to_numpy(self.scale)
        options = {"dtype": self.dtype_policy, "name": self.name}
        return keras.layers.Rescaling(scale.tolist(), **options)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "initial": self.initial}


@keras.saving.register_keras_serializable(package="search_spaces")
class Positions(keras.layers.Layer):
    """Adds a learned vector to each position of a sequence.

    Inputs have the shape ``(batch, positions, channels)``.

    Reference: Dosovitskiy et al. 2021, "An image is worth 16x16 words".
    """

    def build(self, input_shape: Any) -> None:
        self.positions = self.add_weight(
            name="beta",  # a name that weight decay excludes
            shape=(1, *input_shape[1:]),
            initializer=keras.initializers.TruncatedNormal(stddev=0.02),
        )

    def call(self, inputs: Any) -> Any:
        return inputs + ops.cast(self.positions, inputs.dtype)

    def at_inference(self) -> keras.layers.Layer:
        _, positions, channels = self.positions.shape
        # With one factor a channel, LiteRT would make a broken product of matrices.
        layer = keras.layers.EinsumDense(
            "npc,pc->npc",
            (positions, channels),
            bias_axes="pc",
            dtype=self.dtype_policy,
            name=self.name,
        )
        layer.build((None, positions, channels))
        ones = np.ones((positions, channels))
        layer.set_weights([ones, ops.convert_to_numpy(self.positions)[0]])
        return layer


@keras.saving.register_keras_serializable(package="search_spaces")
class MinibatchDeviation(keras.layers.Layer):
    """Appends a channel with the mean standard deviation over the batch.

    Reference: Karras et al. 2018, "Progressive growing of GANs".
    """

    def call(self, inputs: Any) -> Any:
        deviation = ops.mean(ops.sqrt(ops.var(inputs, axis=0) + 1e-8))
        return ops.concatenate(
            [inputs, ops.ones_like(inputs[..., :1]) * deviation], axis=-1
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:-1], input_shape[-1] + 1)
