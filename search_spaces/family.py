"""What a family is: a Keras Tuner hypermodel for images of a given task."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import keras_tuner
import numpy as np

from search_spaces import CLASSIFICATION
from search_spaces.parts import augmentation, blocks, training


class UnsupportedTaskError(ValueError):
    """A family can't take images of this shape; the message says which it takes."""


@dataclass(frozen=True, kw_only=True)
class ImageTask:
    """What a family must know of the images and labels of a task.

    Attributes:
        image_shape: ``(height, width, channels)`` in pixels.
        classes: Number of classes, at least 2.
        pixel_range: Smallest and largest value that a pixel can have.
    """

    image_shape: tuple[int, int, int]
    classes: int
    pixel_range: tuple[float, float] = (0.0, 255.0)


@dataclass(frozen=True, kw_only=True)
class Extractor:
    """A frozen network whose outputs a family trains on in place of the images.

    They are computed once for a data set and used by every trial.

    Attributes:
        name: What decides the outputs besides the images, such as the network, its
            weights and how images are augmented: extractors of one name compute the
            same.
        make: Builds the network, which takes images ``(batch, height, width,
            channels)`` as the task has them; with True it augments them at any time.
        copies: How many augmented copies of a training image there are, used in
            turn; 1 where images aren't augmented.
        part: Which places of the outputs' first axis are used; extractors that differ
            in it alone share what is computed.
    """

    name: str
    make: Callable[[bool], keras.Model]
    copies: int = 1
    part: int | slice = field(default_factory=lambda: slice(None))

    @property
    def key(self) -> str:
        """Tells it from any other."""
        return f"{self.name} {self.part}"


@dataclass(frozen=True, kw_only=True)
class WarmUp:
    """A short training of a model's last layers before that of the model.

    Attributes:
        extractor: Computes what these layers take.
        build: Builds and compiles a model of them, given its input's shape; their
            names are those that they have in the whole model.
        epochs: How long it is trained.
        learning_rate: Kept throughout.
    """

    extractor: Extractor
    build: Callable[[tuple[int, ...]], keras.Model]
    epochs: int
    learning_rate: float


class Family(keras_tuner.HyperModel):
    """A family of models for images and the space of its hyperparameters.

    They are classifiers, unless a kind of family below this one says otherwise.

    A family writes ``declare`` (its own hyperparameters) and ``features`` (its
    layers up to the classifier). Everything shared, from the scaling of pixels to
    the optimizer, is here, in ``search_spaces.parts.blocks``, ``augmentation`` and
    ``training``. An instance works with any Keras Tuner tuner:
    ``keras_tuner.RandomSearch(VGG(task), ...)``; labels are class indices of shape
    ``(batch,)``.

    Attributes:
        goal: What its models are for.
        smallest_side: Of images that it takes, in pixels.
        max_parameters: Configurations with more aren't trained; None for any.

    Raises:
        UnsupportedTaskError: The images are smaller than ``smallest_side``.
    """

    goal: str = CLASSIFICATION
    _instead = ", or choose dense"
    smallest_side: int = 1
    max_parameters: int | None = None

    def __init__(self, task: ImageTask) -> None:
        super().__init__(name=type(self).__name__.lower())
        self.task = task
        side = min(task.image_shape[:2])
        if side < self.smallest_side:
            raise UnsupportedTaskError(
                f"{self.name} takes images of at least {self.smallest_side} px a "
                f"side, not {task.image_shape[0]}x{task.image_shape[1]}: enlarge "
                f"them with --image-size{self._instead}"
            )

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        """Declare the family's own hyperparameters, conditional ones in scopes."""
        raise NotImplementedError

    def declare_training(self, hp: keras_tuner.HyperParameters) -> None:
        """Declare optimizer, learning rate, schedule, weight decay, batch size."""
        training.declare(hp)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        """Lay the family's layers.

        Args:
            hp: Holds a value for everything that ``declare`` declared.
            images: ``(batch, height, width, channels)``, scaled to [-1, 1].

        Returns:
            Features ``(batch, n)`` for the classifier.
        """
        raise NotImplementedError

    def extractor(self, hp: keras_tuner.HyperParameters) -> Extractor | None:
        """The frozen network of a configuration; None where all is trained."""
        return None

    def head(self, hp: keras_tuner.HyperParameters, features: Any) -> Any:
        """Lay the layers after the frozen network, of a family that has one.

        Args:
            hp: As for ``features``.
            features: What the extractor computes.

        Returns:
            Features ``(batch, n)`` for the classifier.
        """
        raise NotImplementedError

    def warm_up(self, hp: keras_tuner.HyperParameters) -> WarmUp | None:
        """What is trained before the model; None for nothing."""
        return None

    def prepare(self, space: keras_tuner.HyperParameters) -> None:
        """Have at hand what any configuration of a space needs, before one is built.

        Raises:
            UnsupportedTaskError: It can't be had.
        """

    def declare_hyperparameters(self, hp: keras_tuner.HyperParameters) -> None:
        """Declare the whole space without building a model."""
        self.declare(hp)
        self.declare_training(hp)
        training.declare_loss(hp, self.task.classes)

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """Build and compile the model of one configuration."""
        self.declare_hyperparameters(hp)
        inputs = keras.Input(self.task.image_shape, name="images")
        images = blocks.scale(inputs, self.task.pixel_range)
        images = augmentation.augmented(hp, images)
        mixes = augmentation.is_on(hp)
        kind = augmentation.MixingModel if mixes else keras.Model
        return self._classifier(hp, inputs, self.features(hp, images), kind)

    def build_head(
        self, hp: keras_tuner.HyperParameters, shape: Sequence[int]
    ) -> keras.Model:
        """Build and compile the layers after the frozen network, as a model.

        Args:
            hp: Of a configuration that has an extractor.
            shape: Of what it computes for an image.
        """
        self.declare_hyperparameters(hp)
        inputs = keras.Input(shape, name="features")
        return self._classifier(hp, inputs, self.head(hp, inputs), keras.Model)

    def _classifier(
        self, hp: keras_tuner.HyperParameters, inputs: Any, features: Any, kind: type
    ) -> keras.Model:
        outputs = training.classifier(hp, features, self.task.classes)
        return training.compile_model(hp, kind(inputs, outputs, name=self.name))

    def learning_rates(self, hp: keras_tuner.HyperParameters, steps: int) -> np.ndarray:
        """The learning rate of every step of a full training, ``(steps,)``."""
        return training.learning_rates(hp, steps)

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
        schedule = training.LearningRates(rates[done:])
        return model.fit(
            x, y, epochs=epochs, callbacks=[*callbacks, schedule], **options
        )
