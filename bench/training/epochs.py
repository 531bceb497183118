"""The epochs of a training: each shuffles the images anew, following the seed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import keras_tuner
import numpy as np

from bench.datasets import Indices
from bench.training import models
from bench.training.compiled.compiled_model import CompiledModel
from bench.training.hypermodel import FamilySource
from bench.training.inputs import Inputs


class Epoch(NamedTuple):
    """What a compiled model trains in an epoch; see ``CompiledModel.train_epoch``."""

    order: np.ndarray
    rates: np.ndarray | None
    batch_size: int


@dataclass(frozen=True, kw_only=True)
class EpochLoop:
    """A model, and everything that determines its epochs.

    Attributes:
        source: The family.
        hp: Hyperparameters of the model.
        inputs: Inputs of the model.
        compiled: The model with its compiled epoch.
        indices: Indices of the images that train and that validate the model.
        seed: Seed of the order of the images.
        full_epochs: Number of epochs that learning rate schedules span. Of a last one
            that is a part of an epoch, only that part is trained.
    """

    source: FamilySource
    hp: keras_tuner.HyperParameters
    inputs: Inputs
    compiled: CompiledModel
    indices: Indices
    seed: int
    full_epochs: float

    def run(self, first: int = 0) -> Iterator[dict[str, float]]:
        """Train epoch after epoch, without end.

        Args:
            first: Number of epochs that were trained before.

        Yields:
            Training metrics of each epoch.
        """
        for epoch in itertools.count(first):
            yield self.compiled.train_epoch(*self.epoch(epoch))

    def epoch(self, number: int) -> Epoch:
        """The images and learning rates of an epoch, whose number counts from 0."""
        batch_size = models.batch_size(self.hp)
        order = self.inputs.order(self.indices, self.seed, number)
        window = slice(number * self._steps, (number + 1) * self._steps)
        rates = None if self._rates is None else self._rates[window]
        if rates is not None and 0 < len(rates) < self._steps:
            order = order[: len(rates) * batch_size]
        return Epoch(order, rates, batch_size)

    @property
    def _steps(self) -> int:
        """Number of batches of an epoch."""
        return -(-len(self.indices.train) // models.batch_size(self.hp))

    @cached_property
    def _rates(self) -> np.ndarray | None:
        """Learning rates of all steps; None for the optimizer's."""
        family = self.source.family
        if family is None:
            return None
        # A part of an epoch has a step, and floating point adds none.
        steps = math.ceil(round(self._steps * self.full_epochs, 6))
        return family.learning_rates(self.hp, steps)
