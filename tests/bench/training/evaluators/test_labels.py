"""The labels that a loss takes are found out, and so is what its outputs mean."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from bench.training.evaluators import labels
from bench.training.evaluators.labels import INTEGER, ONE_HOT, label_kind, takes_scores

CLASSES = 3
IMAGES = np.zeros((1, 2), "float32")


def classifier(loss: Any, outputs: int = CLASSES) -> keras.Model:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(outputs)])
    model.compile(loss=loss)
    return model


def focal_of_indices(y: Any, p: Any) -> Any:
    one_hot = tf.one_hot(tf.cast(y, tf.int32), CLASSES)
    at = tf.reduce_sum(one_hot * p, -1)
    return -((1 - at) ** 2) * tf.math.log(at)


def focal_of_one_hot(y: Any, p: Any) -> Any:
    return -tf.reduce_sum(y * (1 - p) ** 2 * tf.math.log(p), -1)


def of_any_labels(y: Any, p: Any) -> Any:
    if len(y.shape) == 1:
        y = tf.one_hot(tf.cast(y, tf.int32), CLASSES)
    return keras.losses.categorical_crossentropy(y, p)


def gathering(y: Any, p: Any) -> Any:
    """Computes with one-hot vectors too, but nothing that falls for right outputs."""
    return -tf.math.log(tf.gather(p, tf.cast(y, tf.int32), batch_dims=1))


class Focal(keras.losses.Loss):
    def call(self, y: Any, p: Any) -> Any:
        return focal_of_one_hot(y, p)


LOSSES = {
    "name, sparse": ("sparse_categorical_crossentropy", INTEGER),
    "name of a class": ("SparseCategoricalCrossentropy", INTEGER),
    "object, sparse": (keras.losses.SparseCategoricalCrossentropy(), INTEGER),
    "function, sparse": (keras.losses.sparse_categorical_crossentropy, INTEGER),
    "tf.keras, sparse": (tf.keras.losses.sparse_categorical_crossentropy, INTEGER),
    "name, one-hot": ("categorical_crossentropy", ONE_HOT),
    "object, one-hot": (keras.losses.CategoricalCrossentropy(), ONE_HOT),
    "object with a name that misleads": (
        keras.losses.CategoricalCrossentropy(name="sparse"),
        ONE_HOT,
    ),
    "squared error": ("mse", ONE_HOT),
    "binary": (keras.losses.BinaryCrossentropy(), ONE_HOT),
    "list of one": (["sparse_categorical_crossentropy"], INTEGER),
    "lambda, sparse": (
        lambda y, p: keras.losses.sparse_categorical_crossentropy(y, p),
        INTEGER,
    ),
    "lambda of tf.keras, sparse": (
        lambda y, p: tf.keras.losses.sparse_categorical_crossentropy(y, p),
        INTEGER,
    ),
    "lambda, one-hot": (
        lambda y, p: keras.losses.categorical_crossentropy(y, p),
        ONE_HOT,
    ),
    "part of a loss": (
        functools.partial(
            keras.losses.sparse_categorical_crossentropy, from_logits=True
        ),
        INTEGER,
    ),
    "focal loss of indices": (focal_of_indices, INTEGER),
    "focal loss of vectors": (focal_of_one_hot, ONE_HOT),
    "user's class": (Focal(), ONE_HOT),
    "loss of any labels": (of_any_labels, INTEGER),
    "loss that gathers": (gathering, INTEGER),
}


@pytest.mark.parametrize(("loss", "kind"), LOSSES.values(), ids=LOSSES)
def test_labels_that_a_loss_takes_are_found_out(loss: Any, kind: str) -> None:
    assert label_kind(classifier(loss), IMAGES, CLASSES) == kind


def test_labels_are_those_that_the_user_says() -> None:
    model = classifier(of_any_labels)
    assert label_kind(model, IMAGES, CLASSES, "one-hot") == ONE_HOT


def test_loss_that_takes_no_labels_is_refused_with_its_own_message() -> None:
    def broken(y: Any, p: Any) -> Any:
        raise RuntimeError("the sun is too low")

    with pytest.raises(ValueError, match="'broken' takes neither "):
        label_kind(classifier(broken), IMAGES, CLASSES)


def test_labels_of_an_own_compute_loss_that_needs_the_images_are_found_out() -> None:
    class Mine(keras.Sequential):
        def compute_loss(self, x: Any, y: Any, y_pred: Any, *_: Any) -> Any:
            assert x is not None
            return keras.ops.mean(keras.losses.categorical_crossentropy(y, y_pred))

    model = Mine([keras.Input((2,)), keras.layers.Dense(CLASSES)])
    model.compile("adam")
    assert label_kind(model, IMAGES, CLASSES) == ONE_HOT


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("binary_crossentropy", False),
        ("mse", False),
        ("hinge", True),
        (keras.losses.SquaredHinge(), True),
        (keras.losses.BinaryCrossentropy(from_logits=True), True),
        (
            lambda y, z: keras.losses.binary_crossentropy(y, z, from_logits=True),
            True,
        ),
        (lambda y, p: keras.losses.binary_crossentropy(y, p), False),
        (lambda y, z: keras.ops.mean(keras.ops.square(y - z), -1), False),
        (lambda y, z: keras.ops.relu(1 - (2 * y - 1) * z), True),
    ],
)
def test_border_between_two_classes_is_found_out(loss: Any, expected: bool) -> None:
    assert takes_scores(classifier(loss, outputs=1)) is expected


def test_known_losses_are_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> Callable:
        raise AssertionError

    monkeypatch.setattr(labels, "_Function", never)
    assert label_kind(classifier("mse"), IMAGES, CLASSES) == ONE_HOT
    assert takes_scores(classifier("hinge", outputs=1))
