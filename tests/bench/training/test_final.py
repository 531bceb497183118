"""The final training: one seed, and the only test on the test split."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss

from bench.datasets import Task, pixels
from bench.training.final import latency_ms
from bench.training.request import FinalRequest

BUILD = "def build(hp): return compiled()"


def final_request(seed: int = 1, epochs: int = 2) -> FinalRequest:
    return FinalRequest(hyperparameters={}, seed=seed, epochs=epochs, patience=10)


def test_final_is_scored_on_the_test_split(
    make_runner: Callable, stripes: Task, write_family: Callable, collector: type
) -> None:
    epochs = collector()
    runner = make_runner(write_family(BUILD), stripes)
    final = runner(final_request(seed=4, epochs=3), epochs)
    record, labels = final.record, stripes.test.labels
    predicted = final.outputs["probabilities"].argmax(axis=1)
    assert final.outputs["probabilities"].shape == (len(labels), 3)
    assert record.seed == 4
    assert record.metrics["test_accuracy"] == accuracy_score(labels, predicted)
    assert record.metrics["test_log_loss"] == pytest.approx(
        log_loss(labels, final.outputs["probabilities"])
    )
    assert record.metrics["validation_accuracy"] == max(
        epoch.metrics["validation_accuracy"] for epoch in epochs
    )
    assert record.latency_ms_1 > 0
    assert record.latency_ms_64 > 0
    assert not any("test" in name for epoch in epochs for name in epoch.metrics)


def test_final_keeps_the_images_of_its_most_confident_mistakes(
    make_runner: Callable, stripes: Task, write_family: Callable, collector: type
) -> None:
    runner = make_runner(write_family(BUILD), stripes)
    outputs = runner(final_request(epochs=1), collector()).outputs
    labels, probabilities = stripes.test.labels, outputs["probabilities"]
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    mistakes = outputs["mistakes"]
    assert len(mistakes) == min(12, len(wrong)) > 0
    assert set(mistakes) <= set(wrong)
    confidence = probabilities[mistakes].max(axis=1)
    assert confidence.tolist() == sorted(confidence, reverse=True)
    expected = pixels.to_uint8(stripes.test.images[mistakes], stripes.pixel_range)
    assert (outputs["mistake_images"] == expected).all()


def test_final_trains_as_a_full_trial_of_the_same_seed_does(
    make_runner: Callable,
    stripes: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
) -> None:
    runner = make_runner(write_family(BUILD), stripes)
    final = runner(final_request(seed=4, epochs=3), collector())
    trial = runner(make_request(seed=4, epochs=3, full_epochs=3), collector())
    assert trial.metrics.items() <= final.record.metrics.items()
    assert (trial.best_epoch, trial.epochs, trial.parameters) == (
        final.record.best_epoch,
        final.record.epochs,
        final.record.parameters,
    )


def test_trial_never_sees_the_test_split(
    make_runner: Callable,
    stripes: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
) -> None:
    runner = make_runner(write_family(BUILD), stripes)
    result = runner(make_request(epochs=1), collector())
    assert not any("test" in name for name in result.metrics)


def test_error_of_a_final_is_its_result(
    make_runner: Callable, stripes: Task, write_family: Callable, collector: type
) -> None:
    build = "def build(hp): raise RuntimeError('no')"
    runner = make_runner(write_family(build), stripes)
    result = runner(final_request(), collector())
    assert result.error == "RuntimeError: no"
    assert "in build" in result.traceback


@pytest.mark.parametrize("batch", [1, 64])
def test_latency_is_per_image_of_full_batches(batch: int) -> None:
    shapes = []
    images = np.zeros((10, 8, 8, 1), np.uint8)
    latency = latency_ms(lambda inputs: shapes.append(inputs.shape), images, batch)
    assert set(shapes) == {(batch, 8, 8, 1)}
    assert 0 < latency < 100
