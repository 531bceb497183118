"""Scores equal those of scikit-learn; outputs become probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from bench.training.evaluators import scores


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
        ([[0.0, np.log(3)], [1000, 0]], False, [[0.25, 0.75], [1, 0]]),
        ([[-1.0, -1.0]], False, [[0.5, 0.5]]),
        ([[1.3], [-0.2]], False, [[0, 1], [1, 0]]),
        ([[0.2498, 0.7494], [1.001, 0]], False, [[0.25, 0.75], [1, 0]]),
    ],
    ids=[
        "one output",
        "one logit",
        "logits",
        "independent outputs",
        "logits under a loss that doesn't say so",
        "outputs with a negative sum",
        "one linear output",
        "probabilities in half precision",
    ],
)
def test_outputs_become_probabilities(
    outputs: list, from_logits: bool, expected: list
) -> None:
    probabilities = scores.normalized(np.array(outputs, np.float32), from_logits)
    np.testing.assert_allclose(probabilities, expected, atol=1e-6)


def test_large_negative_logit_causes_no_overflow() -> None:
    probabilities = scores.normalized(np.array([[-1000.0]]), from_logits=True)
    np.testing.assert_array_equal(probabilities, [[1, 0]])
