"""The base class of all families: a Keras Tuner hypermodel for the images of a task."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import keras
import keras_tuner
import numpy as np

from search_spaces import CLASSIFICATION
from search_spaces.parts import augmentation, blocks, class_weights, training
from search_spaces.parts.sizes import Sizes


class UnsupportedTaskError(ValueError):
    """A family does not support a task; the message says what it supports."""


@dataclass(frozen=True, kw_only=True)
class ImageTask:
    """The properties of a task's images and labels that a family depends on.

    Attributes:
        image_shape: ``(height, width, channels)`` in pixels.
        classes: Number of classes, at least 2.
        pixel_range: Smallest and largest value that a pixel can have.
        bits: Bits that one value of an image takes, such as 8 for bytes.
        class_shares: Share of each class among the images that train and validate;
            empty if unknown.
    """

    image_shape: tuple[int, int, int]
    classes: int
    pixel_range: tuple[float, float] = (0.0, 255.0)
    bits: int = 8
    class_shares: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Extractor:
    """A frozen network whose outputs a family trains on instead of the images.

    The outputs are computed once for a data set and used by every trial.

    Attributes:
        name: Identifies the outputs apart from the images: the network, its weights,
            how images are augmented. Extractors of equal names compute equal outputs.
        make: Builds the network, which takes images ``(batch, height, width,
            channels)`` with the task's pixel range. ``make(True)`` builds it with
            augmentation that is active at inference too.
        copies: Number of augmented copies of a training image, which are used in
            turn; 1 without augmentation.
        part: Index of the outputs' first axis after the batch. Extractors that differ
            in it alone share the computed outputs.
        make_part: Builds the network, without augmentation, up to this part alone, for
            models that are kept; None to take the part of all outputs there too.
        products: Number of multiplications for an image, from which the time of the
            network is forecast; None if unknown.
    """

    name: str
    make: Callable[[bool], keras.Model]
    copies: int = 1
    part: int | slice = field(default_factory=lambda: slice(None))
    make_part: Callable[[], keras.Model] | None = None
    products: int | None = None

    @property
    def key(self) -> str:
        """Text that identifies the outputs and the part of them that is used."""
        return f"{self.name} {self.part}"


@dataclass(frozen=True, kw_only=True)
class WarmUp:
    """A short training of a model's last layers before the whole model is trained.

    Attributes:
        extractor: Computes the inputs of these layers.
        build: Builds and compiles a model of these layers for an input shape without
            the batch. The layers have the same names as in the whole model.
        epochs: Number of epochs.
        learning_rate: Constant learning rate.
    """

    extractor: Extractor
    build: Callable[[tuple[int, ...]], keras.Model]
    epochs: int
    learning_rate: float


class Family(keras_tuner.HyperModel):
    """A family of image classifiers and the space of its hyperparameters.

    A subclass must write ``declare``, its hyperparameters, and ``features``, its
    layers up to the classifier. It may

    - override ``declare_training`` to search other optimizers or learning rates;
    - set ``min_side``, ``max_parameters`` and ``sizes``;
    - name in ``starts`` configurations that a search tries first;
    - return a frozen network from ``extractor``, and then write ``head``, the layers
      after that network, instead of having the network in every trial;
    - return from ``warm_up`` a training that comes before that of the whole model.

    This class does the rest: it scales pixels, augments images, adds the classifier,
    compiles and trains. Building blocks are in ``search_spaces.parts``. Values in which
    two models of one structure may differ, such as a dropout rate, must be weights
    instead of constants in the graph: use ``blocks.dropout`` and the like instead of
    the layers of Keras.

    An instance works with any tuner of Keras Tuner, as in
    ``keras_tuner.RandomSearch(VGG(task), ...)``. Labels are class indices of shape
    ``(batch,)``. ``Denoiser`` and ``Adversarial`` are the base classes for the other
    task types.

    Args:
        task: Properties of the images and labels.

    Attributes:
        task_type: Task type of the models, such as ``CLASSIFICATION``.
        min_side: Minimum height and width of the images, in pixels.
        trains_head_only: Whether all layers up to the head are frozen, so that a
            training takes seconds once their outputs are computed. Hyperband then
            trains every configuration fully.
        max_parameters: Maximum number of parameters; configurations with more are
            not proposed. None for no limit.
        sizes: Larger ranges of hyperparameters than those in ``declare``; see
            ``search_spaces.parts.sizes``.

    Raises:
        UnsupportedTaskError: The images are smaller than ``min_side``.
    """

    task_type: str = CLASSIFICATION
    _alternative = ", or choose dense"
    min_side: int = 1
    trains_head_only: bool = False
    max_parameters: int | None = None
    sizes: ClassVar[Sizes] = {}

    def __init__(self, task: ImageTask) -> None:
        super().__init__(name=type(self).__name__.lower())
        self.task = task
        side = min(task.image_shape[:2])
        if side < self.min_side:
            raise UnsupportedTaskError(
                f"{self.name} takes images of at least {self.min_side} px a "
                f"side, not {task.image_shape[0]}x{task.image_shape[1]}: enlarge "
                f"them with --image-size{self._alternative}"
            )

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        """Declare the family's hyperparameters, except those of the training.

        A hyperparameter that only some configurations use must be declared in an
        ``hp.conditional_scope``.
        """
        raise NotImplementedError

    def declare_training(self, hp: keras_tuner.HyperParameters) -> None:
        """Declare optimizer, learning rate, schedule, weight decay and batch size."""
        training.declare(hp)

    def features(self, hp: keras_tuner.HyperParameters, images: Any) -> Any:
        """Build the family's layers up to the classifier.

        Args:
            hp: Holds a value for each active hyperparameter.
            images: Symbolic images ``(batch, height, width, channels)``, scaled to
                [-1, 1] and augmented.

        Returns:
            Features ``(batch, n)``, the input of the classifier.
        """
        raise NotImplementedError

    def starts(self) -> Sequence[Mapping[str, Any]]:
        """Configurations that a search tries right after the default one.

        Returns:
            For each of them the values that differ from the default configuration.
        """
        return ()

    def extractor(self, hp: keras_tuner.HyperParameters) -> Extractor | None:
        """Return the frozen network of a configuration; None without one."""
        return None

    def head(self, hp: keras_tuner.HyperParameters, features: Any) -> Any:
        """Build the layers between the frozen network and the classifier.

        Only families with an extractor need it.

        Args:
            hp: Holds a value for each active hyperparameter.
            features: Symbolic outputs of the extractor.

        Returns:
            Features ``(batch, n)``, the input of the classifier.
        """
        raise NotImplementedError

    def warm_up(self, hp: keras_tuner.HyperParameters) -> WarmUp | None:
        """Return the training that comes before that of the model; None for none."""
        return None

    def prepare(self, space: keras_tuner.HyperParameters) -> None:
        """Fetch the files that configurations need, before any model is built.

        Args:
            space: The search space; only the values in it will be used.

        Raises:
            UnsupportedTaskError: A file is not available.
        """

    def declare_hyperparameters(self, hp: keras_tuner.HyperParameters) -> None:
        """Declare the whole search space without building a model."""
        self.declare(hp)
        self.declare_training(hp)
        training.declare_averaging(hp)
        training.declare_loss(hp, self.task.classes)
        class_weights.declare(hp, self.task.class_shares)

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """Build and compile the model of one configuration."""
        self.declare_hyperparameters(hp)
        inputs = keras.Input(self.task.image_shape, name="images")
        images = blocks.scale(inputs, self.task.pixel_range)
        images = augmentation.augmented(hp, images)
        kind = augmentation.MixingModel if augmentation.is_on(hp) else keras.Model
        return self._classifier(hp, inputs, self.features(hp, images), kind)

    def build_head(
        self, hp: keras_tuner.HyperParameters, shape: Sequence[int]
    ) -> keras.Model:
        """Build and compile a model of the layers after the frozen network.

        Args:
            hp: Configuration that has an extractor.
            shape: Shape of the extractor's output, without the batch.
        """
        self.declare_hyperparameters(hp)
        inputs = keras.Input(shape, name="features")
        return self._classifier(hp, inputs, self.head(hp, inputs), keras.Model)

    def _classifier(
        self, hp: keras_tuner.HyperParameters, inputs: Any, features: Any, kind: type
    ) -> keras.Model:
        features = class_weights.weighted(hp, features, self.task.class_shares)
        if class_weights.is_on(hp) and kind is keras.Model:
            kind = class_weights.WeightingModel
        outputs = training.classifier(hp, features, self.task.classes)
        return training.compile_model(hp, kind(inputs, outputs, name=self.name))

    def learning_rates(self, hp: keras_tuner.HyperParameters, steps: int) -> np.ndarray:
        """Return the learning rate of every step of a full training, ``(steps,)``."""
        return training.learning_rates(hp, steps)

    def last_fall(self, hp: keras_tuner.HyperParameters) -> float:
        """Return the share of a full training before the last fall of its schedule.

        Trials are not stopped early before it; 0 to let patience count at once.
        """
        return training.last_fall(hp)

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
        """Train a model with the batch size and the schedule of its configuration.

        Keras Tuner calls this for each trial; ``options`` are passed to ``model.fit``.
        """
        options.setdefault("batch_size", hp.get("batch_size"))
        images = math.floor(len(x) * (1 - (options.get("validation_split") or 0)))
        steps = -(-images // options["batch_size"])
        rates = self.learning_rates(hp, epochs * steps)
        # Keras Tuner's Hyperband continues trials from an initial epoch.
        done = steps * options.get("initial_epoch", 0)
        schedule = training.LearningRates(rates[done:])
        return model.fit(
            x, y, epochs=epochs, callbacks=[*callbacks, schedule], **options
        )
