"""What a family is: a Keras Tuner hypermodel for images of a given task."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import keras_tuner
import numpy as np

from search_spaces import blocks


class UnsupportedTaskError(ValueError):
    """A family can't take images of this shape; the message says which it takes."""


@dataclass(frozen=True, kw_only=True)
class ImageTask:
    """What a family must know of the images and labels it is to classify.

    Attributes:
        image_shape: ``(height, width, channels)`` in pixels.
        classes: Number of classes, at least 2.
        pixel_range: Smallest and largest value that a pixel can have.
    """

    image_shape: tuple[int, int, int]
    classes: int
    pixel_range: tuple[float, float] = (0.0, 255.0)


class Family(keras_tuner.HyperModel):
    """A family of image classifiers and the space of its hyperparameters.

    A family writes ``declare`` (its own hyperparameters) and ``features`` (its
    layers up to the classifier). Everything shared, from the scaling of pixels to
    the optimizer, is here and in ``search_spaces.blocks``. An instance works with
    any Keras Tuner tuner: ``keras_tuner.RandomSearch(VGG(task), ...)``; labels are
    class indices of shape ``(batch,)``.

    Raises:
        UnsupportedTaskError: The images are smaller than ``smallest_side``.
    """

    smallest_side: int = 1

    def __init__(self, task: ImageTask) -> None:
        super().__init__(name=type(self).__name__.lower())
        self.task = task
        side = min(task.image_shape[:2])
        if side < self.smallest_side:
            raise UnsupportedTaskError(
                f"{self.name} takes images of at least {self.smallest_side} px a "
                f"side, not {task.image_shape[0]}x{task.image_shape[1]}: enlarge "
                "them with --image-size, or choose dense"
            )

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        """Declare the family's own hyperparameters, conditional ones in scopes."""
        raise NotImplementedError

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        """Lay the family's layers.

        Args:
            hp: Holds a value for everything that ``declare`` declared.
            images: ``(batch, height, width, channels)``, scaled to [-1, 1].

        Returns:
            Features ``(batch, n)`` for the classifier.
        """
        raise NotImplementedError

    def declare_hyperparameters(self, hp: keras_tuner.HyperParameters) -> None:
        """Declare the whole space without building a model."""
        self.declare(hp)
        blocks.declare_training(hp)

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """Build and compile the model of one configuration."""
        self.declare_hyperparameters(hp)
        inputs = keras.Input(self.task.image_shape, name="images")
        features = self.features(hp, blocks.scale(inputs, self.task.pixel_range))
        outputs = keras.layers.Dense(
            self.task.classes, activation="softmax", name="probabilities"
        )(features)
        model = keras.Model(inputs, outputs, name=self.name)
        model.compile(
            optimizer=blocks.optimizer(hp),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
            jit_compile=blocks.jit_compile(),
        )
        return model

    def learning_rates(self, hp: keras_tuner.HyperParameters, steps: int) -> np.ndarray:
        """The learning rate of every step of a full training, ``(steps,)``."""
        return blocks.learning_rates(hp, steps)

    def fit(
        self,
        hp: keras_tuner.HyperParameters,
        model: keras.Model,
        x: Any,
        y: Any,
        *,
        epochs: int = 1,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        **options: Any,
    ) -> keras.callbacks.History:
        """Train as Keras Tuner asks: batch size and schedule are searched too."""
        options.setdefault("batch_size", hp.get("batch_size"))
        images = math.floor(len(x) * (1 - (options.get("validation_split") or 0)))
        steps = -(-images // options["batch_size"])
        rates = self.learning_rates(hp, epochs * steps)
        # Keras Tuner's Hyperband goes on from an initial epoch.
        done = steps * options.get("initial_epoch", 0)
        schedule = blocks.LearningRates(rates[done:])
        return model.fit(
            x, y, epochs=epochs, callbacks=[*callbacks, schedule], **options
        )
