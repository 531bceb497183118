"""A study: ask, submit, collect, record, tell; then train the best and test it."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.clock import BudgetClock
from bench.display import Display
from bench.errors import StudyError
from bench.plan import Crew, Plan
from bench.records import (
    OBJECTIVE,
    EpochRecord,
    Proposal,
    StudyRecord,
    StudyState,
    TrialRecord,
    TrialResult,
    TrialState,
)
from bench.store import Store
from bench.training import backend
from bench.training.references import references
from bench.training.trial import TrialRequest

FAILURES_IN_A_ROW = 5
"""A study stops when this many trials fail before any finishes."""

SCRATCH = "scratch"
"""Folder beside the store; a study's part of it goes when the study is over."""


def run(
    plan: Plan,
    store: Store,
    display: Display,
    *,
    crew: Crew,
    fresh: bool = False,
) -> None:
    """Run a study, or what is left of it; a finished one is left alone.

    Args:
        plan: What to run.
        store: Where every event is recorded as it happens.
        display: Is told what happens.
        crew: Who trains.
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
        known = _begin(plan, store, crew.lookahead(plan))
    _Run(plan, store, display, known, crew).to_the_end()


def _begin(plan: Plan, store: Store, lookahead: int) -> StudyRecord:
    _remove_scratch(store, plan.id)
    store.add_task(plan.task.record, plan.task.samples())
    record = StudyRecord(
        id=plan.id,
        spec=plan.spec,
        task=plan.task.record,
        state=StudyState.UNFINISHED,
        created=time.time(),
        lookahead=lookahead,
        versions=backend.versions(plan.spec.backend),
    )
    store.add_study(record)
    return record


def _remove_scratch(store: Store, study: str) -> None:
    shutil.rmtree(store.folder / SCRATCH / study, ignore_errors=True)


class _Run:
    """One sitting of a study, from wherever the store says that it stands."""

    def __init__(
        self,
        plan: Plan,
        store: Store,
        display: Display,
        record: StudyRecord,
        crew: Crew,
    ) -> None:
        self._plan = plan
        self._store = store
        self._display = display
        self._record = record
        self._budget = plan.spec.budget
        self._clock = BudgetClock(self._budget.seconds, record.seconds)
        self._stored = {t.number: t for t in store.trials(plan.id)}
        self._trials: dict[int, TrialRecord] = {}
        self._told = 0
        self._scratch = store.folder / SCRATCH / plan.id
        self._executor = crew.executor(plan, self._scratch / "images")

    def to_the_end(self) -> None:
        try:
            self._score_references()
            over = [t for t in self._stored.values() if t.result is not None]
            self._display.study_started(self._record, over, self._clock)
            if self._store.finals(self._plan.id):
                # The search is over, whatever the clock says now: all seeds train
                # one configuration.
                self._trials = {t.number: t for t in over}
            else:
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
        _remove_scratch(self._store, self._plan.id)

    def _spend(self) -> None:
        self._store.add_seconds(self._plan.id, self._clock.lap())

    def _score_references(self) -> None:
        test = self._plan.task.record.test_fingerprint
        if not self._store.references(test):
            for row in references(self._plan.task, self._plan.spec.seed):
                self._store.add_reference(test, row)

    # The search ------------------------------------------------------------

    def _search(self) -> None:
        """Search to the end of the budget.

        Results are told in the order of their numbers, and trial n is asked for once
        exactly the first n - lookahead of them were told. So the trials don't depend
        on which worker happens to be faster, and a study that goes on asks again for
        what the store holds and finds its searcher where it was.
        """
        while True:
            while self._executor.free > 0 and self._ask_next():
                pass
            if not self._executor.in_flight:
                return
            number, result = self._executor.collect(self._on_trial_epoch)
            assert isinstance(result, TrialResult)
            self._finish(number, result)

    def _ask_next(self) -> bool:
        """Ask for the next trial, telling what may be told; False to wait or end."""
        number = len(self._trials)
        known = number in self._stored
        if number and not known and self._clock.search_is_over:
            return False
        while self._told < number - self._record.lookahead:
            if not self._tell_next():
                return False
        proposal = self._plan.searcher.ask(number)
        while proposal is None:
            if self._told == number or not self._tell_next():
                return False
            proposal = self._plan.searcher.ask(number)
        self._start(number, proposal)
        return True

    def _tell_next(self) -> bool:
        result = self._trials[self._told].result
        if result is None:
            return False
        self._plan.searcher.tell(self._told, result)
        self._told += 1
        return True

    def _start(self, number: int, proposal: Proposal) -> None:
        stored = self._stored.get(number)
        if stored is not None and stored.proposal != proposal:
            raise StudyError(
                "an interrupted study goes on as it began, with the same versions of "
                f"everything; trial {number} of {self._plan.id[:8]} would now be "
                "another: start it over with --fresh"
            )
        if stored is not None and stored.result is not None:
            self._trials[number] = stored
            return
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
        self._submit(trial)

    def _submit(self, trial: TrialRecord) -> None:
        self._store.start_trial(self._plan.id, trial)
        self._display.trial_started(trial)
        self._executor.submit(trial.number, self._request(trial))

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
        return self._scratch / f"{number}.npz"

    def _on_trial_epoch(self, number: int, epoch: EpochRecord) -> bool:
        self._store.add_epoch(self._plan.id, "trial", number, epoch)
        self._display.epoch_ended(number, epoch)
        return True

    def _finish(self, number: int, result: TrialResult) -> None:
        ended = time.time()
        trial = replace(
            self._trials[number], state=result.state, ended=ended, result=result
        )
        self._trials[number] = trial
        self._store.end_trial(self._plan.id, number, result, ended)
        self._spend()
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
            at_once = self._executor.free + self._executor.in_flight
            self._clock.reserve(full * -(-self._plan.spec.seeds // at_once))

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
            if self._executor.free <= 0:
                self._collect_final()
            self._start_final(best, seed, still=len(left) - index)
        while self._executor.in_flight:
            self._collect_final()

    def _start_final(self, best: TrialRecord, seed: int, still: int) -> None:
        """Start a final training; ``still`` are to start, itself included."""
        at_once = self._executor.free + self._executor.in_flight
        request = replace(
            self._request(best),
            number=seed,
            seed=seed,
            epochs=self._budget.epochs,
            deadline=self._clock.share(1 / -(-still // at_once)),
            parent=None,
            checkpoint=None,
            is_final=True,
        )
        self._store.start_final(self._plan.id, seed)
        self._display.final_started(seed)
        self._executor.submit(seed, request)

    def _collect_final(self) -> None:
        try:
            _, result = self._executor.collect(self._on_final_epoch)
        except Exception as error:
            raise self._untrainable(f"{type(error).__name__}: {error}") from error
        if isinstance(result, TrialResult):
            raise self._untrainable(str(result.error))
        self._store.end_final(self._plan.id, result.record, result.probabilities)
        self._spend()
        self._display.final_ended(result.record)

    def _untrainable(self, reason: str) -> StudyError:
        return StudyError(
            "the best configuration must train again; its final training failed with "
            f"{reason}: give the command again, or hold what breaks it with --fix"
        )

    def _on_final_epoch(self, seed: int, epoch: EpochRecord) -> bool:
        self._store.add_epoch(self._plan.id, "final", seed, epoch)
        self._display.epoch_ended(seed, epoch)
        return True


def _trial_seed(seed: int, number: int) -> int:
    """A seed of its own for every configuration, below 2**31."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0] >> 1)
