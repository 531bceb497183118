"""Learning rates of final trainings that have less time than their epochs take.

Learning rates fall over all epochs of a training. Where time ends it before, they have
hardly fallen, and the model is worse than one whose learning rates fell within fewer
epochs (Li et al. 2020, "Budgeted training: rethinking deep neural network training
under resource constraints").
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from bench.records import Value
from bench.study.context import RunContext
from bench.training.hypermodel import FamilySource
from bench.training.models import configured

SHARE = 0.9
"""Share of the time left that the epochs are planned for. The last epochs of a schedule
matter most, and predictions of an epoch are off by a few percent."""

_STEPS = 100
"""Number of learning rates by which a schedule is looked at."""


def epochs_in_time(
    context: RunContext,
    hyperparameters: Mapping[str, Value],
    seconds: float,
    *,
    expected: int,
    trainings: int = 1,
) -> float | None:
    """Number of epochs over which learning rates can fall in time, at least 1.

    Args:
        context: Of the running study.
        hyperparameters: Of the training.
        seconds: Until it has to end.
        expected: Epochs that it is expected to take without a limit of time.
        trainings: Number of trainings that run as one, so that an epoch takes so many
            times as long.

    Returns:
        A multiple of 0.1, since where few epochs fit a part of one counts; a whole
        number with JAX, which would compile the epoch again for a part. None if
        these fit, learning rates don't fall, or no epoch was timed.
    """
    forecast = context.forecast
    epoch = trainings * forecast.epoch(hyperparameters)
    left = SHARE * (seconds - forecast.training(hyperparameters, 0))
    if not epoch or left >= expected * epoch:
        return None
    if not _fall(context.prepared.source, hyperparameters):
        return None
    whole = max(1, int(left / epoch))
    validation = trainings * forecast.validation(hyperparameters)
    part = (left - whole * epoch - validation) / max(epoch - validation, 1e-9)
    if context.prepared.spec.backend == "jax" or part <= 0:
        return whole
    return whole + math.floor(10 * min(part, 0.9)) / 10


def _fall(source: FamilySource, hyperparameters: Mapping[str, Value]) -> bool:
    """Whether the last learning rates of a training are lower than the highest."""
    if source.family is None or source.has_custom_fit:
        return False
    rates = source.family.learning_rates(configured(hyperparameters), _STEPS)
    return bool(np.max(rates) > rates[-1])
