"""The search of a study: ask, submit, collect, record, tell."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from bench.errors import StoreError, StudyError, nothing_works
from bench.records import EpochRecord, Proposal, TrialRecord, TrialResult, TrialState
from bench.records.selection import BestSoFar, best_trial
from bench.study.context import Sitting
from bench.study.forecast import Forecast
from bench.training.compiled.cache import affinity

FAILURES_IN_A_ROW = 5
"""A study stops when this many trials fail before any finishes."""


class Search:
    """The trials of a study.

    Args:
        sitting: Where they are asked for, trained and recorded.
        stored: Trials that the store holds already, by number.
        lookahead: How many results the searcher may lack when it is asked.
    """

    def __init__(
        self, sitting: Sitting, stored: Mapping[int, TrialRecord], lookahead: int
    ) -> None:
        self._at = sitting
        self._spec = sitting.plan.spec
        self._stored = stored
        self._lookahead = lookahead
        self._trials: dict[int, TrialRecord] = {}
        self._told = 0
        self._judged: frozenset[int] = frozenset()
        self._forecast = Forecast()
        self._best = BestSoFar(self._spec)
        self._failed = self._finished = 0
        self._is_over = False

    def run(self) -> None:
        """Search to the end of the budget.

        Results are told in the order of their numbers, and trial n is asked for once
        exactly the first n - lookahead of them were told. So the trials don't depend
        on which worker happens to be faster, and a study that goes on asks again for
        what the store holds and finds its searcher where it was.
        """
        while True:
            while self._ask_next():
                pass
            if not self._at.executor.in_flight:
                return
            number, result = self._at.executor.collect(self._on_trial_epoch)
            assert isinstance(result, TrialResult)
            self._finish(number, result)

    def _ask_next(self) -> bool:
        """Ask for the next trial, telling what may be told; False to wait or end."""
        number = len(self._trials)
        known = number in self._stored
        if number and not known and self._time_is_up():
            return False
        while self._told < number - self._lookahead:
            if not self._tell_next():
                return False
        proposal = self._at.plan.searcher.ask(number)
        while proposal is None:
            if self._told == number or not self._tell_next():
                return False
            proposal = self._at.plan.searcher.ask(number)
        self._start(number, proposal)
        return True

    def _tell_next(self) -> bool:
        result = self._trials[self._told].result
        if result is None:
            return False
        self._at.plan.searcher.tell(self._told, result)
        self._told += 1
        return True

    def _start(self, number: int, proposal: Proposal) -> None:
        stored = self._stored.get(number)
        if stored is not None:
            self._check_same(stored, proposal)
        if stored is not None and stored.result is not None:
            self._trials[number] = stored
            self._learn(stored, stored.result)
            return
        parent = None if proposal.parent is None else self._trials[proposal.parent]
        trial = TrialRecord(
            number=number,
            proposal=proposal,
            # A promoted trial is its parent, continued.
            seed=parent.seed if parent else self._seed(number, proposal),
            state=TrialState.RUNNING,
            started=time.time(),
        )
        self._trials[number] = trial
        self._submit(trial)

    def _seed(self, number: int, proposal: Proposal) -> int:
        # What is compared fold by fold starts from one seed, as a classifier with an
        # integer for random_state does.
        own = number if proposal.fold is None else 0
        return _trial_seed(self._spec.seed, own)

    def _check_same(self, stored: TrialRecord, proposal: Proposal | None) -> None:
        if stored.proposal != proposal:
            raise StoreError(
                "an interrupted study goes on as it began, with the same versions of "
                f"everything; trial {stored.number} of {self._at.plan.id[:8]} would "
                "now be another: start it over with --fresh"
            )

    def _submit(self, trial: TrialRecord) -> None:
        self._at.executor.submit(
            trial.number,
            # Where others have ended well, none need outlast the budget.
            self._at.request(trial, may_come_to_nothing=self._finished > 0),
            on_start=self._on_start,
            affinity=self._affinity(trial),
            judged=self._judged,
        )

    def _on_start(self, number: int) -> bool:
        if number and (self._time_is_up() or self._would_be_late(number)):
            self._is_over = True
            return False
        trial = replace(self._trials[number], started=time.time())
        self._trials[number] = trial
        self._at.store.start_trial(self._at.plan.id, trial)
        self._at.display.trial_started(trial)
        return True

    def _on_trial_epoch(self, number: int, epoch: EpochRecord) -> bool:
        self._at.store.add_epoch(self._at.plan.id, "trial", number, epoch)
        self._at.display.epoch_ended(number, epoch)
        return not self._at.clock.search_is_over

    def _finish(self, number: int, result: TrialResult) -> None:
        ended = time.time()
        trial = replace(
            self._trials[number], state=result.state, ended=ended, result=result
        )
        self._trials[number] = trial
        self._at.store.end_trial(self._at.plan.id, number, result, ended)
        self._at.spend()
        self._at.display.trial_ended(trial)
        self._learn(trial, result)
        self._reserve_for_finals()
        self._stop_if_nothing_works(trial)

    # Time ------------------------------------------------------------------

    def _time_is_up(self) -> bool:
        return self._is_over or self._at.clock.search_is_over

    def _would_be_late(self, number: int) -> bool:
        """Whether a trial is predicted to end after the search must."""
        deadline = self._at.clock.search_deadline
        if deadline is None:
            return False
        trial = self._trials[number]
        seconds = self._forecast.trial(self._affinity(trial), self._asked(trial))
        return seconds is not None and time.time() + seconds > deadline

    def _learn(self, trial: TrialRecord, result: TrialResult) -> None:
        self._failed += result.error is not None
        self._finished += result.error is None
        self._best.add(trial)
        if result.error is None:
            self._forecast.learn(
                self._affinity(trial),
                result,
                own=result.epochs - self._epochs_before(trial),
                asked=self._asked(trial),
            )

    def _asked(self, trial: TrialRecord) -> int:
        return max(1, trial.proposal.epochs - self._epochs_before(trial))

    def _epochs_before(self, trial: TrialRecord) -> int:
        """Epochs that its parent trained already."""
        parent = trial.proposal.parent
        result = None if parent is None else self._trials[parent].result
        return 0 if result is None else result.epochs

    def _affinity(self, trial: TrialRecord) -> str:
        return affinity(self._at.plan.source, trial.proposal.hyperparameters)

    def _reserve_for_finals(self) -> None:
        """Keep back the time that the final trainings of the best will take."""
        best = self._best.trial
        if best is None or best.result is None:
            return
        budget = self._spec.budget
        epochs = budget.epochs
        if best.proposal.epochs == budget.epochs:  # else nobody knows where it will end
            epochs = min(epochs, best.result.best_epoch + budget.patience)
        full = self._forecast.training(self._affinity(best), epochs)
        self._at.clock.reserve(full * -(-self._spec.seeds // self._at.at_once))

    def _stop_if_nothing_works(self, last: TrialRecord) -> None:
        if not self._finished and self._failed >= FAILURES_IN_A_ROW:
            raise self._all_failed(self._failed, last)

    def _all_failed(self, count: int, last: TrialRecord | None) -> StudyError:
        result = None if last is None else last.result
        error = result.error if result else None
        return nothing_works(f"the first {count}", error, self._spec.family)

    def best(self) -> TrialRecord:
        """The best trial, of those that the store held where there was no search."""
        trials = list((dict(self._stored) | self._trials).values())
        best = best_trial(trials, self._spec)
        if best is None:
            raise self._all_failed(len(trials), trials[-1] if trials else None)
        return best


def _trial_seed(seed: int, number: int) -> int:
    """A seed of its own for every configuration, below 2**31."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0] >> 1)
