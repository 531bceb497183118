"""A search whose searcher judges trials while they train, and never waits."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from bench.records import EpochRecord, TrialRecord, TrialResult
from bench.searchers.asha import Asha
from bench.study.context import Sitting
from bench.study.search import Search


class AsynchronousSearch(Search):
    """The trials of a study, each event told to the searcher as it happens.

    With several workers the course of such a search depends on which is faster. A
    study that goes on tells a new searcher the stored events in their order.

    Args:
        sitting: Where trials are trained and recorded.
        stored: Trials that the store holds already, by number.
        searcher: That of the plan.
    """

    def __init__(
        self, sitting: Sitting, stored: Mapping[int, TrialRecord], searcher: Asha
    ) -> None:
        super().__init__(sitting, stored, lookahead=0)
        self._searcher = searcher
        self._judged = frozenset(searcher.rungs)

    def run(self) -> None:
        self._replay()
        super().run()

    def _replay(self) -> None:
        for _, _, trial, epoch in sorted(self._events(), key=lambda event: event[:2]):
            if epoch is not None:
                self._searcher.report(trial.number, epoch.epoch, epoch.metrics)
            elif trial.number not in self._trials:
                proposal = self._searcher.resume(trial.number, trial.proposal)
                self._check_same(trial, proposal)
                self._trials[trial.number] = trial
            elif trial.result is not None:
                self._searcher.tell(trial.number, trial.result)
                self._learn(trial, trial.result)
        for trial in list(self._trials.values()):
            if trial.result is None:
                self._submit(trial)

    def _events(self) -> list[tuple[float, int, TrialRecord, EpochRecord | None]]:
        """Starts, epochs and ends of stored trials: time, kind, trial and epoch."""
        events: list[tuple[float, int, TrialRecord, EpochRecord | None]] = []
        for trial in self._stored.values():
            events.append((trial.started, 0, trial, None))
            for epoch in self._at.store.epochs(self._at.plan.id, "trial", trial.number):
                events.append((epoch.ended, 1, trial, epoch))
            if trial.ended is not None:
                events.append((trial.ended, 2, trial, None))
        return events

    def _ask_next(self) -> bool:
        number = len(self._trials)
        if self._at.executor.free <= 0 or (number and self._time_is_up()):
            return False
        proposal = self._searcher.ask(number)
        if proposal is None:
            return False
        self._start(number, proposal)
        return True

    def _on_trial_epoch(self, number: int, epoch: EpochRecord) -> bool:
        # By this process' clock, as starts and ends are, so that they can be ordered.
        epoch = replace(epoch, ended=time.time())
        has_time = super()._on_trial_epoch(number, epoch)
        goes_on = self._searcher.report(number, epoch.epoch, epoch.metrics)
        return has_time and goes_on

    def _finish(self, number: int, result: TrialResult) -> None:
        self._searcher.tell(number, result)
        super()._finish(number, result)
