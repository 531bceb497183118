"""Runs trials of a tuner in a worker, by the tuner's own ``run_trial``."""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cloudpickle
import keras_tuner
from keras_tuner.engine.trial import Trial, TrialStatus

from bench.keras_tuner import arguments
from bench.keras_tuner.executions import compiled
from bench.keras_tuner.pickling import pickled, register, registered
from bench.records import EpochRecord
from bench.training import backend
from bench.training.curve import Report
from bench.training.fit import CompiledFit
from bench.training.global_state import keras_state
from bench.training.model_errors import exits_as_errors

State = Mapping[str, Any]
"""A trial of Keras Tuner, as its file has it."""


@dataclass(frozen=True)
class TrialTask:
    """A trial that is to run.

    Attributes:
        trial: The trial.
        seed: Of its training.
    """

    trial: State
    seed: int


@dataclass(frozen=True, kw_only=True)
class EndedTrial:
    """A trial that has run.

    Attributes:
        trial: The trial with its status, metrics and hyperparameters.
        fatal: The error that ends the search, pickled; None if there is none.
        reasons: Why some of its models were trained by Keras' own ``fit``.
    """

    trial: State
    fatal: bytes | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BuiltRecord(EpochRecord):
    """Says in place of an epoch which hyperparameters a trial's model has.

    Attributes:
        space: Configuration of the hyperparameters.
    """

    space: State


def seed(oracle: keras_tuner.Oracle, trial: Trial) -> int:
    """The seed of a trial's training: the same for the same seed of the search."""
    attempt = oracle._run_times[trial.trial_id]
    return zlib.crc32(f"{oracle.seed} {trial.trial_id} {attempt}".encode())


def lost(task: TrialTask, reason: str) -> EndedTrial:
    """A trial whose workers died; the tuner may try it again."""
    state = {"status": TrialStatus.INVALID, "message": reason}
    return EndedTrial(trial={**task.trial, **state})


@dataclass(frozen=True, kw_only=True)
class WorkerFactory:
    """Makes the runner of a search in a worker.

    Attributes:
        backend: The Keras backend.
        content: The tuner, its stored arguments, the settings of Keras and what was
            registered with it, pickled.
    """

    backend: str
    content: bytes

    @classmethod
    def of(cls, tuner: keras_tuner.Tuner, stored: Any) -> WorkerFactory:
        """The factory for a search.

        Args:
            tuner: The tuner.
            stored: Arguments of ``search``; see ``arguments.stored``.

        Raises:
            Exception: Something can't be pickled.
        """
        content = pickled((tuner, stored, keras_state(), registered()))
        return cls(backend=backend.share(), content=content)

    def __call__(self, slot: int) -> TrialWorker:
        backend.start(self.backend, one_thread=True)
        backend.settle(self.backend, slot)
        tuner, stored, settings, kinds = cloudpickle.loads(self.content)
        settings.restore()
        register(kinds)
        return TrialWorker(tuner, *arguments.opened(stored))


class TrialWorker:
    """Runs the trials of a tuner in this process.

    Args:
        tuner: A copy of the tuner; its oracle writes no files here.
        args: Positional arguments of ``search``.
        kwargs: Keyword arguments of ``search``.
    """

    def __init__(
        self, tuner: keras_tuner.Tuner, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self._tuner, self._args, self._kwargs = tuner, args, kwargs
        self._fit = CompiledFit(is_silent=True)
        self._report: Report | None = None
        oracle = tuner.oracle
        oracle.save = oracle._save_trial = lambda *_: None
        tuner.hypermodel.build = self._reporting(tuner.hypermodel.build)

    def __call__(self, task: TrialTask, report: Report) -> EndedTrial:
        """Run a trial, as Keras Tuner does in one process."""
        import keras

        keras.utils.set_random_seed(task.seed)
        trial = Trial.from_state(task.trial)
        self._tuner.oracle.trials[trial.trial_id] = trial
        self._report = report
        fatal = None
        try:
            with compiled(self._tuner, self._fit), exits_as_errors():
                self._tuner._try_run_and_update_trial(
                    trial, *self._args, **self._kwargs
                )
        except Exception as error:  # it ends the search
            fatal = cloudpickle.dumps(error)
        reasons = tuple(self._fit.reasons)
        return EndedTrial(trial=trial.get_state(), fatal=fatal, reasons=reasons)

    def _reporting(self, build: Any) -> Any:
        """A ``build`` whose first call in a trial reports its hyperparameters."""

        def build_and_report(hp: Any, *args: Any, **kwargs: Any) -> Any:
            model = build(hp, *args, **kwargs)
            if self._report is not None:
                self._report(_built(hp))
                self._report = None
            return model

        return build_and_report


def _built(hp: keras_tuner.HyperParameters) -> BuiltRecord:
    return BuiltRecord(
        epoch=0, metrics={}, seconds=0.0, ended=time.time(), space=hp.get_config()
    )
