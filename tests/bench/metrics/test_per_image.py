"""Values of single images: their mean is the metric, their variance the bootstrap's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import bootstrap

from bench.metrics import image_scores, rate_images, score
from bench.records import RANKING_METRICS, Metric

METRICS = list(RANKING_METRICS.values())


@pytest.fixture(params=[2, 4], ids=["two classes", "four classes"])
def predicted(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray]:
    """Predictions of 400 images; of every second class there are four times as many."""
    random, classes = np.random.default_rng(0), request.param
    shares = np.resize([1.0, 4.0], classes)
    labels = random.choice(classes, 400, p=shares / shares.sum())
    logits = random.normal(size=(400, classes))
    logits[np.arange(400), labels] += 1.2
    return softmax(logits, axis=1), labels


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_mean_over_the_images_is_the_metric(
    metric: Metric, predicted: tuple[np.ndarray, np.ndarray]
) -> None:
    values = image_scores(metric, *predicted)
    assert values.shape == (400,)
    assert values.mean() == pytest.approx(score(metric, *predicted))


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_standard_error_is_that_of_the_bootstrap(
    metric: Metric, predicted: tuple[np.ndarray, np.ndarray]
) -> None:
    probabilities, labels = predicted

    def of_sample(indices: np.ndarray) -> float:
        return score(metric, probabilities[indices], labels[indices])

    drawn = bootstrap(
        (np.arange(400),),
        of_sample,
        n_resamples=2000,
        vectorized=False,
        method="percentile",
        rng=np.random.default_rng(0),
    )
    values = image_scores(metric, *predicted)
    error = values.std(ddof=1) / np.sqrt(len(values))
    assert error == pytest.approx(drawn.standard_error, rel=0.08)


def test_small_classes_count_for_the_uncertainty_of_a_mean_over_classes() -> None:
    labels = np.array([0] * 90 + [1] * 10)
    assert rate_images(RANKING_METRICS["accuracy"], labels) == 100
    found = rate_images(RANKING_METRICS["balanced_accuracy"], labels)
    assert found == pytest.approx(4 / (1 / 90 + 1 / 10))
    assert rate_images(RANKING_METRICS["log_loss"], labels) is None
