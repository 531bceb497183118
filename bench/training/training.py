"""One training in progress, up to the model at its best epoch."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import keras_tuner
import numpy as np

from bench.records import EPOCH_SHARE
from bench.training import checkpoint, models
from bench.training.compiled.compiled_model import CompiledModel
from bench.training.compiled.optimizers import averaged_weights, use_averages
from bench.training.curve import CollapsedError, DivergedError, LearningCurve
from bench.training.custom_fit import custom_fit, trains_itself
from bench.training.epochs import EpochLoop
from bench.training.features import Features
from bench.training.request import TrialRequest
from bench.training.time_limit import CutShortError, check_time, time_limit
from bench.training.timings import StageTimer


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A model at its best epoch, and the learning curve that led there.

    Attributes:
        compiled: Holds the model.
        curve: The learning curve of the training.
        features: Features that the model takes; None if it takes images.
        space: Hyperparameters that building declared and the searcher didn't know, as
            Keras Tuner's configuration; None for none.
        validation: Indices of the images that validated it; None for all of them.
        is_cut_short: Whether the training ended because time was up.
    """

    compiled: CompiledModel
    curve: LearningCurve
    features: Features | None
    space: Mapping[str, Any] | None
    validation: np.ndarray | None = None
    is_cut_short: bool = False

    @property
    def parameters(self) -> int:
        """Parameter count of the model and of a frozen network before it."""
        count = models.parameters(self.compiled.model)
        if self.features is not None:
            count += models.parameters(self.features.network)
        return count


@dataclass(frozen=True, kw_only=True)
class Training:
    """One training in progress.

    Attributes:
        loop: The model and its epochs.
        request: The configuration, its seed and its epochs.
        curve: The learning curve so far.
        timer: Measures the stages of the training.
    """

    loop: EpochLoop
    request: TrialRequest
    curve: LearningCurve
    timer: StageTimer

    def run(self) -> Trained:
        """Train until the curve says to stop, and restore the best weights.

        Raises:
            Exception: As of ``steps``.
        """
        steps = self.steps()
        while True:
            try:
                next(steps)
            except StopIteration as end:
                trained: Trained = end.value
                return trained

    def steps(self) -> Generator[None, None, Trained]:
        """Train as ``run`` does, and pause before every epoch.

        Raises:
            CutShortError: Time was up before the training had a result.
            DivergedError: The training diverged before it had a result.
        """
        try:
            is_complete = yield from self._train()
        except DivergedError:
            # The epochs before are kept; of a fold only the last one counts.
            if not self.curve.epoch or self.request.fold is not None:
                raise
            is_complete = False
        is_cut_short = self.curve.is_time_up
        self.timer.enter("other")
        self._check_fold_was_validated()
        model = self.loop.compiled.model
        if self.request.checkpoint is not None and is_complete:
            checkpoint.save(self.request.checkpoint, model, self.curve)
        if self.curve.best_weights:
            model.set_weights(self.curve.best_weights)
        else:
            use_averages(model)
        return Trained(
            compiled=self.loop.compiled,
            curve=self.curve,
            features=self.loop.inputs.features,
            space=self._new_space(),
            validation=self.loop.indices.validation,
            is_cut_short=is_cut_short,
        )

    def _train(self) -> Generator[None, None, bool]:
        """Train and validate epochs until the curve says to stop.

        Returns:
            Whether the last epoch was completed, so that the weights may be continued
            from.
        """
        if trains_itself(self.loop.source, self.loop.compiled.model):
            custom_fit(self.loop, self.request.epochs, self.curve, self.timer)
            return True
        return (yield from self._train_epochs())

    def _train_epochs(self) -> Generator[None, None, bool]:
        """Train compiled epochs.

        An epoch that is cut short, or after which a generator has collapsed, ends the
        training; the epochs before it are kept.
        """
        epochs = self.loop.run(self.curve.epoch)
        while self.curve.epoch < self.request.epochs and not self.curve.should_stop:
            yield
            try:
                metrics = self._epoch(epochs)
            except (CutShortError, CollapsedError) as error:
                if not self.curve.epoch:
                    raise
                return isinstance(error, CollapsedError)
            if EPOCH_SHARE in metrics:
                return False
        return True

    def _epoch(self, epochs: Iterator[dict[str, float]]) -> dict[str, float]:
        """Train and validate an epoch, and add it to the curve.

        Raises:
            CutShortError: Time is up, and a result isn't needed, or there is one.
        """
        started, model = time.perf_counter(), self.loop.compiled.model
        self.timer.enter("training")
        request, is_first = self.request, self.curve.epoch == 0
        may_be_dropped = not is_first or request.allow_no_result
        is_complete = is_first and request.completes_first_epoch
        with time_limit(None if is_complete else request.deadline):
            if may_be_dropped:
                check_time()
            metrics = next(epochs)
            if may_be_dropped and EPOCH_SHARE in metrics:
                check_time()
        self.curve.check(metrics)
        with averaged_weights(model):
            if self._is_validated:
                with time_limit(request.deadline if may_be_dropped else None):
                    metrics |= self._validation()
            self.timer.enter("other")
            seconds = time.perf_counter() - started
            self.curve.add(metrics, seconds, model.get_weights)
        return metrics

    @property
    def _is_validated(self) -> bool:
        """Whether the current epoch is validated."""
        is_last = self.curve.epoch + 1 == self.request.epochs
        is_last_of_fold = self.request.fold is not None and is_last
        return self.request.selects_epoch or is_last_of_fold

    def _validation(self) -> dict[str, float]:
        self.timer.enter("validation")
        loop = self.loop
        indices = loop.indices.validation
        return loop.inputs.evaluator.validation(loop.compiled, indices)

    def _check_fold_was_validated(self) -> None:
        if self.request.fold is not None and self.curve.epoch < self.request.epochs:
            raise CutShortError(
                f"time was up after epoch {self.curve.epoch} of {self.request.epochs}, "
                "before the fold was validated"
            )

    def _new_space(self) -> Mapping[str, Any] | None:
        """Hyperparameters that building declared and the searcher didn't know."""
        hp, known = self.loop.hp, self.request.hyperparameters
        new = [
            entry
            for entry in hp.space
            if entry.name in hp.values and entry.name not in known
        ]
        if not new:
            return None
        space = keras_tuner.HyperParameters()
        space.merge(new)
        config: Mapping[str, Any] = space.get_config()
        return config
