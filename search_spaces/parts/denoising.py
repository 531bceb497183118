"""Denoisers: models that give back an image from which noise was taken."""

from __future__ import annotations

import math
from typing import Any

import keras
import keras_tuner
from keras import ops

from search_spaces import DENOISING, DENOISING_OPTIONS
from search_spaces.family import Family, ImageTask, UnsupportedTaskError
from search_spaces.parts import training


class Denoiser(Family):
    """A family of denoisers and the space of its hyperparameters.

    It writes ``declare``, ``denoised`` and ``code_size``. Pixels are scaled to
    [0, 1]; in training noise is added to them and the sum clipped; what comes out is
    compared with the images before that. A trained model is given noisy images.

    Args:
        task: Its classes play no part.
        noise_mean, noise_variance: Of the normal noise.
        min_compression: How many times smaller than the image its code is, at least.

    Raises:
        UnsupportedTaskError: No code is small enough.

    Reference: Vincent et al. 2010, "Stacked denoising autoencoders".
    """

    goal = DENOISING
    _instead = ""

    def __init__(
        self,
        task: ImageTask,
        noise_mean: float = DENOISING_OPTIONS["noise_mean"],
        noise_variance: float = DENOISING_OPTIONS["noise_variance"],
        min_compression: float = DENOISING_OPTIONS["min_compression"],
    ) -> None:
        super().__init__(task)
        self.noise_mean = noise_mean
        self.noise_variance = noise_variance
        self.min_compression = min_compression
        if self.largest_code < 1:
            numbers = math.prod(task.image_shape)
            raise UnsupportedTaskError(
                f"{self.name} reduces an image to one number at least; "
                f"--min-compression {min_compression:g} leaves none of {numbers:,}: "
                f"give {numbers} or less, or enlarge the images with --image-size"
            )

    @property
    def largest_code(self) -> int:
        """Numbers that a code may have."""
        return math.floor(math.prod(self.task.image_shape) / self.min_compression)

    def denoised(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        """Lay the family's layers, one of them called ``DenoisingModel.CODE``.

        Args:
            hp: Holds a value for everything that ``declare`` declared.
            images: ``(batch, height, width, channels)``, noisy, in [0, 1].

        Returns:
            Images of the same shape, in [0, 1].
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
            1 / (high - low), offset=-low / (high - low), name=DenoisingModel.SCALE
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
        mean, variance: Of the noise.
        seed: Drawn from Keras' global seed where it is None.
    """

    free = ("mean", "variance", "seed")
    """What of its configuration is held in variables, not in the graph."""

    def __init__(
        self, mean: float, variance: float, seed: int | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
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
        drawn = keras.random.normal(
            ops.shape(inputs), dtype=inputs.dtype, seed=self.seed_generator
        )
        return ops.clip(inputs + mean + deviation * drawn, 0, 1)

    def get_config(self) -> dict[str, Any]:
        mean, variance = self._initial
        own = {"mean": mean, "variance": variance, "seed": self.seed}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="search_spaces")
class DenoisingModel(keras.Model):
    """Learns to give back its input, which its first layers made noisy.

    What it is compared with is the input, scaled to [0, 1]; labels play no part.
    """

    SCALE = "scale"
    """Name of the layer that scales pixels to [0, 1]."""

    CODE = "code"
    """Name of the layer that an image is smallest in."""

    @property
    def compression(self) -> float:
        """How many times smaller than an image its code is."""
        code = self.get_layer(self.CODE).output.shape[1:]
        return math.prod(self.input_shape[1:]) / math.prod(code)

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
