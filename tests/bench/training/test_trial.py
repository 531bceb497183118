"""One trial: trained as its request says, and recorded whatever happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from bench.datasets import Task
from bench.training import trial
from bench.training.compiled.compiled_model import CutShortError
from bench.training.epochs import epochs
from bench.training.evaluators import scores
from bench.training.evaluators.classification import probabilities
from bench.training.timings import StageClock
from bench.training.trial import train

STILL = "def build(hp): return compiled(rate=0.0)"
RANDOM = """
def build(hp):
    return compiled(keras.Sequential([
        keras.Input((8, 8, 1)),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(3, activation="softmax"),
    ]))
"""


def test_same_request_gives_the_same_weights_and_curve(
    work: Callable, stripes: Task, request_for: Callable, write: Callable, collect: type
) -> None:
    family, curves, weights = work(write(RANDOM), stripes), [], []
    for seed in (1, 1, 2):
        curves.append(collect())
        request = request_for(seed=seed)
        trained = train(
            family.source, family.programs, request, curves[-1], StageClock()
        )
        weights.append(trained.program.model.get_weights())
    metrics = [[epoch.metrics for epoch in curve] for curve in curves]
    assert metrics[0] == metrics[1]
    assert metrics[0] != metrics[2]
    for first, again in zip(weights[0], weights[1], strict=True):
        np.testing.assert_array_equal(first, again)


def test_seed_may_be_larger_than_numpy_takes(
    work: Callable, stripes: Task, request_for: Callable, write: Callable, collect: type
) -> None:
    request = request_for(seed=2**32 + 1, epochs=1)
    assert work(write(STILL), stripes)(request, collect()).error is None


def test_result_is_that_of_the_best_epoch(
    work: Callable,
    mislabelled: Task,
    request_for: Callable,
    write: Callable,
    collect: type,
) -> None:
    family = work(write("def build(hp): return compiled()"), mislabelled)
    epochs = collect()
    trained = train(
        family.source, family.programs, request_for(epochs=6), epochs, StageClock()
    )
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
    validation = family.programs.task.validation
    outputs = trained.program.predict(validation.images)
    found = probabilities(trained.program.model, outputs)
    restored = scores.classification(found, validation.labels, "validation")
    assert restored == {name: best.metrics[name] for name in restored}


def test_training_stops_when_patience_ends(
    work: Callable, stripes: Task, request_for: Callable, write: Callable, collect: type
) -> None:
    request = request_for(epochs=10, patience=2)
    result = work(write(STILL), stripes)(request, collect())
    assert (result.best_epoch, result.epochs) == (1, 3)


def test_past_deadline_leaves_one_epoch(
    work: Callable, stripes: Task, request_for: Callable, write: Callable, collect: type
) -> None:
    request = request_for(epochs=10, deadline=time.time() - 100)
    assert work(write(STILL), stripes)(request, collect()).epochs == 1


def test_past_deadline_leaves_nothing_of_a_trial_that_may_come_to_nothing(
    work: Callable, stripes: Task, request_for: Callable, write: Callable, collect: type
) -> None:
    past = {"deadline": time.time() - 100, "may_come_to_nothing": True}
    result = work(write(STILL), stripes)(request_for(epochs=10, **past), collect())
    assert result.error is not None
    assert result.error.startswith("CutShortError: time was up")
    assert result.epochs == 0


def test_epoch_that_is_cut_short_leaves_those_before_it(
    work: Callable,
    stripes: Task,
    request_for: Callable,
    write: Callable,
    collect: type,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def one(*arguments: object, **named: object) -> Iterator[dict[str, float]]:
        yield next(epochs(*arguments, **named))
        raise CutShortError("time was up within an epoch")

    monkeypatch.setattr(trial, "epochs", one)
    checkpoint = tmp_path / "0.npz"
    request = request_for(epochs=10, checkpoint=checkpoint)
    result = work(write(STILL), stripes)(request, collect())
    assert (result.error, result.epochs) == (None, 1)
    assert not checkpoint.exists()  # its weights are of no whole epoch


def test_report_stops_the_training(
    work: Callable, stripes: Task, request_for: Callable, write: Callable, collect: type
) -> None:
    request = request_for(epochs=10)
    assert work(write(STILL), stripes)(request, collect(most=2)).epochs == 2


def test_result_says_what_was_trained_and_what_it_cost(
    work: Callable, stripes: Task, request_for: Callable, write: Callable, collect: type
) -> None:
    started = time.perf_counter()
    result = work(write(STILL), stripes)(request_for(epochs=1), collect())
    assert result.parameters == 64 * 3 + 3
    assert 0 < result.seconds <= time.perf_counter() - started
    assert result.core_seconds > 0
    assert set(result.metrics) == {
        "loss",
        "accuracy",
        "validation_accuracy",
        "validation_log_loss",
    }


def test_diverging_loss_fails_the_trial_and_leaves_no_checkpoint(
    work: Callable,
    stripes: Task,
    request_for: Callable,
    write: Callable,
    collect: type,
    tmp_path: Path,
) -> None:
    build = "def build(hp): return compiled(rate=float('nan'))"
    request = request_for(checkpoint=tmp_path / "kept" / "0.npz")
    epochs = collect()
    result = work(write(build), stripes)(request, epochs)
    assert result.error.startswith("DivergedError: ")
    assert result.error.endswith("is nan at epoch 1")
    assert result.metrics == {}
    assert len(epochs) == 0
    assert not (tmp_path / "kept").exists()


def test_exception_in_build_is_recorded_with_its_traceback(
    work: Callable, stripes: Task, request_for: Callable, write: Callable, collect: type
) -> None:
    build = "def build(hp): raise RuntimeError('too deep\\nby far')"
    result = work(write(build), stripes)(request_for(), collect())
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
        ("def build(hp): return compiled(layers(shape=(9, 9, 1)))", r"\(None, 64\)"),
        ("def build(hp): pass", "compiled"),
    ],
    ids=["not compiled", "too wide", "one output", "other images", "nothing"],
)
def test_unfit_model_fails_the_trial_and_the_error_says_why(
    work: Callable,
    stripes: Task,
    request_for: Callable,
    write: Callable,
    collect: type,
    build: str,
    reason: str,
) -> None:
    result = work(write(build), stripes)(request_for(), collect())
    with pytest.raises(ValueError, match=reason):
        raise ValueError(result.error)
    assert "\n" not in result.error


def test_hyperparameters_declared_while_building_come_back(
    work: Callable, stripes: Task, request_for: Callable, write: Callable, collect: type
) -> None:
    build = """
    def build(hp):
        if hp.Boolean("is_slow"):
            return compiled(rate=hp.Float("rate", 1e-5, 1e-3, default=1e-4))
        return compiled()
    """
    family = work(write(build), stripes)
    request = request_for(hyperparameters={"is_slow": True}, epochs=1)
    [found] = family(request, collect()).space["space"]
    assert found["config"]["name"] == "rate"
    known = request_for(hyperparameters={"is_slow": True, "rate": 1e-5}, epochs=1)
    assert family(known, collect()).space is None
