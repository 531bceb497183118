"""Trains one configuration: builds its model, and trains it to its best epoch."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial

import keras
import keras_tuner

from bench.datasets import Indices
from bench.datasets.streamed import needs_all_images
from bench.training import checkpoint, models
from bench.training.compiled.compiled_model import CompiledModel
from bench.training.compiled.keras_fit import KerasFitModel
from bench.training.curve import LearningCurve, Report
from bench.training.custom_fit import trains_itself
from bench.training.epochs import EpochLoop
from bench.training.evaluators.classification import output_count
from bench.training.hypermodel import FamilySource
from bench.training.inputs import InputCache, Inputs
from bench.training.precision import computing_in
from bench.training.request import TrialRequest
from bench.training.time_limit import is_time_up, time_limit
from bench.training.timings import StageTimer
from bench.training.training import Trained, Training
from search_spaces.family import Extractor


@dataclass(frozen=True, kw_only=True)
class Trainer:
    """Trains the configurations of one study, one at a time.

    The same request gives the same weights: all random numbers follow the seed, and a
    training that continues from a checkpoint equals an uninterrupted one.

    Attributes:
        source: The family.
        inputs: Inputs of its models.
    """

    source: FamilySource
    inputs: InputCache

    def train(
        self, request: TrialRequest, report: Report, timer: StageTimer
    ) -> Trained:
        """Train one configuration with early stopping, and restore its best weights.

        Args:
            request: The configuration, its seed and its epochs.
            report: Called after every epoch; False ends the training.
            timer: Measures the stages of the training.

        Raises:
            Exception: Any error of building or training the model.
        """
        return self.begin(request, report, timer).run()

    def begin(
        self, request: TrialRequest, report: Report, timer: StageTimer
    ) -> Training:
        """Build the model of one configuration, for its training; see ``train``."""
        network = models.extractor(self.source, request.hyperparameters)
        inputs = self._inputs(network, request, timer)
        timer.enter("build")
        model, hp = models.build(
            self.source, request.hyperparameters, request.seed, inputs.features_shape
        )
        if trains_itself(self.source, model):  # it may need validation images
            request = replace(request, refit=False)
        inputs.evaluator.begin()
        curve = LearningCurve(
            inputs.evaluator.task_type,
            request.patience if request.selects_epoch else None,
            report,
            request.deadline,
            self._last_fall(request, hp),
        )
        compiled = self._compiled(request, inputs, hp, model, timer)
        if request.parent is not None and request.is_continued:
            checkpoint.restore(request.parent, compiled.model, curve)
        loop = EpochLoop(
            source=self.source,
            hp=hp,
            inputs=inputs,
            compiled=compiled,
            indices=self._indices(request),
            seed=request.seed,
            full_epochs=request.full_epochs,
        )
        return Training(loop=loop, request=request, curve=curve, timer=timer)

    def _inputs(
        self, network: Extractor | None, request: TrialRequest, timer: StageTimer
    ) -> Inputs:
        """Images, or features by a network; missing ones are computed in time."""
        timer.enter("features")
        with time_limit(request.features_deadline):
            return self.inputs.of(network)

    def _indices(self, request: TrialRequest) -> Indices:
        splits = self.inputs.splits
        if request.refit:
            return splits.pool()
        indices = splits.indices(request.fold)
        if request.image_share == 1:
            return indices
        return indices.part(
            self.inputs.images.task, request.image_share, request.validation_share
        )

    def _last_fall(self, request: TrialRequest, hp: keras_tuner.HyperParameters) -> int:
        """Number of epochs before the learning rate falls for the last time."""
        family = self.source.family
        share = 0.0 if family is None else family.last_fall(hp)
        return math.ceil(share * request.full_epochs)

    def _compiled(
        self,
        request: TrialRequest,
        inputs: Inputs,
        hp: keras_tuner.HyperParameters,
        model: keras.Model,
        timer: StageTimer,
    ) -> CompiledModel:
        """A compiled model with the values of a new model, after its warm-up if any."""
        if trains_itself(self.source, model):  # it need not be compiled yet
            if inputs.task.is_streamed:
                raise needs_all_images(f"{self.source.name!r} with its own fit")
            inputs.compiled.check_one_device()
            check = partial(output_count, task=inputs.task)
            return KerasFitModel(model, inputs.evaluator, check)
        if not request.is_continued:
            self.warm_up(request, hp, model, timer)
        timer.enter("tracing")
        compiled = inputs.compiled.take(model)
        timer.enter("other")
        return compiled

    def warm_up(
        self,
        request: TrialRequest,
        hp: keras_tuner.HyperParameters,
        model: keras.Model,
        timer: StageTimer,
    ) -> None:
        """Train the last layers of a new model first, if its family has a warm-up.

        Args:
            request: The configuration, its seed and its fold.
            hp: Hyperparameters of the model.
            model: The new model; its last layers are changed.
            timer: Measures the stages of the training.
        """
        family = self.source.family
        warm_up = None if family is None else family.warm_up(hp)
        if warm_up is None:
            return
        batch_size = models.batch_size(hp)
        inputs = self._inputs(warm_up.extractor, request, timer)
        indices = self._indices(request)
        timer.enter("training")
        with computing_in(self.source.precision):
            head = warm_up.build(inputs.task.train.images.shape[1:])
        head = inputs.compiled.take(head)
        for epoch in range(warm_up.epochs):
            order = inputs.order(indices, request.seed, epoch)
            rates = models.warm_up_rates(warm_up.learning_rate, len(order), batch_size)
            with time_limit(request.deadline):
                if is_time_up():
                    break
                head.train_epoch(order, rates, batch_size)
        for layer in head.model.layers:
            if layer.weights and not hasattr(layer, "free"):
                model.get_layer(layer.name).set_weights(layer.get_weights())
