"""Generators: models that make images, trained against one that tells them apart."""

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

LATENT = 64
"""Numbers, drawn from a normal distribution, that an image is made of."""

DIFFERENTIABLE = {"shift": 0.125, "cutout": 0.4}
"""What both real and made images undergo before they are told apart.

Zhao et al. 2020, "Differentiable augmentation for data-efficient GAN training".
"""


class Adversarial(Family):
    """A family of generators, each trained against a discriminator.

    It writes ``declare``, ``generator`` and ``discriminator``; losses and what steadies
    them are here. Labels play no part.

    Args:
        task: Square images of 16 to 64 pixels a side.

    Raises:
        UnsupportedTaskError: They are others, or the backend isn't TensorFlow.

    References: Goodfellow et al. 2014, "Generative adversarial networks"; one-sided
    label smoothing: Salimans et al. 2016, "Improved techniques for training GANs";
    averaged weights: Yazıcı et al. 2019, "The unusual effectiveness of averaging in
    GAN training"; two rates: Heusel et al. 2017, "GANs trained by a two time-scale
    update rule".
    """

    goal = GENERATION
    smallest_side = 16
    largest_side = 64
    _instead = ""

    def __init__(self, task: ImageTask) -> None:
        super().__init__(task)
        height, width = task.image_shape[:2]
        if height != width or height > self.largest_side:
            raise UnsupportedTaskError(
                f"{self.name} makes square images of {self.smallest_side} to "
                f"{self.largest_side} px a side, not {height}x{width}: resize them "
                "with --image-size"
            )
        if keras.backend.backend() != "tensorflow":
            raise UnsupportedTaskError(
                f"{self.name} trains on TensorFlow, not on {keras.backend.backend()}: "
                "give --backend tensorflow"
            )

    def generator(self, hp: keras_tuner.HyperParameters, latents: Any) -> Any:
        """Lay the layers from ``(batch, LATENT)`` to images in [-1, 1]."""
        raise NotImplementedError

    def discriminator(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        """Lay the layers from images in [-1, 1] to a logit ``(batch, 1)``: how real."""
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

    Called with latents ``(batch, LATENT)`` it gives images in [0, 1], made by the
    averaged generator.

    Args:
        generator, discriminator: Functional models, on images in [-1, 1].
        pixel_range: Of the images that it is trained on.
        amounts: Of the augmentation before the discriminator; None for none.
        label_smoothing: What real images fall short of 1 by.
        averaging: Share of the averaged weights that a step keeps.
    """

    free = ("label_smoothing", "averaging")
    """What of its configuration is held in variables, not in the graph."""

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
        self._given: dict[str, Any] = {
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
        self._losses_of = [
            keras.metrics.Mean(name=f"{name}_loss")
            for name in ("generator", "discriminator")
        ]
        self(np.zeros((1, *generator.input_shape[1:]), "float32"))
        if self.augmentation is not None:
            self.augmentation.build(generator.output_shape)

    def build(self, input_shape: Any) -> None:
        """Nothing is left to do: both networks are built."""

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
        """Each optimizer and the variables that it changes."""
        return [
            (self.optimizer, self.generator.trainable_variables),
            (self.discriminator_optimizer, self.discriminator.trainable_variables),
        ]

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return self._losses_of

    def count_params(self) -> int:
        """Those of both networks, and settings; the averaged one is no further one."""
        parts = [self.generator, self.discriminator, self.augmentation]
        return sum(part.count_params() for part in parts if part is not None)

    def train_step(self, data: Any) -> dict[str, Any]:
        import tensorflow as tf

        real = self._scaled(data[0])
        latents = keras.random.normal(
            (ops.shape(real)[0], LATENT), seed=self.seed_generator
        )
        with tf.GradientTape(persistent=True) as tape:
            made = self.generator(latents, training=True)
            judged_real, judged_made = self._judged(real), self._judged(made)
            generator_loss = _cross_entropy(judged_made, 1.0)
            discriminator_loss = _cross_entropy(
                judged_real, 1.0 - self.settings[0]
            ) + _cross_entropy(judged_made, 0.0)
        losses = generator_loss, discriminator_loss
        for loss, (optimizer, variables) in zip(losses, self.optimized(), strict=True):
            optimizer.apply(tape.gradient(loss, variables), variables)
        self._average()
        for metric, loss in zip(self._losses_of, losses, strict=True):
            metric.update_state(loss)
        return self.get_metrics_result()

    def _judged(self, images: Any) -> Any:
        if self.augmentation is not None:
            images = self.augmentation(images, training=True)
        return self.discriminator(images, training=True)

    def _scaled(self, images: Any) -> Any:
        low, high = self._given["pixel_range"]
        return (ops.cast(images, "float32") - low) * (2 / (high - low)) - 1

    def _average(self) -> None:
        """Follow the generator, closely at first."""
        steps = ops.cast(self.optimizer.iterations, "float32")
        kept = ops.minimum(self.settings[1], steps / (steps + 10))
        for mine, new in zip(
            self.averaged.weights, self.generator.weights, strict=True
        ):
            if "float" in mine.dtype:
                mine.assign(kept * mine + (1 - kept) * new)

    def get_config(self) -> dict[str, Any]:
        parts = {"generator": self.generator, "discriminator": self.discriminator}
        return {
            "name": self.name,
            **{
                name: keras.saving.serialize_keras_object(part)
                for name, part in parts.items()
            },
            **self._given,
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
    """Binary cross-entropy against one target for all, mean over the batch."""
    targets = ops.ones_like(logits) * target
    return ops.mean(ops.binary_crossentropy(targets, logits, from_logits=True))
