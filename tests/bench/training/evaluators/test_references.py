"""Reference rows of a leaderboard of classifiers."""

from __future__ import annotations

import numpy as np
import pytest

from bench.datasets import Task
from bench.training.evaluators import references as module
from bench.training.evaluators.references import references


def test_prior_is_scored_by_the_class_shares_of_the_training_images(
    digits: Task,
) -> None:
    prior, _ = references(digits, seed=0)
    shares = np.bincount(digits.train.labels) / len(digits.train)
    accuracy = np.mean(digits.test.labels == shares.argmax())
    log_loss = -np.log(shares[digits.test.labels]).mean()
    assert prior.name == "prior"
    assert prior.metrics["test_accuracy"] == pytest.approx(accuracy)
    assert prior.metrics["test_log_loss"] == pytest.approx(log_loss)


def test_logistic_regression_beats_the_prior_and_reports_its_size(digits: Task) -> None:
    prior, regression = references(digits, seed=0)
    assert regression.metrics["test_accuracy"] > 0.9
    assert regression.metrics["test_log_loss"] < prior.metrics["test_log_loss"] / 3
    assert regression.parameters == 64 * 10 + 10
    assert f"{len(digits.train):,} training images" in regression.note
    assert "sample" not in regression.note


def test_large_training_split_is_sampled_and_the_note_says_so(
    digits: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = references(digits, seed=0)[1].metrics
    monkeypatch.setattr(module, "MAX_SAMPLE_VALUES", 200 * 64)
    first, again, other = (references(digits, seed=seed)[1] for seed in (0, 0, 1))
    assert f"a stratified sample of 200 of {len(digits.train):,}" in first.note
    assert 0.5 < first.metrics["test_accuracy"] < full["test_accuracy"]
    assert first.metrics == again.metrics
    assert first.metrics != other.metrics


@pytest.mark.parametrize("left_over", [1, 9, 10])
def test_training_split_hardly_above_the_maximum_is_scored_too(
    digits: Task, monkeypatch: pytest.MonkeyPatch, left_over: int
) -> None:
    sampled = len(digits.train) - left_over
    monkeypatch.setattr(module, "MAX_SAMPLE_VALUES", sampled * 64)
    assert references(digits, seed=0)[1].metrics["test_accuracy"] > 0.9


def test_seed_may_be_larger_than_scikit_learn_takes(
    digits: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_SAMPLE_VALUES", 100 * 64)
    assert references(digits, seed=2**32)[1].metrics["test_accuracy"] > 0.5
