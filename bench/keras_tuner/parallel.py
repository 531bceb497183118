"""Drives a tuner's oracle from one thread, while workers run its trials."""

from __future__ import annotations

import itertools
import time
from functools import cached_property

import cloudpickle
import keras_tuner
from keras_tuner.engine.trial import Trial, TrialStatus

from bench.executors import Executor, memory
from bench.executors.local import LocalExecutor
from bench.keras_tuner.worker import (
    BuiltRecord,
    EndedTrial,
    TrialTask,
    WorkerFactory,
    lost,
    seed,
)
from bench.records import EpochRecord
from bench.text import say
from bench.training import PRELOAD, backend
from bench.training.overrides import overrides

IDLE = 0.05
"""Seconds before an oracle that has no trial, while none runs, is asked again."""


class ParallelSearch:
    """A search with a trial in flight for each worker.

    Keras Tuner's oracle sees what it would see with one worker, as far as it doesn't
    depend on scores: before it is asked for a trial, it knows the hyperparameters that
    the models of all earlier trials have. So a random search has the same trials,
    whatever the number of workers.

    Args:
        tuner: The tuner.
        factory: Makes the runners of its trials.
    """

    def __init__(self, tuner: keras_tuner.Tuner, factory: WorkerFactory) -> None:
        self._tuner, self._oracle = tuner, tuner.oracle
        self._factory = factory
        workers = tuner.workers or backend.default_workers(factory.backend)
        self._workers = min(workers, self._oracle.max_trials or workers)
        self._keys = itertools.count()
        self._running: dict[int, tuple[str, Trial]] = {}
        self._awaited: int | None = None
        self._heard: set[int] = set()
        self._builds = True
        self._reasons: set[str] = set()

    def run(self) -> None:
        """Run the search to its end.

        Raises:
            Exception: As Keras Tuner's ``search``.
        """
        self._tuner.on_search_begin()
        self._put_back()
        try:
            while self._fill() or self._running:
                if self._running:
                    self._end(*self._executor.collect(self._hear))
                else:
                    time.sleep(IDLE)
        finally:
            if "_executor" in vars(self):
                self._executor.close()
        self._tuner.on_search_end()

    @cached_property
    def _executor(self) -> Executor[TrialTask, EndedTrial]:
        """The workers; made for the first trial, if there is one."""
        return LocalExecutor(
            self._factory,
            self._workers,
            lost=lost,
            preload=[PRELOAD],
            memory=memory.limit(),
        )

    def _put_back(self) -> None:
        """Let trials that an interrupted search has left be tried again."""
        for trial in self._oracle.ongoing_trials.values():
            self._oracle._retry_queue.append(trial.trial_id)
        self._oracle.ongoing_trials.clear()

    def _fill(self) -> bool:
        """Start trials on idle workers; whether the oracle may propose more later."""
        while len(self._running) < self._workers and self._awaited is None:
            self._tuner.pre_create_trial()
            worker = self._idle()
            trial = self._oracle.create_trial(worker)
            if trial.status != TrialStatus.RUNNING:
                return bool(trial.status == TrialStatus.IDLE)
            self._tuner.on_trial_begin(trial)
            key = next(self._keys)
            self._running[key] = worker, trial
            self._awaited = key if self._builds else None
            task = TrialTask(trial.get_state(), seed(self._oracle, trial))
            self._executor.submit(key, task)
        return True

    def _idle(self) -> str:
        """Identity of an idle worker: oracles keep one trial for each."""
        first: str = self._tuner.tuner_id
        names = [first, *(f"{first}-{slot}" for slot in range(1, self._workers))]
        busy = {name for name, _ in self._running.values()}
        return next(name for name in names if name not in busy)

    def _hear(self, key: int, record: EpochRecord) -> bool:
        """Learn which hyperparameters the model of a trial has."""
        assert isinstance(record, BuiltRecord)  # nothing else is reported
        _, trial = self._running[key]
        space = keras_tuner.HyperParameters.from_config(record.space)
        trial.hyperparameters = space
        self._oracle.update_space(space)
        self._oracle._record_values(trial)
        self._heard.add(key)
        if key == self._awaited and not self._is_revealing:
            self._awaited = None
            self._fill()
        return True

    @property
    def _is_revealing(self) -> bool:
        """Whether the running trial, the first, may reveal more while it trains."""
        if self._oracle.end_order:
            return False
        return overrides(self._tuner.hypermodel, "fit") or overrides(
            self._tuner, "run_trial"
        )

    def _end(self, key: int, ended: EndedTrial) -> None:
        _, trial = self._running.pop(key)
        if key == self._awaited:
            self._awaited = None
            # A ``run_trial`` of the user's may build models in its own way.
            is_done = ended.trial["status"] == TrialStatus.COMPLETED
            self._builds = key in self._heard or not is_done
        for reason in ended.reasons:
            if reason not in self._reasons:
                self._reasons.add(reason)
                say_reason(reason)
        trial.set_state(ended.trial)
        if ended.fatal is not None:
            raise cloudpickle.loads(ended.fatal)
        self._tuner.on_trial_end(trial)


def say_reason(reason: str) -> None:
    """Say why models are not trained by compiled epochs."""
    say(f"Models are trained by Keras' own fit, which is slower: {reason}.")
