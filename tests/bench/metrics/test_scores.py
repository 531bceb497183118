"""Metrics of classifiers equal those of scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn import metrics

from bench.metrics import class_scores, classifier_metrics, log_loss, roc_auc
from bench.records import RANKING_METRICS
from search_spaces.parts.options import METRIC


def predictions(
    seed: int, count: int, classes: int, sharpness: float = 2.0
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that know something of the labels, each class among these."""
    random = np.random.default_rng(seed)
    labels = np.resize(np.arange(classes), count)
    logits = random.normal(size=(count, classes))
    logits[np.arange(count), labels] += 1
    return softmax(sharpness * logits, axis=1), labels


@settings(deadline=None)
@given(
    seed=st.integers(0, 1000),
    count=st.integers(12, 60),
    classes=st.integers(2, 6),
    sharpness=st.floats(0.01, 5),
)
def test_scores_equal_those_of_scikit_learn(
    seed: int, count: int, classes: int, sharpness: float
) -> None:
    probabilities, labels = predictions(seed, count, classes, sharpness)
    predicted = probabilities.argmax(axis=1)
    scored = classifier_metrics(probabilities, labels, "test")
    by_class = probabilities[:, 1] if classes == 2 else probabilities
    expected = {
        "accuracy": metrics.accuracy_score(labels, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(labels, predicted),
        "macro_f1": metrics.f1_score(labels, predicted, average="macro"),
        "roc_auc": metrics.roc_auc_score(labels, by_class, multi_class="ovr"),
        "log_loss": metrics.log_loss(labels, probabilities),
        "brier": metrics.brier_score_loss(labels, by_class, scale_by_half=False),
    }
    if probabilities[np.arange(count), labels].min() < 1e-7:  # clipped there
        del expected["log_loss"]
    for name, value in expected.items():
        assert scored[f"test_{name}"] == pytest.approx(value), name


def test_precision_and_recall_of_classes_equal_those_of_scikit_learn() -> None:
    probabilities, labels = predictions(0, 100, 4)
    precision, recall, f1, images = metrics.precision_recall_fscore_support(
        labels, probabilities.argmax(axis=1)
    )
    scores = class_scores(probabilities, labels)
    np.testing.assert_allclose([s.precision for s in scores], precision)
    np.testing.assert_allclose([s.recall for s in scores], recall)
    np.testing.assert_allclose([s.f1 for s in scores], f1)
    assert [s.images for s in scores] == list(images)


def test_class_that_is_never_predicted_has_no_precision() -> None:
    certain = np.tile([1.0, 0.0, 0.0], (4, 1))
    first, second, third = class_scores(certain, np.array([0, 0, 1, 1]))
    assert (first.precision, first.recall) == (0.5, 1.0)
    assert (second.precision, second.recall, second.f1) == (None, 0.0, 0.0)
    assert (third.precision, third.recall, third.f1) == (None, None, None)


def test_log_loss_of_an_impossible_label_is_finite() -> None:
    certain = np.array([[1.0, 0.0]])
    assert log_loss(certain, np.array([1])) == pytest.approx(-np.log(1e-7))


def test_roc_curve_leaves_out_classes_without_images() -> None:
    probabilities, labels = predictions(0, 60, 3)
    unseen = np.hstack([probabilities, np.zeros((60, 1))])
    assert roc_auc(unseen, labels) == pytest.approx(roc_auc(probabilities, labels))


def test_every_metric_that_ranks_can_be_chosen() -> None:
    assert METRIC.choices == tuple(RANKING_METRICS)
