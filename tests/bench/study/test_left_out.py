"""Trials that would not end in time, which a search leaves out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bench.records import LEFT_OUT, Proposal, TrialResult
from bench.report.results import study_results


class Workers:
    """Two workers whose trials take as long as their kind says."""

    def __init__(self, clock: Any, seconds: dict[str, float]) -> None:
        self._clock, self._seconds = clock, seconds
        self._kinds: dict[int, str] = {}

    @property
    def free(self) -> int:
        return 2 - len(self._kinds)

    @property
    def in_flight(self) -> int:
        return len(self._kinds)

    def submit(
        self, key: int, request: Any, on_start: Callable[[int], bool], **_: Any
    ) -> None:
        if on_start(key):
            self._kinds[key] = request.hyperparameters["kind"]

    def collect(self, on_epoch: Callable[..., bool]) -> tuple[int, TrialResult]:
        key = next(iter(self._kinds))
        seconds = self._seconds[self._kinds.pop(key)]
        self._clock.passes(seconds)
        metrics = {"validation_accuracy": 0.5, "validation_log_loss": 1.0}
        stages = {"training": seconds}
        return key, TrialResult(
            metrics=metrics, epochs=1, seconds=seconds, stage_seconds=stages
        )


def ending(store: Any) -> str:
    """How the trials of the only study ended, in words."""
    (results,) = study_results(store)
    assert len(results.compared) == results.finished
    return results.ended_text


class Listed:
    """Feedback that asks for a list of trials, whatever comes of them."""

    waits_for_worker = False

    def __init__(self, *proposals: Proposal) -> None:
        self._proposals = proposals

    def replay(self, *_: Any) -> list[Any]:
        return []

    def ask(self, number: int, stored: Proposal | None = None) -> Proposal | None:
        return self._proposals[number] if number < len(self._proposals) else None

    def trial_ended(self, number: int, result: TrialResult) -> None:
        return


@pytest.mark.parametrize(
    ("parent", "kind", "errors"),
    [
        (None, "short", [None, "CutShortError", "CutShortError", None]),
        # A trial that is promoted has no other in its place.
        (0, "long", [None, "CutShortError", "CutShortError"]),
    ],
)
def test_trial_that_would_not_end_in_time_leaves_its_turn_to_the_next(
    parent: int | None,
    kind: str,
    errors: list[str | None],
    interrupted: Any,
    clock: Any,
    learn: Callable[..., None],
) -> None:
    from bench.study.search import Search

    def proposal(kind: str, parent: int | None = None) -> Proposal:
        values = {"kind": kind}
        return Proposal(hyperparameters=values, epochs=1, parent=parent)

    context = replace(interrupted, executor=Workers(clock, {"short": 10.0}))
    learn(context, "short", 10.0)
    learn(context, "long", 200.0)
    (first,) = context.store.trials(context.study)
    asked = Listed(
        first.proposal, *map(proposal, ("long", "long")), proposal(kind, parent)
    )
    Search(context, {0: first}, asked).run()
    results = [trial.result for trial in context.store.trials(context.study)]
    found = [result.error and result.error.partition(":")[0] for result in results]
    assert found == errors
    left_out = errors.count("CutShortError")
    assert ending(context.store) == (
        f"{len(errors) - left_out} finished, 0 failed, {left_out} left out for lack of "
        "time"
    )
    assert re.fullmatch(
        "CutShortError: its training would take about 3m20s, and 1m[0-9]+s were left "
        "for the search",
        results[1].error,
    )


@pytest.fixture
def costly(interrupted: Any, learn: Callable[..., None]) -> Any:
    """A trial of a kind that takes 80 s, in a study that has 50 s for its search."""
    (trial,) = interrupted.store.trials(interrupted.study)
    learn(interrupted, "costly", 80.0)
    return replace(
        trial, proposal=replace(trial.proposal, hyperparameters={"kind": "costly"})
    )


def test_trials_in_a_row_that_would_not_end_in_time_end_the_search(
    interrupted: Any, costly: Any
) -> None:
    from bench.study.limits import MAX_AVOIDED, SearchLimits

    limits = SearchLimits(interrupted)
    limits.trial_ended(costly)
    over = []
    for number in range(1, MAX_AVOIDED + 1):
        assert not limits.starts(replace(costly, number=number), 1)
        over.append(limits.is_over)
    assert over == [False] * (MAX_AVOIDED - 1) + [True]
    assert not limits.has_time


@pytest.mark.parametrize(("seconds", "is_over"), [(49.0, False), (51.0, True)])
def test_search_goes_on_without_a_trial_only_while_the_shortest_would_fit(
    seconds: float, is_over: bool, interrupted: Any, costly: Any
) -> None:
    from bench.study.limits import SearchLimits

    limits = SearchLimits(interrupted)
    limits.trial_ended(replace(costly, result=replace(costly.result, seconds=seconds)))
    assert not limits.starts(replace(costly, number=1), 1)
    assert limits.is_over is is_over


def test_grid_ends_where_time_is_too_short_so_that_more_time_continues_it(
    interrupted: Any, costly: Any, learn: Callable[..., None]
) -> None:
    from bench.study.limits import SearchLimits

    prepared = interrupted.prepared
    spec = replace(prepared.spec, tuner="grid")
    context = replace(interrupted, prepared=replace(prepared, spec=spec))
    learn(context, "costly", 80.0)
    limits = SearchLimits(context)
    limits.trial_ended(costly)
    assert not limits.starts(replace(costly, number=1), 1)
    assert limits.is_over


def test_trial_whose_worker_died_starts_again_though_time_is_short(
    interrupted: Any, clock: Any
) -> None:
    from bench.study.limits import SearchLimits

    (trial,) = interrupted.store.trials(interrupted.study)
    limits = SearchLimits(interrupted)
    limits.trial_ended(trial)
    again = replace(trial, number=1)
    assert limits.starts(again, 1)
    clock.passes(60)
    assert not limits.starts(replace(trial, number=2), 1)
    assert limits.starts(again, 1)


def test_what_was_left_out_is_said_though_the_search_came_to_its_end(
    interrupted: Any, costly: Any
) -> None:
    from bench.study import failures
    from bench.study.limits import SearchLimits
    from bench.training.time_limit import CutShortError

    assert CutShortError.__name__ == LEFT_OUT
    said: list[str] = []
    interrupted.progress.remarks = said.append
    limits = SearchLimits(interrupted)
    limits.trial_ended(costly)
    error = limits.why_left_out(costly, 1)
    left_out = replace(costly, number=1, result=TrialResult(error=error))
    limits.trial_ended(left_out)
    limits.say_what_was_left_out()
    expected = "1 of 2 trials would not have ended within --time 1m40s, and were left"
    assert said[-1].startswith(expected)
    failed = replace(costly, number=2, result=TrialResult(error="ValueError: no"))
    assert failures.summary([costly, left_out], "any") == ""
    assert failures.summary([costly, left_out, failed], "any").startswith(
        "1 of 3 trials failed: ValueError: no ("
    )
