"""A study: ask, submit, collect, record, tell; then train the best and test it."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench import searchers
from bench.clock import BudgetClock
from bench.datasets import Task
from bench.display import Display
from bench.errors import StudyError
from bench.executors import Executor
from bench.executors.inline import InlineExecutor
from bench.records import (
    OBJECTIVE,
    EpochRecord,
    Proposal,
    StudyRecord,
    StudySpec,
    StudyState,
    TrialRecord,
    TrialResult,
    TrialState,
    study_id,
)
from bench.searchers import space as search_space
from bench.store import Store
from bench.training import backend, hypermodel
from bench.training.final import FinalResult
from bench.training.references import references
from bench.training.trial import TrialRequest
from bench.training.work import Work
from search_spaces.family import ImageTask

FAILURES_IN_A_ROW = 5
"""A study stops when this many trials fail before any finishes."""

CHECKPOINTS = "checkpoints"
"""Folder beside the store; a study's part of it goes when the study is over."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A study that was checked from end to end and can start.

    Attributes:
        spec: With fixed hyperparameters read as their kinds.
        task: As loaded.
        source: The family, made for the task.
        searcher: Fresh.
        id: Identity of the study.
    """

    spec: StudySpec
    task: Task
    source: hypermodel.FamilySource
    searcher: searchers.Searcher
    id: str


def plan(spec: StudySpec, task: Task) -> Plan:
    """Check a study and make its searcher; nothing is written yet.

    Args:
        spec: What is asked; values in ``fixed`` are texts still.
        task: Loaded from ``spec.dataset``.

    Raises:
        BenchError: The family, the tuner or a hyperparameter is unknown or doesn't
            fit.
    """
    source = _source(spec, task)
    whole = search_space.discover(source.hypermodel)
    fixed = search_space.parse_fixed(whole, dict(spec.fixed))
    space = search_space.narrow(whole, spec.only, fixed)
    spec = replace(spec, fixed=tuple(sorted(fixed.items())))
    fingerprint = search_space.fingerprint(space, source.fingerprint)
    return Plan(
        spec=spec,
        task=task,
        source=source,
        searcher=searchers.create(spec.tuner, space, spec.budget, spec.seed),
        id=study_id(spec, task.record.fingerprint, fingerprint),
    )


def describe(spec: StudySpec, task: Task) -> list[search_space.Hyperparameter]:
    """The hyperparameters of a family on a task.

    Raises:
        FamilyError: The family can't be found or doesn't fit.
    """
    return search_space.describe(search_space.discover(_source(spec, task).hypermodel))


def _source(spec: StudySpec, task: Task) -> hypermodel.FamilySource:
    return hypermodel.load(
        spec.family,
        ImageTask(
            image_shape=task.record.image_shape,
            classes=len(task.record.class_names),
            pixel_range=task.pixel_range,
        ),
    )


def run(plan: Plan, store: Store, display: Display, *, fresh: bool = False) -> None:
    """Run a study, or what is left of it; a finished one is left alone.

    Args:
        plan: What to run.
        store: Where every event is recorded as it happens.
        display: Is told what happens.
        fresh: Forget what the store holds of this study, and start over.

    Raises:
        StudyError: The first trials all failed, or a final training did.
        KeyboardInterrupt: As it came; what is finished is kept.
    """
    known = store.study(plan.id)
    if known is not None and (fresh or known.state is StudyState.FAILED):
        store.remove_study(plan.id)
        known = None
    if known is not None and known.state is StudyState.FINISHED:
        display.already_finished(known)
        return
    if known is None:
        known = _begin(plan, store)
    _Run(plan, store, display, known).to_the_end()


def _begin(plan: Plan, store: Store) -> StudyRecord:
    _remove_checkpoints(store, plan.id)
    store.add_task(plan.task.record, plan.task.samples())
    record = StudyRecord(
        id=plan.id,
        spec=plan.spec,
        task=plan.task.record,
        state=StudyState.UNFINISHED,
        created=time.time(),
        versions=backend.versions(plan.spec.backend),
    )
    store.add_study(record)
    return record


def _remove_checkpoints(store: Store, study: str) -> None:
    shutil.rmtree(store.folder / CHECKPOINTS / study, ignore_errors=True)


class _Run:
    """One sitting of a study, from wherever the store says that it stands."""

    def __init__(
        self, plan: Plan, store: Store, display: Display, record: StudyRecord
    ) -> None:
        self._plan = plan
        self._store = store
        self._display = display
        self._record = record
        self._budget = plan.spec.budget
        self._clock = BudgetClock(self._budget.seconds, record.seconds)
        self._trials: dict[int, TrialRecord] = {}
        self._executor: Executor[TrialRequest, TrialResult | FinalResult] = (
            InlineExecutor(Work(plan.source, plan.task))
        )

    def to_the_end(self) -> None:
        try:
            self._score_references()
            self._replay()
            self._display.study_started(
                self._record, self._trials.values(), self._clock
            )
            if not self._store.finals(self._plan.id):
                # Else the search is over, whatever the clock says now: all seeds
                # train one configuration.
                self._search()
            self._train_finals(self._best())
            self._end(StudyState.FINISHED)
        except StudyError as error:
            self._end(StudyState.FAILED, str(error))
            raise
        finally:
            self._spend()
            self._executor.close()
            self._display.study_ended()

    def _end(self, state: StudyState, message: str = "") -> None:
        self._store.set_study_state(self._plan.id, state, message)
        _remove_checkpoints(self._store, self._plan.id)

    def _spend(self) -> None:
        self._store.add_seconds(self._plan.id, self._clock.lap())

    def _score_references(self) -> None:
        test = self._plan.task.record.test_fingerprint
        if not self._store.references(test):
            for row in references(self._plan.task, self._plan.spec.seed):
                self._store.add_reference(test, row)

    # The search ------------------------------------------------------------

    def _replay(self) -> None:
        """Bring the searcher to where the store says that the search stands."""
        for trial in self._store.trials(self._plan.id):
            if trial.result is None:
                break  # was in flight; the searcher proposes it again
            self._plan.searcher.ask(trial.number)
            self._plan.searcher.tell(trial.number, trial.result)
            self._trials[trial.number] = trial

    def _search(self) -> None:
        while True:
            while self._executor.free:
                number = len(self._trials)
                if number and self._clock.search_is_over:
                    break
                proposal = self._plan.searcher.ask(number)
                if proposal is None:
                    break
                self._start(number, proposal)
            if not self._executor.in_flight:
                return
            number, result = self._executor.collect(self._on_trial_epoch)
            assert isinstance(result, TrialResult)
            self._finish(number, result)

    def _start(self, number: int, proposal: Proposal) -> None:
        parent = None if proposal.parent is None else self._trials[proposal.parent]
        trial = TrialRecord(
            number=number,
            proposal=proposal,
            # A promoted trial is its parent, continued.
            seed=parent.seed if parent else _trial_seed(self._plan.spec.seed, number),
            state=TrialState.RUNNING,
            started=time.time(),
        )
        self._trials[number] = trial
        self._store.start_trial(self._plan.id, trial)
        self._display.trial_started(trial)
        self._executor.submit(number, self._request(trial))

    def _request(self, trial: TrialRecord) -> TrialRequest:
        proposal = trial.proposal
        may_go_on = proposal.epochs < self._budget.epochs
        return TrialRequest(
            number=trial.number,
            hyperparameters=proposal.hyperparameters,
            seed=trial.seed,
            epochs=proposal.epochs,
            full_epochs=self._budget.epochs,
            patience=self._budget.patience,
            deadline=self._clock.search_deadline,
            parent=None
            if proposal.parent is None
            else self._checkpoint(proposal.parent),
            checkpoint=self._checkpoint(trial.number) if may_go_on else None,
        )

    def _checkpoint(self, number: int) -> Path:
        return self._store.folder / CHECKPOINTS / self._plan.id / f"{number}.npz"

    def _on_trial_epoch(self, number: int, epoch: EpochRecord) -> bool:
        self._store.add_epoch(self._plan.id, "trial", number, epoch)
        self._display.epoch_ended(epoch)
        return True

    def _finish(self, number: int, result: TrialResult) -> None:
        ended = time.time()
        trial = replace(
            self._trials[number], state=result.state, ended=ended, result=result
        )
        self._trials[number] = trial
        self._store.end_trial(self._plan.id, number, result, ended)
        self._spend()
        self._plan.searcher.tell(number, result)
        self._display.trial_ended(trial)
        self._reserve_for_finals()
        self._stop_if_nothing_works()

    def _reserve_for_finals(self) -> None:
        """Keep back the time that the final trainings of the best will take."""
        done = [
            t.result for t in self._trials.values() if t.result and t.result.metrics
        ]
        if done:
            best = max(done, key=lambda result: OBJECTIVE.key(result.metrics))
            per_epoch = best.seconds / max(1, best.epochs)
            full = per_epoch * min(
                self._budget.epochs, best.best_epoch + self._budget.patience
            )
            self._clock.reserve(full * self._plan.spec.seeds)

    def _stop_if_nothing_works(self) -> None:
        over = [t for t in self._trials.values() if t.state.is_over]
        if len(over) >= FAILURES_IN_A_ROW and all(
            t.state is TrialState.FAILED for t in over
        ):
            raise StudyError(self._all_failed(over))

    def _all_failed(self, trials: list[TrialRecord]) -> str:
        last = trials[-1].result
        return (
            f"a study needs a trial that works; the first {len(trials)} all failed, "
            f"the last with {last.error if last else 'nothing'}: mend the family "
            f"{self._plan.spec.family!r}, or hold what breaks it with --fix"
        )

    def _best(self) -> TrialRecord:
        finished = [t for t in self._trials.values() if t.state is TrialState.FINISHED]
        if not finished:
            raise StudyError(self._all_failed(list(self._trials.values())))
        return max(
            finished,
            key=lambda t: (OBJECTIVE.key(t.result.metrics), -t.number),  # type: ignore[union-attr]
        )

    # The final trainings ---------------------------------------------------

    def _train_finals(self, best: TrialRecord) -> None:
        spec = self._plan.spec
        tested = {final.seed for final in self._store.finals(self._plan.id)}
        left = [s for s in range(spec.seed, spec.seed + spec.seeds) if s not in tested]
        self._display.finals_started(best, len(left))
        for index, seed in enumerate(left):
            self._store.start_final(self._plan.id, seed)
            request = replace(
                self._request(best),
                number=seed,
                seed=seed,
                epochs=self._budget.epochs,
                deadline=self._clock.share(1 / (len(left) - index)),
                parent=None,
                checkpoint=None,
                is_final=True,
            )
            self._executor.submit(seed, request)
            self._collect_final()

    def _collect_final(self) -> None:
        try:
            _, result = self._executor.collect(self._on_final_epoch)
        except Exception as error:
            raise StudyError(
                "the best configuration must train again; its final training raised "
                f"{type(error).__name__}: {error}: give the command again, or hold "
                "what breaks it with --fix"
            ) from error
        assert isinstance(result, FinalResult)
        self._store.end_final(self._plan.id, result.record, result.probabilities)
        self._spend()
        self._display.final_ended(result.record)

    def _on_final_epoch(self, seed: int, epoch: EpochRecord) -> bool:
        self._store.add_epoch(self._plan.id, "final", seed, epoch)
        self._display.epoch_ended(epoch)
        return True


def _trial_seed(seed: int, number: int) -> int:
    """A seed of its own for every configuration, below 2**31."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0] >> 1)
