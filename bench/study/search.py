"""The search of a study: ask, submit, collect, record, tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bench.errors import StoreError
from bench.records import (
    EpochRecord,
    Proposal,
    Role,
    TrialRecord,
    TrialResult,
    TrialState,
    Value,
)
from bench.records.selection import BestSoFar
from bench.study import failures
from bench.study.context import RunContext
from bench.study.feedback import Feedback
from bench.study.final_forecast import reserve_for_finals
from bench.study.limits import SearchLimits
from bench.study.trial_seed import trial_seed
from bench.training.request import TrialRequest

FAILURES_IN_A_ROW = 5
"""A study stops when this many trials fail before any finishes."""


class Search:
    """The trials of a study.

    Args:
        context: Of the running study.
        stored: Trials that the store holds already, by number.
        feedback: Between the trials and the searcher.
    """

    def __init__(
        self,
        context: RunContext,
        stored: Mapping[int, TrialRecord],
        feedback: Feedback,
    ) -> None:
        self._context = context
        self._spec = context.prepared.spec
        self._stored = stored
        self._feedback = feedback
        self._rungs = frozenset(context.prepared.searcher.rungs)
        self._trials: dict[int, TrialRecord] = {}
        self._limits = SearchLimits(context)
        context.prepared.searcher.avoid(self._avoids)
        self._best = BestSoFar(self._spec)
        self._failed = self._finished = self._free = 0

    def run(self) -> None:
        """Search to the end of the budget, from wherever the store says it stands."""
        self._replay()
        while True:
            self._limits.look_for_end()
            while self._ask_next():
                pass
            if not self._context.executor.in_flight:
                return
            number, result = self._context.executor.collect(self._on_epoch)
            assert isinstance(result, TrialResult)
            self._finish(number, result)

    def say_how_it_ended(self) -> None:
        """Say what was left out, for lack of time or of trials, and what failed."""
        self._limits.say_what_was_left_out()
        if said := failures.summary(self._trials.values(), self._context.study):
            self._context.progress.remarks(said)

    @property
    def is_ended_early(self) -> bool:
        """Whether a user ended the search before its budget did."""
        return self._limits.is_ended_early

    @property
    def has_time(self) -> bool:
        """Whether the search ended by its number of trials, with time for another."""
        planned = self._context.prepared.problem.budget.trials
        started = sum(t.proposal.parent is None for t in self._trials.values())
        return started >= planned and self._limits.has_time

    # Asking ------------------------------------------------------------------

    def _replay(self) -> None:
        def epochs(number: int) -> list[EpochRecord]:
            return self._context.store.epochs(self._context.study, Role.TRIAL, number)

        for trial, proposal in self._feedback.replay(self._stored.values(), epochs):
            self._check_same(trial, proposal)
            self._trials[trial.number] = trial
        unfinished = []
        for trial in self._trials.values():
            if trial.result is None:
                unfinished.append(trial)
            else:
                self._learn(trial, trial.result)
        for trial in unfinished:
            self._submit(trial)

    def _ask_next(self) -> bool:
        """Start the next trial; False to wait for a result, or at the end."""
        number = self._first_free
        waits = self._feedback.waits_for_worker or self._limits.waits_for_worker
        if waits and self._context.executor.free <= 0:
            return False
        stored = self._stored.get(number)
        is_over = self._limits.is_over or self._limits.waits_for_result
        if stored is None and is_over:
            return False
        known = None if stored is None else stored.proposal
        proposal = self._feedback.ask(number, known)
        if proposal is None:
            return False
        if stored is None and self._limits.end_if_time_is_up():
            return False
        self._start(number, proposal)
        return True

    @property
    def _first_free(self) -> int:
        """The first number that no trial has; a killed search may leave gaps."""
        while self._free in self._trials:
            self._free += 1
        return self._free

    def _avoids(self, hyperparameters: Mapping[str, Value]) -> bool:
        """Whether the next trial should have another configuration.

        The store may lack trials before its last one. These leave alone what the later
        ones have, and avoid nothing else: more draws would change the later ones.
        """
        later = [
            trial.proposal.hyperparameters
            for number, trial in self._stored.items()
            if number not in self._trials
        ]
        if not later:
            return self._limits.avoids(hyperparameters)
        return any(stored.items() <= hyperparameters.items() for stored in later)

    def _start(self, number: int, proposal: Proposal) -> None:
        stored = self._stored.get(number)
        if stored is not None:
            self._check_same(stored, proposal)
        if stored is not None and stored.result is not None:
            self._trials[number] = stored
            self._feedback.trial_ended(number, stored.result)
            self._learn(stored, stored.result)
            return
        parent = None if proposal.parent is None else self._trials[proposal.parent]
        own_seed = trial_seed(self._spec.seed, number, proposal.fold)
        trial = TrialRecord(
            number=number,
            proposal=proposal,
            seed=parent.seed if parent else own_seed,  # it goes on with its parent
            state=TrialState.RUNNING,
            started=self._context.clock.now(),
        )
        self._trials[number] = trial
        self._submit(trial)

    def _check_same(self, stored: TrialRecord, proposal: Proposal | None) -> None:
        if stored.proposal != proposal:
            raise StoreError(
                "an interrupted study goes on as it began, with the same versions of "
                f"everything; trial {stored.number} of {self._context.study[:8]} would "
                "now be another: start it over with --fresh"
            )

    # Training ----------------------------------------------------------------

    def _submit(self, trial: TrialRecord) -> None:
        self._context.executor.submit(
            trial.number,
            self._request(trial),
            on_start=self._on_start,
            affinity=self._affinity(trial),
            sync_epochs=self._rungs,
        )

    def _request(self, trial: TrialRecord) -> TrialRequest:
        proposal, budget = trial.proposal, self._spec.budget
        # A schedule may pause a trial before its last epoch. What was trained on a part
        # begins anew when it is promoted.
        is_short = proposal.epochs < budget.epochs or bool(self._rungs)
        may_continue = is_short and not proposal.is_on_part
        return TrialRequest(
            hyperparameters=proposal.hyperparameters,
            seed=trial.seed,
            epochs=proposal.epochs,
            full_epochs=budget.epochs,
            patience=budget.patience,
            deadline=self._context.time_budget.search_deadline,
            features_deadline=self._limits.features_deadline(trial),
            # One trial must have a result; no other need outlast the budget.
            allow_no_result=not self._limits.is_needed,
            parent=self._checkpoint(proposal.parent),
            checkpoint=self._checkpoint(trial.number) if may_continue else None,
            fold=proposal.fold,
            image_share=proposal.image_share,
            validation_share=proposal.validation_share,
        )

    def _checkpoint(self, number: int | None) -> Path | None:
        if number is None:
            return None
        # A family's file may change the working directory of its workers.
        return (self._context.scratch / f"{number}.npz").absolute()

    def _on_start(self, number: int) -> bool:
        trial = self._trials[number]
        epochs = self._asked(trial)
        starts = self._limits.starts(trial, epochs)
        if not starts and self._limits.is_over:
            return False
        trial = replace(trial, started=self._context.clock.now())
        self._trials[number] = trial
        self._context.store.start_trial(self._context.study, trial)
        self._context.progress.trial_started(trial)
        if not starts:
            error = self._limits.why_left_out(trial, epochs)
            self._finish(number, TrialResult(error=error))
        return starts

    def _on_epoch(self, number: int, epoch: EpochRecord) -> bool:
        # By this process' clock, as starts and ends are, so that they can be ordered.
        epoch = replace(epoch, ended=self._context.clock.now())
        self._context.add_epoch(number, Role.TRIAL, number, epoch)
        goes_on = self._feedback.epoch_ended(number, epoch)
        self._limits.look_for_end()
        return goes_on and not self._context.time_budget.is_search_over

    def _finish(self, number: int, result: TrialResult) -> None:
        ended = self._context.clock.now()
        trial = replace(
            self._trials[number], state=result.state, ended=ended, result=result
        )
        self._trials[number] = trial
        self._feedback.trial_ended(number, result)
        self._context.store.end_trial(self._context.study, number, result, ended)
        self._context.record_time()
        self._context.progress.trial_ended(trial)
        self._say_new_notes(trial)
        self._learn(trial, result)
        if not self._finished and self._failed >= FAILURES_IN_A_ROW:
            raise failures.all_failed([trial], self._failed, self._spec.family)

    def _say_new_notes(self, trial: TrialRecord) -> None:
        """Say what the model's code did to its process, once for each kind."""
        assert trial.result is not None
        for note in trial.result.notes:
            if note not in self._context.notes_said:
                self._context.notes_said.add(note)
                self._context.progress.remarks(f"trial {trial.number}: {note}")

    # Time --------------------------------------------------------------------

    def _learn(self, trial: TrialRecord, result: TrialResult) -> None:
        self._failed += result.is_failure
        self._finished += result.error is None
        self._best.add(trial)
        if result.error is None:
            trained = result.epochs - self._epochs_before(trial)
            self._context.forecast.learn(
                trial.proposal.hyperparameters,
                result,
                trained=trained * trial.proposal.image_share,
                asked=self._asked(trial),
                validated=trained * trial.proposal.validation_share,
            )
        self._limits.trial_ended(trial)
        if self._best.trial is not None:
            reserve_for_finals(self._context, self._best.trial)

    def _asked(self, trial: TrialRecord) -> float:
        """Epochs that it may train, each on a part as that part of an epoch."""
        epochs = max(1, trial.proposal.epochs - self._epochs_before(trial))
        return epochs * trial.proposal.image_share

    def _epochs_before(self, trial: TrialRecord) -> int:
        """Epochs that it continues; those on a part of the images are none."""
        number = trial.proposal.parent
        if number is None or self._trials[number].proposal.is_on_part:
            return 0
        result = self._trials[number].result
        return 0 if result is None else result.epochs

    def _affinity(self, trial: TrialRecord) -> str:
        return self._context.prepared.source.affinity(trial.proposal.hyperparameters)
