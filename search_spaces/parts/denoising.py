"""The base class of denoisers: models that remove noise from images."""

from __future__ import annotations

import math
from typing import Any

import keras
import keras_tuner
from keras import ops

from search_spaces import DENOISING
from search_spaces.family import Family, ImageTask, UnsupportedTaskError
from search_spaces.parts import training
from search_spaces.parts.options import MIN_COMPRESSION, NOISE_MEAN, NOISE_VARIANCE


class Denoiser(Family):
    """A family of denoisers and the space of its hyperparameters.

    A subclass must write ``declare``, its hyperparameters, and ``denoised``, its
    layers. This class does the rest: it scales pixels to [0, 1], and in training adds
    normal noise and clips the sum to [0, 1]. The loss compares the outputs with the
    clean images. A trained model takes noisy images.

    Args:
        task: Properties of the images; classes are ignored.
        noise_mean: Mean of the noise.
        noise_variance: Variance of the noise.
        min_compression: Minimum ratio of the bits of an image, as many a value as its
            depth has, to the bits of its code, as many a number as its type has. For
            images of 8 bits and codes of 32, the default of 2.5 allows a number for
            ten values.

    Raises:
        UnsupportedTaskError: The images are too small, or even a code of one number is
            too large.

    Reference: Vincent et al. 2010, "Stacked denoising autoencoders".
    """

    task_type = DENOISING
    _alternative = ""

    def __init__(
        self,
        task: ImageTask,
        noise_mean: float = NOISE_MEAN.default,
        noise_variance: float = NOISE_VARIANCE.default,
        min_compression: float = MIN_COMPRESSION.default,
    ) -> None:
        super().__init__(task)
        self.noise_mean = noise_mean
        self.noise_variance = noise_variance
        self.min_compression = min_compression
        if self.max_code < 1:
            bits = _bits(keras.config.dtype_policy().compute_dtype)
            highest = math.floor(self._image_bits / bits)
            raise UnsupportedTaskError(
                f"{self.name} reduces an image to one number of {bits} bits at least; "
                f"--min-compression {min_compression:g} leaves fewer of an image's "
                f"{self._image_bits:,} bits: give {highest} or less, or enlarge the "
                "images with --image-size"
            )

    @property
    def max_code(self) -> int:
        """Maximum size of a code, as a count of numbers."""
        bits = _bits(keras.config.dtype_policy().compute_dtype)
        return math.floor(self._image_bits / (self.min_compression * bits))

    @property
    def _image_bits(self) -> int:
        return math.prod(self.task.image_shape) * self.task.bits

    def denoised(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        """Build the family's layers; the code's layer is named ``DenoisingModel.CODE``.

        Args:
            hp: Holds a value for each active hyperparameter.
            images: Symbolic noisy images ``(batch, height, width, channels)`` in
                [0, 1].

        Returns:
            Denoised images of the same shape, in [0, 1]. The code has at most
            ``max_code`` numbers.
        """
        raise NotImplementedError

    def declare_training(self, hp: keras_tuner.HyperParameters) -> None:
        training.declare(
            hp, optimizers=("adam",), learning_rates=(3e-4, 1e-2), weight_decay=1e-4
        )

    def declare_hyperparameters(self, hp: keras_tuner.HyperParameters) -> None:
        self.declare(hp)
        self.declare_training(hp)

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        self.declare_hyperparameters(hp)
        low, high = self.task.pixel_range
        inputs = keras.Input(self.task.image_shape, name="images")
        scale = keras.layers.Rescaling(
            1 / (high - low),
            offset=-low / (high - low),
            dtype="float32",
            name=DenoisingModel.SCALE,
        )
        noisy = Noise(self.noise_mean, self.noise_variance)(scale(inputs))
        model = DenoisingModel(inputs, self.denoised(hp, noisy), name=self.name)
        model.compile(
            optimizer=training.optimizer(hp),
            loss="mean_squared_error",
            jit_compile=training.jit_compile(),
        )
        return model


@keras.saving.register_keras_serializable(package="search_spaces")
class Noise(keras.layers.Layer):
    """Adds normal noise to images in [0, 1] and clips them, in training only.

    Args:
        mean: Mean of the noise.
        variance: Variance of the noise.
        seed: Seed of the noise; None to draw it from Keras' global seed.
    """

    free = ("mean", "variance", "seed")
    """Names of the settings that are variables instead of constants in the graph."""

    def __init__(
        self,
        mean: float,
        variance: float,
        seed: int | None = None,
        dtype: Any = "float32",
        **options: Any,
    ) -> None:
        super().__init__(dtype=dtype, **options)
        self._initial = float(mean), float(variance)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape: Any) -> None:
        self.moments = self.add_weight(
            name="moments",
            shape=(2,),
            initializer=lambda shape, dtype: ops.cast(self._initial, dtype),
            trainable=False,
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training:
            return inputs
        mean, deviation = self.moments[0], ops.sqrt(self.moments[1])
        noise = keras.random.normal(
            ops.shape(inputs), dtype=inputs.dtype, seed=self.seed_generator
        )
        return ops.clip(inputs + mean + deviation * noise, 0, 1)

    def at_inference(self) -> None:
        return None

    def get_config(self) -> dict[str, Any]:
        mean, variance = self._initial
        return {
            **super().get_config(),
            "mean": mean,
            "variance": variance,
            "seed": self.seed,
        }


@keras.saving.register_keras_serializable(package="search_spaces")
class DenoisingModel(keras.Model):
    """A model whose loss compares its outputs with its inputs, scaled to [0, 1].

    Its first layers add the noise. Labels are ignored.
    """

    SCALE = "scale"
    """Name of the layer that scales pixels to [0, 1]."""

    CODE = "code"
    """Name of the layer whose output is the code."""

    @property
    def code_bits(self) -> int:
        """Bits of an image's code: its numbers, with the bits of their type."""
        code = self.get_layer(self.CODE).output
        return math.prod(code.shape[1:]) * _bits(code.dtype)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        clean = self.get_layer(self.SCALE)(x)
        return super().compute_loss(x, clean, y_pred, sample_weight, training)


def _bits(dtype: str) -> int:
    """Bits of a number of a type, such as ``float32`` or ``bfloat16``."""
    return int("".join(filter(str.isdigit, dtype)))
