"""Searches at equal cost: the best validation score so far by seconds of search.

What the final trainings of an earlier best configuration would have scored on the test
images is unknown. So searches of different length are compared by their validation
scores, which are higher than test scores, since each is the best of many.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.records import TrialRecord, Value
from bench.records.selection import BestSoFar, validation_score
from bench.report.board import Board
from bench.report.results import StudyResults
from bench.report.search_clock import SearchClock, end_of

_TIMES = (1, 3, 10, 30, 60, 180, 600, 1800, 3600, 10800, 36000, 108000, 360000)
"""Seconds at which searches are compared in a table, those that fit."""

_COLUMNS = 5


@dataclass(frozen=True, kw_only=True)
class Step:
    """A new best trial of a search.

    Attributes:
        seconds: Seconds of search until the trial ended.
        trials: Number of trials that were over by then, this one included.
        number: The trial's number.
        validation: Its validation score.
        hyperparameters: Its configuration.
    """

    seconds: float
    trials: int
    number: int
    validation: float
    hyperparameters: Mapping[str, Value]


@dataclass(frozen=True, kw_only=True)
class Course:
    """How the best validation score of a study rose over its search.

    Attributes:
        results: The study.
        steps: Each new best trial, in the order of time.
        ends: Seconds of search at which each trial was over, rising.
    """

    results: StudyResults
    steps: tuple[Step, ...]
    ends: tuple[float, ...]

    @property
    def seconds(self) -> float:
        """Seconds of the whole search so far."""
        return self.ends[-1] if self.ends else 0.0

    def trials_after(self, seconds: float) -> int:
        """Number of trials that were over after some seconds of search."""
        return bisect_right(self.ends, seconds)

    def is_over_after(self, seconds: float) -> bool:
        """Whether the search tried nothing after some seconds, and never will."""
        return self.seconds <= seconds and not self.results.is_searching

    def after(self, seconds: float) -> Step | None:
        """The best trial after some seconds of search; None if none had finished."""
        place = bisect_right([step.seconds for step in self.steps], seconds)
        return self.steps[place - 1] if place else None


def course(results: StudyResults) -> Course:
    """The course of a study's search.

    A trial counts from its end on. With folds, a candidate counts when all its folds
    are over.
    """
    over = sorted(
        (trial for trial in results.trials if trial.state.is_over),
        key=lambda trial: (end_of(trial), trial.number),
    )
    clock = SearchClock(over)
    ends = tuple(clock.at(end_of(trial)) for trial in over)
    return Course(results=results, steps=tuple(_steps(results, over, ends)), ends=ends)


def courses(board: Board) -> list[Course]:
    """The courses of all studies of a board that have a finished trial.

    A board of repeats has none: its searches are on boards of their own.
    """
    if board.repeats:
        return []
    shown = (results for results in board.results if not results.replaced_by)
    return [c for c in map(course, shown) if c.steps]


def standing(board: Board, seconds: float) -> list[Course]:
    """The searches of a board, sorted by their best score after some seconds."""
    better = board.task_type.objective.better

    def key(each: Course) -> float:
        step = each.after(seconds)
        return math.inf if step is None else -better(step.validation)

    return sorted(courses(board), key=key)


def times(shown: Sequence[Course]) -> list[float]:
    """Round numbers of seconds at which a table may compare searches.

    The first is one by which some search had a result, the last is less than the
    longest search.
    """
    if not shown:
        return []
    first = min(each.steps[0].seconds for each in shown)
    last = max(each.seconds for each in shown)
    return [float(t) for t in _TIMES if first <= t < last][-_COLUMNS:]


def validates_alike(board: Board) -> bool:
    """Whether the searches of a board were validated on the same images."""
    divisions = {
        (s.task.fingerprint, s.spec.folds, s.spec.images, s.spec.part_rungs)
        for s in (r.study for r in board.results if not r.replaced_by)
    }
    return len(divisions) == 1


def mixes_budgets(board: Board) -> bool:
    """Whether rows of a board were searched with different budgets."""
    return len({row.budget for row in board.rows if row.budget}) > 1


def _steps(
    results: StudyResults, over: Sequence[TrialRecord], ends: Sequence[float]
) -> Iterator[Step]:
    spec = results.study.spec
    best = BestSoFar(spec)
    known = None
    for place, (trial, seconds) in enumerate(zip(over, ends, strict=True), start=1):
        if validation_score(trial, spec.task_type) is not None:
            best.add(trial)
        if best.trial is None or best.trial is known:
            continue
        known = best.trial
        score = validation_score(known, spec.task_type)
        assert score is not None
        yield Step(
            seconds=seconds,
            trials=place,
            number=known.number,
            validation=score,
            hyperparameters=known.proposal.hyperparameters,
        )
