"""Models of other projects are scored rightly, whatever their outputs mean."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.datasets import Task
from bench.training.request import FinalRequest

WRAPPED_LOGITS = """
def build(hp):
    ce = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return compiled(layers(activation=None), lambda y, z: ce(y, z), rate=0.1)
"""
OUTPUTS = {
    "logits under a wrapped loss": (WRAPPED_LOGITS, "softmax"),
    "tanh under hinge": (
        """
        def build(hp):
            return compiled(layers(activation="tanh"), "categorical_hinge", rate=0.02)
        """,
        "softmax",
    ),
    "linear under a squared error": (
        "def build(hp): return compiled(layers(activation=None), 'mse', rate=0.02)",
        "softmax",
    ),
    "independent outputs": (
        """
        def build(hp):
            model = layers(activation="sigmoid")
            return compiled(model, "binary_crossentropy", rate=0.1)
        """,
        "divided by their sum",
    ),
    "probabilities": ("def build(hp): return compiled(rate=0.1)", None),
    "logits as the loss says": (
        """
        def build(hp):
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            return compiled(layers(activation=None), loss, rate=0.1)
        """,
        None,
    ),
}
SINGLE = {
    "logits under a wrapped loss": (
        """
        def build(hp):
            bce = keras.losses.BinaryCrossentropy(from_logits=True)
            return compiled(layers(1, None), lambda y, z: bce(y, z), rate=0.1)
        """,
        "sigmoid",
    ),
    "tanh under hinge": (
        "def build(hp): return compiled(layers(1, 'tanh'), 'hinge', rate=0.1)",
        "sigmoid",
    ),
    "linear under a squared error": (
        "def build(hp): return compiled(layers(1, None), 'mse', rate=0.03)",
        "clipped",
    ),
    "a probability": (
        """
        def build(hp):
            return compiled(layers(1, "sigmoid"), "binary_crossentropy", rate=0.1)
        """,
        None,
    ),
}


def final(runner: Callable, collector: type) -> tuple:
    """The record of a final training, and the labels of its test."""
    request = FinalRequest(hyperparameters={}, seed=0, epochs=6, patience=6)
    result = runner(request, collector())
    labels = runner.trainer.inputs.images.task.test.labels
    right = result.outputs["probabilities"].argmax(axis=1) == labels
    assert result.record.metrics["test_accuracy"] == pytest.approx(right.mean())
    return result.record


def check(record: object, note: str | None) -> None:
    metrics = record.metrics
    assert metrics["validation_accuracy"] > 0.8
    assert metrics["test_accuracy"] > 0.7
    assert 0 < metrics["test_log_loss"] < 1.2
    if note is None:
        assert record.note == ""
    else:
        assert record.note.startswith("log loss of the ")
        assert note in record.note


@pytest.mark.parametrize(("body", "note"), OUTPUTS.values(), ids=OUTPUTS)
def test_accuracy_is_that_of_the_largest_output(
    make_runner: Callable,
    stripes: Task,
    write_family: Callable,
    collector: type,
    body: str,
    note: str | None,
) -> None:
    check(final(make_runner(write_family(body), stripes), collector), note)


@pytest.mark.parametrize(("body", "note"), SINGLE.values(), ids=SINGLE)
def test_single_output_separates_two_classes_at_its_border(
    make_runner: Callable,
    make_stripes: Callable,
    write_family: Callable,
    collector: type,
    body: str,
    note: str | None,
) -> None:
    two = make_stripes(classes=2)
    check(final(make_runner(write_family(body), two), collector), note)


def test_logits_under_a_wrapped_loss_are_validated_as_under_the_loss_itself(
    make_runner: Callable,
    mislabelled: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
) -> None:
    results = []
    for body in (WRAPPED_LOGITS, WRAPPED_LOGITS.replace("lambda y, z: ce(y, z)", "ce")):
        runner = make_runner(write_family(body), mislabelled)
        results.append(runner(make_request(epochs=4), collector()))
    assert results[0].metrics == pytest.approx(results[1].metrics)
    assert results[0].best_epoch == results[1].best_epoch
