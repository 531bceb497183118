"""The final training: one seed, one look at the test split."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss

from bench.datasets import Task
from bench.training.final import latency_ms

BUILD = "def build(hp): return compiled()"


def test_final_is_scored_on_the_test_split(
    work: Callable, stripes: Task, request_for: Callable, write: Callable, collect: type
) -> None:
    epochs = collect()
    family = work(write(BUILD), stripes)
    final = family(request_for(is_final=True, seed=4, epochs=3), epochs)
    record, labels = final.record, stripes.test.labels
    guesses = final.outputs["probabilities"].argmax(axis=1)
    assert final.outputs["probabilities"].shape == (len(labels), 3)
    assert record.seed == 4
    assert record.metrics["test_accuracy"] == accuracy_score(labels, guesses)
    assert record.metrics["test_log_loss"] == pytest.approx(
        log_loss(labels, final.outputs["probabilities"])
    )
    assert record.metrics["validation_accuracy"] == max(
        epoch.metrics["validation_accuracy"] for epoch in epochs
    )
    assert record.latency_ms_1 > 0
    assert record.latency_ms_64 > 0
    assert not any("test" in name for epoch in epochs for name in epoch.metrics)


def test_trial_never_sees_the_test_split(
    work: Callable, stripes: Task, request_for: Callable, write: Callable, collect: type
) -> None:
    result = work(write(BUILD), stripes)(request_for(epochs=1), collect())
    assert not any("test" in name for name in result.metrics)


def test_final_that_fails_raises(
    work: Callable, stripes: Task, request_for: Callable, write: Callable, collect: type
) -> None:
    family = work(write("def build(hp): raise RuntimeError('no')"), stripes)
    with pytest.raises(RuntimeError, match="no"):
        family(request_for(is_final=True), collect())


@pytest.mark.parametrize("batch", [1, 64])
def test_latency_is_per_image_of_full_batches(batch: int) -> None:
    shapes = []
    images = np.zeros((10, 8, 8, 1), np.uint8)
    latency = latency_ms(lambda some: shapes.append(some.shape), images, batch)
    assert set(shapes) == {(batch, 8, 8, 1)}
    assert 0 < latency < 100
