"""Calibration: errors on known cases, and temperatures that mend them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from bench.metrics import calibration_error, log_loss, scaled, temperature


def labelled(count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and labels that are drawn from their softmax."""
    random = np.random.default_rng(0)
    logits = 2 * random.normal(size=(count, 4))
    cumulative = softmax(logits, axis=1).cumsum(axis=1)
    return logits, (random.random((count, 1)) > cumulative).sum(axis=1)


def test_error_is_the_distance_of_confidence_from_accuracy() -> None:
    # Four images at 0.9, half of them right, and six at 0.6, all of them right.
    sure, unsure = np.tile([0.9, 0.1], (4, 1)), np.tile([0.6, 0.4], (6, 1))
    labels = np.array([0, 0, 1, 1, *[0] * 6])
    expected = 0.4 * abs(0.9 - 0.5) + 0.6 * abs(0.6 - 1.0)
    found = calibration_error(np.vstack([sure, unsure]), labels)
    assert found == pytest.approx(expected)


def test_true_probabilities_have_hardly_any_error() -> None:
    logits, labels = labelled()
    assert calibration_error(softmax(logits, axis=1), labels) < 0.015


@pytest.mark.parametrize("factor", [0.5, 3.0])
def test_temperature_undoes_a_factor_of_the_logits(factor: float) -> None:
    logits, labels = labelled()
    wrong = softmax(factor * logits, axis=1)
    found = temperature(wrong, labels)
    assert found == pytest.approx(factor, rel=0.05)
    mended = scaled(wrong, found)
    assert calibration_error(mended, labels) < 0.015 < calibration_error(wrong, labels)
    assert log_loss(mended, labels) < log_loss(wrong, labels)
    np.testing.assert_array_equal(mended.argmax(axis=1), wrong.argmax(axis=1))
