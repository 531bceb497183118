"""Trained models made whole: raw pixels in, and out what a user wants.

A model that a search has trained takes what its trials share: features of a frozen
network, or scaled pixels; and its layers keep as weights what trials may differ in. A
whole model is a functional model of Keras' own layers, wherever there are such layers,
so that it is loaded and used with Keras alone.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from bench.records import CLASSIFICATION, DENOISING, GENERATION
from bench.training.evaluators.reading import Reading
from bench.training.features import Features
from bench.training.hypermodel import FamilySource
from bench.training.overrides import overrides

FROZEN = "frozen_network"
"""Name of the frozen network in a whole model."""


def whole(
    model: keras.Model,
    source: FamilySource,
    *,
    features: Features | None,
    image_shape: tuple[int, int, int],
    pixel_range: tuple[float, float],
    reading: Reading | None,
) -> keras.Model:
    """Make a trained model whole.

    Args:
        model: As it was trained.
        source: The family that built it.
        features: Features that the model takes; None if it takes images.
        image_shape: ``(height, width, channels)`` of the images of the data set.
        pixel_range: Lowest and highest value of their pixels.
        reading: How the outputs of a classifier become probabilities; None for other
            task types.

    Returns:
        A model, not compiled, from raw pixels ``(n, height, width, channels)`` to
        probabilities ``(n, classes)``; or to denoised pixels in the same range; or,
        for a generator, from latents ``(n, count)`` to pixels in that range.
    """
    if source.task_type == GENERATION:
        generator = plain(model.averaged)
        images = _from_range(generator.output, (-1.0, 1.0), pixel_range)
        return keras.Model(generator.input, images, name=model.name)
    if features is not None:
        inputs = keras.Input(image_shape, name="images")
        taken = _taken(features, inputs)
        outputs = plain(model)(taken)
    elif source.family is not None:
        inner = plain(model)
        inputs, outputs = inner.input, inner.output
    else:
        inputs = keras.Input(image_shape, name="images")
        taken = inputs
        if not source.takes_raw_pixels:
            taken = _from_range(inputs, pixel_range, (0.0, 1.0))
        outputs = keras.tree.flatten(_as_called(model)(taken, training=False))[0]
    if source.task_type == CLASSIFICATION:
        assert reading is not None
        outputs = _probabilities(outputs, reading)
    elif source.task_type == DENOISING:
        outputs = _from_range(outputs, (0.0, 1.0), pixel_range)
    return keras.Model(inputs, outputs, name=model.name)


def plain(model: keras.Model, name: str | None = None) -> keras.Model:
    """A copy of a functional model for inference, of Keras' own layers.

    It has one input and one output.

    Layers that say what they are ``at_inference`` are replaced, or left out if they do
    nothing then. All others are copied with their weights.
    """

    def copy(layer: Any) -> Any:
        if hasattr(layer, "at_inference"):
            return layer.at_inference() or layer
        if isinstance(layer, keras.Model):
            return plain(layer)
        twin = layer.__class__.from_config(layer.get_config())
        if isinstance(layer, keras.layers.Layer) and layer.weights:
            twin.build_from_config(layer.get_build_config())
            twin.set_weights(layer.get_weights())
        return twin

    def call(layer: Any, *arguments: Any, **named: Any) -> Any:
        if hasattr(layer, "at_inference"):  # it is no copy, but does nothing
            return arguments[0]
        return layer(*arguments, **named)

    # Copying a compiled model copies its optimizer, whose momentum may be a weight.
    bare = keras.Model(model.inputs, model.outputs)
    cloned = keras.models.clone_model(bare, clone_function=copy, call_function=call)
    inputs, outputs = cloned.inputs[0], cloned.outputs[0]
    return keras.Model(inputs, outputs, name=name or model.name)


def _as_called(model: keras.Model) -> keras.Model:
    """A model from elsewhere, without what only its training needs.

    Its loss, its optimizer and a training step of its own may be of classes that
    nobody can load. What it computes when it is called is kept, whoever wrote that.
    """
    if getattr(model, "inputs", None) and not overrides(model, "call"):
        return keras.Model(model.inputs[0], model.outputs[0], name=model.name)
    return model


def _taken(features: Features, images: Any) -> Any:
    """The features of images that a model takes, by its frozen network."""
    extractor = features.extractor
    if extractor.make_part is not None:
        return plain(extractor.make_part(), name=FROZEN)(images)
    return _part(plain(features.network, name=FROZEN)(images), extractor.part)


def _part(features: Any, part: int | slice) -> Any:
    """The part of features ``(n, positions, ...)`` that a model takes."""
    if part == slice(None):
        return features
    return features[:, part]


def _from_range(
    values: Any, low_high: tuple[float, float], wanted: tuple[float, float]
) -> Any:
    """Map values linearly from one range to another."""
    low, high = low_high
    factor = (wanted[1] - wanted[0]) / (high - low)
    if (low, high) == wanted:
        return values
    return keras.layers.Rescaling(factor, offset=wanted[0] - low * factor)(values)


def _probabilities(outputs: Any, reading: Reading) -> Any:
    """Class probabilities ``(n, classes)``; see ``reading.normalized``."""
    match reading:
        case Reading.SOFTMAX:
            return keras.layers.Softmax()(outputs)
        case Reading.SIGMOID:
            outputs = keras.layers.Activation("sigmoid")(outputs)
        case Reading.CLIPPED:
            outputs = ops.clip(outputs, 0.0, 1.0)
        case Reading.SHARES:
            positive = keras.layers.ReLU()(outputs)
            return positive / ops.sum(positive, axis=1, keepdims=True)
    if outputs.shape[1] > 1:
        return outputs
    return keras.layers.Concatenate(axis=1)([1 - outputs, outputs])
