"""One trial: trained as requested, and recorded whether or not it fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from bench.datasets import Task
from bench.errors import WriteError
from bench.metrics import classifier_metrics
from bench.records import ACCURACY, EPOCH_SHARE, LOG_LOSS, TrialResult
from bench.training.epochs import EpochLoop
from bench.training.evaluators.classification import probabilities
from bench.training.request import FinalRequest
from bench.training.time_limit import CutShortError
from bench.training.timings import StageTimer

CONSTANT = "def build(hp): return compiled(rate=0.0)"
"""A family whose models never change."""

WITH_DROPOUT = """
def build(hp):
    return compiled(keras.Sequential([
        keras.Input((8, 8, 1)),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(3, activation="softmax"),
    ]))
"""


@pytest.fixture
def run(
    make_runner: Callable,
    stripes: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
) -> Callable[..., TrialResult]:
    """Run one trial of a build function on stripes."""

    def run(body: str, report: Callable | None = None, **request: object) -> object:
        runner = make_runner(write_family(body), stripes)
        report = collector() if report is None else report
        return runner(make_request(**request), report)

    return run


def test_same_request_gives_the_same_weights_and_curve(
    make_runner: Callable,
    stripes: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
) -> None:
    trainer = make_runner(write_family(WITH_DROPOUT), stripes).trainer
    curves, weights = [], []
    for seed in (1, 1, 2):
        curves.append(collector())
        request = make_request(seed=seed)
        trained = trainer.train(request, curves[-1], StageTimer())
        weights.append(trained.compiled.model.get_weights())
    metrics = [[epoch.metrics for epoch in curve] for curve in curves]
    assert metrics[0] == metrics[1]
    assert metrics[0] != metrics[2]
    for first, again in zip(weights[0], weights[1], strict=True):
        np.testing.assert_array_equal(first, again)


def test_seed_may_be_larger_than_numpy_takes(run: Callable) -> None:
    assert run(CONSTANT, seed=2**32 + 1, epochs=1).error is None


def test_result_is_that_of_the_best_epoch(
    make_runner: Callable,
    mislabelled: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
) -> None:
    runner = make_runner(write_family("def build(hp): return compiled()"), mislabelled)
    epochs = collector()
    trained = runner.trainer.train(make_request(epochs=6), epochs, StageTimer())
    curve = trained.curve
    best = max(
        epochs,
        key=lambda e: (
            e.metrics["validation_accuracy"],
            -e.metrics["validation_log_loss"],
        ),
    )
    assert [epoch.epoch for epoch in epochs] == [1, 2, 3, 4, 5, 6]
    assert (curve.best_epoch, curve.best_metrics) == (best.epoch, best.metrics)
    assert curve.best_epoch < 6  # else restoring would have nothing to do
    validation = runner.trainer.inputs.images.task.validation
    outputs = trained.compiled.predict(validation.images)
    predicted = probabilities(trained.compiled.model, outputs)
    restored = classifier_metrics(
        predicted, validation.labels, "validation", (ACCURACY, LOG_LOSS)
    )
    assert restored == {name: best.metrics[name] for name in restored}


def test_training_stops_when_patience_ends(run: Callable) -> None:
    result = run(CONSTANT, epochs=10, patience=2)
    assert (result.best_epoch, result.epochs) == (1, 3)


def test_past_deadline_leaves_a_part_of_an_epoch(run: Callable) -> None:
    past = time.monotonic() - 100
    result = run("def build(hp): return compiled()", epochs=10, deadline=past)
    assert (result.error, result.epochs) == (None, 1)
    assert 0 < result.metrics[EPOCH_SHARE] < 1
    assert result.metrics["validation_accuracy"] > 0


def test_past_deadline_fails_a_trial_that_may_have_no_result(run: Callable) -> None:
    past = time.monotonic() - 100
    result = run(CONSTANT, epochs=10, deadline=past, allow_no_result=True)
    assert result.error is not None
    assert result.error.startswith("CutShortError: time was up")
    assert result.epochs == 0


def test_epochs_before_one_that_is_cut_short_are_kept(
    run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_epochs = EpochLoop.run

    def cut_short(*arguments: object, **named: object) -> Iterator[dict[str, float]]:
        yield next(run_epochs(*arguments, **named))
        raise CutShortError("time was up within an epoch")

    monkeypatch.setattr(EpochLoop, "run", cut_short)
    checkpoint = tmp_path / "0.npz"
    result = run(CONSTANT, epochs=10, checkpoint=checkpoint)
    assert (result.error, result.epochs) == (None, 1)
    assert not checkpoint.exists()  # the weights are those of a part of an epoch


def test_report_stops_the_training(run: Callable, collector: type) -> None:
    assert run(CONSTANT, collector(stop_after=2), epochs=10).epochs == 2


def test_result_says_what_was_trained_and_what_it_cost(run: Callable) -> None:
    started = time.perf_counter()
    result = run(CONSTANT, epochs=1)
    assert result.parameters == 64 * 3 + 3
    assert 0 < result.seconds <= time.perf_counter() - started
    assert result.core_seconds > 0
    assert set(result.metrics) == {
        "loss",
        "accuracy",
        "validation_accuracy",
        "validation_log_loss",
    }


def test_full_disk_fails_no_trial_and_no_final_training(
    make_runner: Callable,
    stripes: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
) -> None:
    build = "def build(hp): raise OSError(28, 'No space left on device', 'weights')"
    runner = make_runner(write_family(build), stripes)
    final = FinalRequest(hyperparameters={}, seed=0, epochs=1, patience=1)
    for request in (make_request(), final):
        with pytest.raises(WriteError, match="'weights' needs more room"):
            runner(request, collector())


def test_diverging_loss_fails_the_trial_and_leaves_no_checkpoint(
    run: Callable, collector: type, tmp_path: Path
) -> None:
    checkpoint, epochs = tmp_path / "checkpoints" / "0.npz", collector()
    build = "def build(hp): return compiled(rate=float('nan'))"
    result = run(build, epochs, checkpoint=checkpoint)
    assert result.error.startswith("DivergedError: ")
    assert result.error.endswith("is nan at epoch 1")
    assert result.metrics == {}
    assert len(epochs) == 0
    assert not checkpoint.parent.exists()


def test_exception_in_build_is_recorded_with_its_traceback(run: Callable) -> None:
    result = run("def build(hp): raise RuntimeError('too deep\\nby far')")
    assert result.error == "RuntimeError: too deep"
    assert "mine.py" in result.traceback
    assert "by far" in result.traceback
    assert result.seconds > 0


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        ("def build(hp): return layers()", "compiled"),
        ("def build(hp): return compiled(layers(4))", r"\(None, 4\)"),
        ("def build(hp): return compiled(layers(1, 'sigmoid'))", r"\(None, 1\)"),
        ("def build(hp): return compiled(layers(shape=(9, 9, 1)))", r"\(9, 9, 1\)"),
        ("def build(hp): pass", "compiled"),
    ],
    ids=["not compiled", "too wide", "one output", "other images", "no model"],
)
def test_unfit_model_fails_the_trial_and_the_error_says_why(
    run: Callable, build: str, reason: str
) -> None:
    result = run(build)
    with pytest.raises(ValueError, match=reason):
        raise ValueError(result.error)
    assert "\n" not in result.error


def test_hyperparameters_declared_while_building_are_returned(run: Callable) -> None:
    build = """
    def build(hp):
        if hp.Boolean("is_slow"):
            return compiled(rate=hp.Float("rate", 1e-5, 1e-3, default=1e-4))
        return compiled()
    """
    result = run(build, hyperparameters={"is_slow": True}, epochs=1)
    [entry] = result.space["space"]
    assert entry["config"]["name"] == "rate"
    known = run(build, hyperparameters={"is_slow": True, "rate": 1e-5}, epochs=1)
    assert known.space is None
