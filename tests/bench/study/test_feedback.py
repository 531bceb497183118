"""The order in which results reach a searcher."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bench.records import (
    EpochRecord,
    Proposal,
    TrialRecord,
    TrialResult,
    TrialState,
)
from bench.searchers import Searcher
from bench.study.feedback import ImmediateFeedback, OrderedFeedback


class Recorder(Searcher):
    """Proposes without end, or until a number, and keeps every call."""

    def __init__(self, waits_at: int | None = None) -> None:
        self.calls: list[str] = []
        self.waits_at = waits_at

    def ask(self, number: int) -> Proposal | None:
        self.calls.append(f"ask {number}")
        return None if number == self.waits_at else proposal()

    def tell(self, number: int, result: TrialResult) -> None:
        self.calls.append(f"tell {number}")
        self.waits_at = None

    def report(self, number: int, epoch: int, metrics: Mapping[str, float]) -> bool:
        self.calls.append(f"report {number} {epoch}")
        return True

    def resume(self, number: int, proposal: Proposal) -> Proposal | None:
        self.calls.append(f"resume {number}")
        return proposal

    def adopt(self, number: int, proposal: Proposal) -> Proposal | None:
        self.calls.append(f"adopt {number}")
        return proposal


def proposal() -> Proposal:
    return Proposal(hyperparameters={"units": 8}, epochs=3)


def trial(number: int, started: float, ended: float | None) -> TrialRecord:
    return TrialRecord(
        number=number,
        proposal=proposal(),
        seed=0,
        state=TrialState.RUNNING if ended is None else TrialState.FINISHED,
        started=started,
        ended=ended,
        result=None if ended is None else TrialResult(epochs=3),
    )


@pytest.mark.parametrize("lookahead", [0, 2])
def test_trial_is_asked_for_once_exactly_the_earlier_results_are_told(
    lookahead: int,
) -> None:
    searcher = Recorder()
    feedback = OrderedFeedback(searcher, lookahead)
    for number in range(4):
        assert feedback.ask(number) is not None
        feedback.trial_ended(number, TrialResult())
    told = [call for call in searcher.calls if call.startswith("tell")]
    assert len(told) == max(0, 3 - lookahead)
    # Trial 3 is asked for right after the first 3 - lookahead results.
    assert searcher.calls[-1] == "ask 3"
    assert told == [f"tell {number}" for number in range(3 - lookahead)]


def test_trial_beyond_the_lookahead_waits_for_the_missing_result() -> None:
    searcher = Recorder()
    feedback = OrderedFeedback(searcher, lookahead=1)
    assert feedback.ask(0) is not None
    assert feedback.ask(1) is not None
    assert feedback.ask(2) is None  # trial 0 still trains
    feedback.trial_ended(1, TrialResult())
    assert feedback.ask(2) is None
    feedback.trial_ended(0, TrialResult())
    assert feedback.ask(2) is not None
    assert searcher.calls == ["ask 0", "ask 1", "tell 0", "ask 2"]


def test_searcher_that_proposes_nothing_is_told_more() -> None:
    searcher = Recorder(waits_at=2)
    feedback = OrderedFeedback(searcher, lookahead=5)
    for number in (0, 1):
        feedback.ask(number)
        feedback.trial_ended(number, TrialResult())
    assert feedback.ask(2) is not None
    assert searcher.calls == ["ask 0", "ask 1", "ask 2", "tell 0", "ask 2"]


def test_stored_events_are_replayed_in_the_order_of_their_times() -> None:
    searcher = Recorder()
    curves = {
        0: [epoch(1, 2.0), epoch(2, 4.0)],
        1: [epoch(1, 3.0)],
    }
    stored = [trial(0, 1.0, 5.0), trial(1, 2.5, None)]
    replayed = ImmediateFeedback(searcher).replay(stored, curves.__getitem__)
    assert [t.number for t, _ in replayed] == [0, 1]
    assert searcher.calls == [
        "resume 0",
        "report 0 1",
        "resume 1",
        "report 1 1",
        "report 0 2",
        "tell 0",
    ]


def test_stored_trials_after_a_gap_are_taken_as_they_are() -> None:
    ordered, immediate = Recorder(), Recorder()
    feedback = OrderedFeedback(ordered, lookahead=9)
    for number in range(4):
        feedback.ask(number, None if number == 1 else proposal())
    assert ordered.calls == ["resume 0", "ask 1", "adopt 2", "adopt 3"]
    stored = [trial(0, 1.0, None), trial(2, 2.0, None), trial(3, 3.0, None)]
    ImmediateFeedback(immediate).replay(stored, lambda _: [])
    assert immediate.calls == ["resume 0", "adopt 2", "adopt 3"]


def epoch(number: int, ended: float) -> EpochRecord:
    return EpochRecord(epoch=number, metrics={}, seconds=0.0, ended=ended)
