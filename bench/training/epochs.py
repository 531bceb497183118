"""Trains epoch after epoch, each in an order of its own that the seed fixes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import keras_tuner

from bench.datasets.folds import Rows
from bench.training import models
from bench.training.compiled.cache import Programs
from bench.training.compiled.compiled_model import Program
from bench.training.hypermodel import FamilySource


def epochs(
    source: FamilySource,
    hp: keras_tuner.HyperParameters,
    programs: Programs,
    program: Program,
    rows: Rows,
    *,
    seed: int,
    first: int,
    full: int,
    deadline: Callable[[int], float | None] = lambda epoch: None,
) -> Iterator[dict[str, float]]:
    """Train an epoch at each step, without end; its training metrics.

    Args:
        source: The family.
        hp: Of the model.
        programs: Where the program is from.
        program: Trains the model.
        rows: What it trains on.
        seed: Of the order of the images.
        first: Epochs that were trained before.
        full: Epochs that schedules of the learning rate span.
        deadline: Time of day after which an epoch, counted from 0, is cut short; None
            for never.

    Raises:
        CutShortError: One was.
    """
    batch_size = hp.values.get("batch_size", models.DEFAULT_BATCH)
    steps = -(-len(rows.train) // batch_size)
    rates = None
    if source.family is not None:
        rates = source.family.learning_rates(hp, steps * full)
    for epoch in itertools.count(first):
        order = programs.order(rows, seed, epoch)
        window = slice(epoch * steps, (epoch + 1) * steps)
        yield program.train_epoch(
            order,
            None if rates is None else rates[window],
            batch_size,
            deadline(epoch),
        )
