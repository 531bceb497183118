"""A ``fit`` of a hypermodel from elsewhere is called as Keras Tuner calls it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.datasets import Task

CUSTOM_FIT = """
class Mine(keras_tuner.HyperModel):
    def build(self, hp):
        return compiled()

    def fit(self, hp, model, *args, **kwargs):
        self.seen = args[0]
        return model.fit(*args, batch_size=hp.Choice("fit_batch", [16, 32]), **kwargs)
"""
CUSTOM_LOOP = """
class Mine(keras_tuner.HyperModel):
    def build(self, hp):
        return compiled()

    def fit(self, hp, model, x, y, validation_data, callbacks=None, **kwargs):
        for _ in range(3):
            model.train_on_batch(x, y)
"""


def test_model_learns_by_a_custom_fit(
    make_runner: Callable,
    stripes: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
) -> None:
    epochs = collector()
    result = make_runner(write_family(CUSTOM_FIT, "Mine"), stripes)(
        make_request(epochs=3), epochs
    )
    assert result.error is None, result.traceback
    assert [epoch.epoch for epoch in epochs] == [1, 2, 3]
    assert result.metrics["validation_accuracy"] > 0.6
    assert result.metrics["validation_log_loss"] < 1
    assert result.metrics["loss"] < 1


def test_images_reach_foreign_models_as_floats_between_zero_and_one(
    make_runner: Callable,
    stripes: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
) -> None:
    mine = make_runner(write_family(CUSTOM_FIT, "Mine"), stripes)
    assert mine(make_request(epochs=1), collector()).error is None
    seen = mine.trainer.source.hypermodel.seen
    assert seen.dtype == "float32"
    assert (seen * 255).round().tolist() == stripes.train.images.tolist()


def test_custom_fit_is_stopped_by_the_report_and_by_patience(
    make_runner: Callable,
    stripes: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
) -> None:
    body = CUSTOM_FIT.replace("compiled()", "compiled(rate=0.0)")
    mine = make_runner(write_family(body, "Mine"), stripes)
    assert mine(make_request(epochs=9), collector(stop_after=2)).epochs == 2
    assert mine(make_request(epochs=9, patience=2), collector()).epochs == 3


def test_hyperparameters_that_a_custom_fit_declares_are_returned(
    make_runner: Callable,
    stripes: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
) -> None:
    result = make_runner(write_family(CUSTOM_FIT, "Mine"), stripes)(
        make_request(epochs=1), collector()
    )
    [entry] = result.space["space"]
    assert entry["config"]["name"] == "fit_batch"


@pytest.mark.parametrize(
    "patience", [1, 3], ids=["stopped early", "trained to the end"]
)
def test_custom_fit_that_has_ended_is_not_called_again(
    make_runner: Callable,
    stripes: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
    tmp_path: Path,
    patience: int,
) -> None:
    body = CUSTOM_FIT.replace("compiled()", "compiled(rate=0.0)")
    mine = make_runner(write_family(body, "Mine"), stripes)
    checkpoint = tmp_path / "0.npz"
    first = make_request(epochs=patience + 1, patience=patience, checkpoint=checkpoint)
    parent = mine(first, collector())
    del mine.trainer.source.hypermodel.seen
    again = make_request(epochs=patience + 1, patience=patience, parent=checkpoint)
    assert mine(again, collector()).epochs == parent.epochs == patience + 1
    assert not hasattr(mine.trainer.source.hypermodel, "seen")


def test_custom_loop_without_callbacks_counts_as_one_epoch(
    make_runner: Callable,
    stripes: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
) -> None:
    epochs = collector()
    result = make_runner(write_family(CUSTOM_LOOP, "Mine"), stripes)(
        make_request(), epochs
    )
    assert result.error is None, result.traceback
    assert (result.epochs, result.best_epoch, len(epochs)) == (1, 1, 1)
    assert set(result.metrics) == {"validation_accuracy", "validation_log_loss"}


def test_promoted_custom_loop_is_validated_again(
    make_runner: Callable,
    stripes: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
    tmp_path: Path,
) -> None:
    mine = make_runner(write_family(CUSTOM_LOOP, "Mine"), stripes)
    checkpoint, epochs = tmp_path / "0.npz", collector()
    parent = mine(make_request(checkpoint=checkpoint), collector())
    promoted = mine(make_request(parent=checkpoint), epochs)
    assert [epoch.epoch for epoch in epochs] == [2]
    log_loss = "validation_log_loss"
    assert epochs[0].metrics[log_loss] < parent.metrics[log_loss]
    assert promoted.epochs == 2
