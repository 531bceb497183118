"""The base class of generators, which are trained against a discriminator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import keras_tuner
import numpy as np
from keras import ops

from search_spaces import GENERATION
from search_spaces.family import Family, ImageTask, UnsupportedTaskError
from search_spaces.parts import training
from search_spaces.parts.augmentation import Augmentation
from search_spaces.parts.averaging import remaining

LATENT = 64
"""Number of normally distributed values that an image is generated from."""

DIFFERENTIABLE = {"shift": 0.125, "cutout": 0.4}
"""Amounts of the augmentation of real and generated images before the discriminator.

Zhao et al. 2020, "Differentiable augmentation for data-efficient GAN training".
"""


class Adversarial(Family):
    """A family of image generators and the space of its hyperparameters.

    A subclass must write ``declare``, its hyperparameters, and the layers of
    ``generator`` and ``discriminator``. This class does the rest: it declares the
    training and trains both networks with stabilizing techniques. Labels are ignored.

    Args:
        task: Properties of the images: square, 16 to 64 pixels a side.

    Attributes:
        max_side: Maximum height and width of the images, in pixels.

    Raises:
        UnsupportedTaskError: The images are not square or of another size, or the
            backend isn't TensorFlow.

    References: Goodfellow et al. 2014, "Generative adversarial networks"; one-sided
    label smoothing: Salimans et al. 2016, "Improved techniques for training GANs";
    averaged weights: Yazıcı et al. 2019, "The unusual effectiveness of averaging in
    GAN training"; two rates: Heusel et al. 2017, "GANs trained by a two time-scale
    update rule".
    """

    task_type = GENERATION
    min_side = 16
    max_side = 64
    _alternative = ""

    def __init__(self, task: ImageTask) -> None:
        super().__init__(task)
        height, width = task.image_shape[:2]
        if height != width or height > self.max_side:
            raise UnsupportedTaskError(
                f"{self.name} generates square images of {self.min_side} to "
                f"{self.max_side} px a side, not {height}x{width}: resize them "
                "with --image-size"
            )
        if keras.backend.backend() != "tensorflow":
            raise UnsupportedTaskError(
                f"{self.name} trains on TensorFlow, not on {keras.backend.backend()}: "
                "give --backend tensorflow"
            )

    def generator(self, hp: keras_tuner.HyperParameters, latents: Any) -> Any:
        """Build the layers from latents ``(batch, LATENT)`` to images in [-1, 1]."""
        raise NotImplementedError

    def discriminator(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        """Build the layers from images in [-1, 1] to logits ``(batch, 1)``.

        A logit above 0 stands for a real image.
        """
        raise NotImplementedError

    def declare_training(self, hp: keras_tuner.HyperParameters) -> None:
        hp.Choice("label_smoothing", [0.0, 0.1, 0.2], default=0.1)
        hp.Boolean("differentiable_augmentation", default=False)
        hp.Choice("averaging", [0.0, 0.99, 0.999], default=0.99)
        for name in ("generator_learning_rate", "discriminator_learning_rate"):
            hp.Float(name, 1e-4, 1e-3, sampling="log", default=2e-4)
        hp.Choice("batch_size", [32, 64, 128], default=64)

    def declare_hyperparameters(self, hp: keras_tuner.HyperParameters) -> None:
        self.declare(hp)
        self.declare_training(hp)

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        self.declare_hyperparameters(hp)
        latents = keras.Input((LATENT,), name="latents")
        images = keras.Input(self.task.image_shape, name="images")
        model = AdversarialModel(
            keras.Model(latents, self.generator(hp, latents), name="generator"),
            keras.Model(images, self.discriminator(hp, images), name="discriminator"),
            pixel_range=self.task.pixel_range,
            amounts=DIFFERENTIABLE if hp.get("differentiable_augmentation") else None,
            label_smoothing=hp.get("label_smoothing"),
            averaging=hp.get("averaging"),
            name=self.name,
        )
        model.compile(
            *(
                keras.optimizers.Adam(hp.get(f"{which}_learning_rate"), beta_1=0.5)
                for which in ("generator", "discriminator")
            ),
            jit_compile=training.jit_compile(),
        )
        return model

    def learning_rates(self, hp: keras_tuner.HyperParameters, steps: int) -> np.ndarray:
        return np.full(steps, hp.get("generator_learning_rate"))


@keras.saving.register_keras_serializable(package="search_spaces")
class AdversarialModel(keras.Model):
    """A generator and the discriminator that it is trained against.

    Called with latents ``(batch, LATENT)`` it returns images in [0, 1] from the
    generator with averaged weights.

    Args:
        generator: Functional model from latents to images in [-1, 1].
        discriminator: Functional model from images in [-1, 1] to logits ``(batch, 1)``.
        pixel_range: Pixel range of the training images.
        amounts: Amounts of the augmentation before the discriminator; None for no
            augmentation.
        label_smoothing: Difference between 1 and the target of real images.
        averaging: Share of the averaged weights that remains after a step.
    """

    free = ("label_smoothing", "averaging")
    """Names of the settings that are variables instead of constants in the graph."""

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        pixel_range: tuple[float, float],
        amounts: Mapping[str, float] | None = None,
        label_smoothing: float = 0.0,
        averaging: float = 0.0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.generator = generator
        self.discriminator = discriminator
        self.averaged = keras.models.clone_model(generator)
        self.averaged.trainable = False
        self.averaged.set_weights(generator.get_weights())
        self.augmentation = None
        if amounts is not None:
            self.augmentation = Augmentation(amounts, fill_mode="constant")
        self.seed_generator = keras.random.SeedGenerator()
        self._arguments: dict[str, Any] = {
            "pixel_range": list(pixel_range),
            "amounts": None if amounts is None else dict(amounts),
            "label_smoothing": label_smoothing,
            "averaging": averaging,
        }
        self.settings = self.add_weight(
            name="settings",
            shape=(2,),
            initializer=lambda shape, dtype: ops.cast(
                [label_smoothing, averaging], dtype
            ),
            trainable=False,
        )
        self._loss_metrics = [
            keras.metrics.Mean(name=f"{name}_loss")
            for name in ("generator", "discriminator")
        ]
        self(np.zeros((1, *generator.input_shape[1:]), "float32"))
        if self.augmentation is not None:
            self.augmentation.build(generator.output_shape)

    def build(self, input_shape: Any) -> None:
        """Do nothing: both networks are built already."""

    def call(self, latents: Any, training: bool = False) -> Any:
        return (self.averaged(latents, training=False) + 1) / 2

    def compile(
        self,
        optimizer: keras.optimizers.Optimizer,
        discriminator_optimizer: keras.optimizers.Optimizer,
        **options: Any,
    ) -> None:
        super().compile(optimizer=optimizer, **options)
        self.discriminator_optimizer = discriminator_optimizer

    def optimized(self) -> list[tuple[keras.optimizers.Optimizer, list[Any]]]:
        """Return each optimizer with the variables that it updates."""
        return [
            (self.optimizer, self.generator.trainable_variables),
            (self.discriminator_optimizer, self.discriminator.trainable_variables),
        ]

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return self._loss_metrics

    def count_params(self) -> int:
        """Count the parameters of both networks and the augmentation.

        The averaged copy of the generator does not count.
        """
        parts = [self.generator, self.discriminator, self.augmentation]
        return sum(part.count_params() for part in parts if part is not None)

    def train_step(self, data: Any) -> dict[str, Any]:
        import tensorflow as tf

        real = self._scaled(data[0])
        latents = keras.random.normal(
            (ops.shape(real)[0], LATENT), seed=self.seed_generator
        )
        with tf.GradientTape(persistent=True) as tape:
            generated = self.generator(latents, training=True)
            real_logits, generated_logits = self._logits(real), self._logits(generated)
            generator_loss = _cross_entropy(generated_logits, 1.0)
            discriminator_loss = _cross_entropy(
                real_logits, 1.0 - self.settings[0]
            ) + _cross_entropy(generated_logits, 0.0)
        losses = generator_loss, discriminator_loss
        for loss, (optimizer, variables) in zip(losses, self.optimized(), strict=True):
            optimizer.apply(tape.gradient(loss, variables), variables)
        self._average()
        for metric, loss in zip(self._loss_metrics, losses, strict=True):
            metric.update_state(loss)
        return self.get_metrics_result()

    def _logits(self, images: Any) -> Any:
        """The discriminator's outputs for images, augmented if that is configured."""
        if self.augmentation is not None:
            images = self.augmentation(images, training=True)
        return self.discriminator(images, training=True)

    def _scaled(self, images: Any) -> Any:
        low, high = self._arguments["pixel_range"]
        return (ops.cast(images, "float32") - low) * (2 / (high - low)) - 1

    def _average(self) -> None:
        """Update the averaged weights, of which less remains in the first steps."""
        kept = remaining(self.settings[1], self.optimizer.iterations)
        for average, weight in zip(
            self.averaged.weights, self.generator.weights, strict=True
        ):
            if "float" in average.dtype:
                average.assign(kept * average + (1 - kept) * weight)

    def get_config(self) -> dict[str, Any]:
        parts = {"generator": self.generator, "discriminator": self.discriminator}
        return {
            "name": self.name,
            **{
                name: keras.saving.serialize_keras_object(part)
                for name, part in parts.items()
            },
            **self._arguments,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> AdversarialModel:
        parts = {
            name: keras.saving.deserialize_keras_object(config.pop(name))
            for name in ("generator", "discriminator")
        }
        return cls(**parts, **config)

    def get_compile_config(self) -> dict[str, Any]:
        serialize = keras.saving.serialize_keras_object
        return {
            "optimizer": serialize(self.optimizer),
            "discriminator_optimizer": serialize(self.discriminator_optimizer),
        }

    def compile_from_config(self, config: dict[str, Any]) -> None:
        deserialize = keras.saving.deserialize_keras_object
        self.compile(
            *(
                deserialize(config[name])
                for name in ("optimizer", "discriminator_optimizer")
            ),
            jit_compile=training.jit_compile(),
        )
        for optimizer, variables in self.optimized():
            optimizer.build(variables)


def _cross_entropy(logits: Any, target: Any) -> Any:
    """Mean binary cross-entropy of logits with the same target for all of them."""
    targets = ops.ones_like(logits) * target
    return ops.mean(ops.binary_crossentropy(targets, logits, from_logits=True))
