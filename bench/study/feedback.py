"""How results of trials reach a searcher: in the order of trials, or at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from bench.records import (
    EpochRecord,
    Proposal,
    StudyRecord,
    TrialRecord,
    TrialResult,
)
from bench.searchers import Searcher

if TYPE_CHECKING:
    from bench.study.prepare import PreparedStudy

Curves = Callable[[int], Sequence[EpochRecord]]


class Feedback(Protocol):
    """Asks a searcher for trials and tells it how they go.

    Attributes:
        waits_for_worker: Whether a trial is asked for only while a worker is free.
    """

    waits_for_worker: bool

    def replay(
        self,
        stored: Iterable[TrialRecord],
        epochs: Curves,
    ) -> list[tuple[TrialRecord, Proposal | None]]:
        """Bring a fresh searcher to where an interrupted search left it.

        Args:
            stored: Trials of the interrupted search.
            epochs: Gives the learning curve of a trial by its number.

        Returns:
            The trials that were replayed, in the order of their start, each with what
            the searcher proposes now in its place.
        """

    def ask(self, number: int, stored: Proposal | None = None) -> Proposal | None:
        """The proposal of a trial.

        Args:
            number: Number of the trial.
            stored: Its proposal, if an interrupted search has asked for it before.

        Returns:
            None to wait for a result, or at the end of the search.
        """

    def epoch_ended(self, number: int, epoch: EpochRecord) -> bool:
        """Tell of an epoch; whether the trial goes on."""

    def trial_ended(self, number: int, result: TrialResult) -> None:
        """Tell how a trial ended."""


class OrderedFeedback:
    """Tells results in the order of the trials' numbers.

    Trial n is asked for once exactly the first n - lookahead results were told. So
    the trials don't depend on which worker happens to be faster, and a search that
    goes on asks for every stored trial again and finds its searcher where it was.

    Args:
        searcher: Fresh.
        lookahead: How many results the searcher may lack when it is asked.
    """

    waits_for_worker = False

    def __init__(self, searcher: Searcher, lookahead: int) -> None:
        self._searcher = searcher
        self._lookahead = lookahead
        self._results: dict[int, TrialResult] = {}
        self._told = 0
        self._has_asked = False

    def replay(
        self,
        stored: Iterable[TrialRecord],
        epochs: Curves,
    ) -> list[tuple[TrialRecord, Proposal | None]]:
        return []

    def ask(self, number: int, stored: Proposal | None = None) -> Proposal | None:
        while self._told < number - self._lookahead:
            if not self._tell_next():
                return None
        proposal = self._ask(number, stored)
        while proposal is None:
            if self._told == number or not self._tell_next():
                return None
            proposal = self._ask(number, stored)
        return proposal

    def _ask(self, number: int, stored: Proposal | None) -> Proposal | None:
        if stored is None:
            self._has_asked = True
            return self._searcher.ask(number)
        if self._has_asked:  # the store lacks a trial before this one
            return self._searcher.adopt(number, stored)
        return self._searcher.resume(number, stored)

    def epoch_ended(self, number: int, epoch: EpochRecord) -> bool:
        return True

    def trial_ended(self, number: int, result: TrialResult) -> None:
        self._results[number] = result

    def _tell_next(self) -> bool:
        if self._told not in self._results:
            return False
        self._searcher.tell(self._told, self._results[self._told])
        self._told += 1
        return True


class ImmediateFeedback:
    """Tells every epoch and every result as it happens, and so ends trials early.

    With several workers the course of the search depends on which is faster. A search
    that goes on replays the stored events in the order of their times.

    Args:
        searcher: Fresh.
    """

    waits_for_worker = True

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher

    def replay(
        self,
        stored: Iterable[TrialRecord],
        epochs: Curves,
    ) -> list[tuple[TrialRecord, Proposal | None]]:
        replayed: list[tuple[TrialRecord, Proposal | None]] = []
        started: set[int] = set()
        is_in_order = True
        for _, _, trial, epoch in sorted(_events(stored, epochs), key=lambda e: e[:2]):
            if epoch is not None:
                self._searcher.report(trial.number, epoch.epoch, epoch.metrics)
            elif trial.number not in started:
                is_in_order &= trial.number == len(started)
                started.add(trial.number)
                again = self._searcher.resume if is_in_order else self._searcher.adopt
                replayed.append((trial, again(trial.number, trial.proposal)))
            elif trial.result is not None:
                self._searcher.tell(trial.number, trial.result)
        return replayed

    def ask(self, number: int, stored: Proposal | None = None) -> Proposal | None:
        return self._searcher.ask(number)

    def epoch_ended(self, number: int, epoch: EpochRecord) -> bool:
        return self._searcher.report(number, epoch.epoch, epoch.metrics)

    def trial_ended(self, number: int, result: TrialResult) -> None:
        self._searcher.tell(number, result)


_Event = tuple[float, int, TrialRecord, EpochRecord | None]
"""Time, kind (start, epoch, end), trial, and the epoch of an epoch's end."""


def _events(stored: Iterable[TrialRecord], epochs: Curves) -> list[_Event]:
    events: list[_Event] = []
    for trial in stored:
        events.append((trial.started, 0, trial, None))
        for epoch in epochs(trial.number):
            events.append((epoch.ended, 1, trial, epoch))
        if trial.ended is not None:
            events.append((trial.ended, 2, trial, None))
    return events


def of_study(prepared: PreparedStudy, record: StudyRecord) -> Feedback:
    """How results reach the searcher of a study that starts or goes on."""
    searcher, spec = prepared.searcher, prepared.spec
    if searcher.rungs or (spec.schedule is not None and spec.part_rungs):
        return ImmediateFeedback(searcher)
    return OrderedFeedback(searcher, record.lookahead)
