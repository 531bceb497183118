"""Greedy selection of an ensemble's members."""

from __future__ import annotations

import numpy as np
import pytest

from bench.report.greedy import greedy_weights

LABELS = np.arange(300) % 3


def quality(probabilities: np.ndarray) -> tuple[float, ...]:
    """Accuracy, then log likelihood."""
    of_label = probabilities[np.arange(len(LABELS)), LABELS]
    return (
        float((probabilities.argmax(axis=1) == LABELS).mean()),
        float(np.log(of_label.clip(1e-7)).mean()),
    )


def classifier(seed: int, noise: float) -> np.ndarray:
    """Probabilities whose errors are independent of other classifiers' errors."""
    logits = np.random.default_rng(seed).normal(0, noise, (len(LABELS), 3))
    logits[np.arange(len(LABELS)), LABELS] += 1
    shares = np.exp(logits)
    return shares / shares.sum(axis=1, keepdims=True)


def test_models_that_err_on_different_images_share_the_weight() -> None:
    members = [classifier(seed, noise=1.0) for seed in range(4)]
    weights = greedy_weights(members, quality)
    assert sum(weights) == pytest.approx(1)
    assert sum(weight > 0 for weight in weights) > 1
    average = sum(w * member for w, member in zip(weights, members, strict=True))
    assert quality(average) > max(map(quality, members))


def test_useless_model_gets_no_weight() -> None:
    inverted = 1 - classifier(0, noise=0.5)
    assert greedy_weights([classifier(1, noise=0.5), inverted], quality) == (1.0, 0.0)


def test_models_that_predict_the_same_are_not_counted_twice() -> None:
    one = classifier(0, noise=1.0)
    assert greedy_weights([one, one, one], quality) == (1.0, 0.0, 0.0)


def test_single_model_has_all_the_weight() -> None:
    assert greedy_weights([classifier(0, noise=1.0)], quality) == (1.0,)


def test_models_of_equal_accuracy_are_weighed_by_the_log_loss() -> None:
    sure = np.where(np.eye(3, dtype=bool)[LABELS], 0.98, 0.01)
    unsure = np.where(np.eye(3, dtype=bool)[LABELS], 0.4, 0.3)
    assert greedy_weights([unsure, sure], quality) == (0.0, 1.0)


def test_model_may_be_selected_more_often_than_others() -> None:
    """A good model and a poor one that still helps: the good one counts for more."""
    good, poor = classifier(0, noise=0.8), classifier(1, noise=2.0)
    heavier, lighter = greedy_weights([good, poor], quality)
    assert heavier > lighter > 0
