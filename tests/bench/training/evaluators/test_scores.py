"""Scores equal those of scikit-learn; labels and outputs fit any loss."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from bench.training.evaluators import scores
from bench.training.evaluators.classification import targets

LABELS = np.array([2, 0, 1])
ONE_HOT = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.float32)


@settings(deadline=None)
@given(
    seed=st.integers(0, 1000),
    count=st.integers(1, 50),
    classes=st.integers(2, 6),
    sharpness=st.floats(0.01, 10),
)
def test_scores_equal_those_of_scikit_learn(
    seed: int, count: int, classes: int, sharpness: float
) -> None:
    random = np.random.default_rng(seed)
    logits = random.normal(size=(count, classes)) * sharpness
    labels = random.integers(classes, size=count)
    probabilities = scores.normalized(logits, from_logits=True)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    scored = scores.classification(probabilities, labels, "test")
    accuracy = metrics.accuracy_score(labels, probabilities.argmax(axis=1))
    log_loss = metrics.log_loss(labels, probabilities, labels=range(classes))
    assert scored["test_accuracy"] == pytest.approx(accuracy)
    if probabilities[np.arange(count), labels].min() > 1e-7:
        assert scored["test_log_loss"] == pytest.approx(log_loss)


def test_log_loss_of_an_impossible_label_is_finite() -> None:
    certain = np.array([[1.0, 0.0]])
    assert scores.log_loss(certain, np.array([1])) == pytest.approx(-np.log(1e-7))


@pytest.mark.parametrize(
    ("outputs", "from_logits", "expected"),
    [
        ([[0.2], [0.9]], False, [[0.8, 0.2], [0.1, 0.9]]),
        ([[0.0], [800.0]], True, [[0.5, 0.5], [0, 1]]),
        ([[0.0, np.log(3)], [1000, 0]], True, [[0.25, 0.75], [1, 0]]),
        ([[0.4, 0.4], [0.3, 0.1]], False, [[0.5, 0.5], [0.75, 0.25]]),
    ],
    ids=["one output", "one logit", "logits", "independent outputs"],
)
def test_outputs_become_probabilities(
    outputs: list, from_logits: bool, expected: list
) -> None:
    probabilities = scores.normalized(np.array(outputs, np.float32), from_logits)
    np.testing.assert_allclose(probabilities, expected, atol=1e-6)


def test_large_negative_logit_causes_no_overflow() -> None:
    probabilities = scores.normalized(np.array([[-1000.0]]), from_logits=True)
    np.testing.assert_array_equal(probabilities, [[1, 0]])


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("sparse_categorical_crossentropy", LABELS),
        (keras.losses.SparseCategoricalCrossentropy(), LABELS),
        (keras.losses.sparse_categorical_crossentropy, LABELS),
        ("categorical_crossentropy", ONE_HOT),
        (keras.losses.CategoricalCrossentropy(label_smoothing=0.1), ONE_HOT),
        ("mse", ONE_HOT),
        (keras.losses.BinaryCrossentropy(), ONE_HOT),
    ],
)
def test_labels_are_encoded_for_the_loss(loss: object, expected: np.ndarray) -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    model.compile(loss=loss)
    encoded = targets(model, LABELS, classes=3, outputs=3)
    np.testing.assert_array_equal(encoded, expected)


def test_labels_of_a_single_output_are_a_column() -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(loss="binary_crossentropy")
    encoded = targets(model, np.array([1, 0]), classes=2, outputs=1)
    np.testing.assert_array_equal(encoded, [[1], [0]])
