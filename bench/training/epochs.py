"""The epochs of a training: each shuffles the images anew, following the seed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import keras_tuner

from bench.datasets import Indices
from bench.training import models
from bench.training.compiled.compiled_model import CompiledModel
from bench.training.hypermodel import FamilySource
from bench.training.inputs import Inputs


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
        full_epochs: Number of epochs that learning rate schedules span.
    """

    source: FamilySource
    hp: keras_tuner.HyperParameters
    inputs: Inputs
    compiled: CompiledModel
    indices: Indices
    seed: int
    full_epochs: int

    def run(self, first: int = 0) -> Iterator[dict[str, float]]:
        """Train epoch after epoch, without end.

        Args:
            first: Number of epochs that were trained before.

        Yields:
            Training metrics of each epoch.
        """
        batch_size = models.batch_size(self.hp)
        steps = -(-len(self.indices.train) // batch_size)
        rates = None
        if self.source.family is not None:
            rates = self.source.family.learning_rates(self.hp, steps * self.full_epochs)
        for epoch in itertools.count(first):
            order = self.inputs.order(self.indices, self.seed, epoch)
            window = slice(epoch * steps, (epoch + 1) * steps)
            yield self.compiled.train_epoch(
                order,
                None if rates is None else rates[window],
                batch_size,
            )
