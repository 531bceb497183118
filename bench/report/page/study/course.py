"""The score of every trial over the time of the search, and the best so far."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from bench.records import TrialRecord
from bench.report.page import charts
from bench.report.page.study.blocks import Figure
from bench.report.page.study.subject import Subject
from bench.report.search_clock import SearchClock, end_of


def course(subject: Subject, over: Sequence[TrialRecord]) -> Figure:
    """When which score was reached; ``over`` is sorted by the end of the trials."""
    objective, clock = subject.objective, SearchClock(subject.results.trials)
    unit, length = unit_of(clock.seconds)
    seconds = [clock.at(end_of(trial)) / length for trial in over]
    scores = [subject.score(trial) for trial in over]
    known = [(s, v) for s, v in zip(seconds, scores, strict=True) if v is not None]
    bounds = objective.bounds
    x = charts.linear([0.0, *seconds], bounds=(0.0, float("inf")))
    y = charts.linear([v for _, v in known], bounds=bounds)
    area = charts.Area(x=x, y=y)
    best = _steps(known, objective.higher_is_better, seconds[-1])
    marks = [
        charts.line(area, best, "best"),
        charts.dots(
            area,
            [
                (s, v, "quiet", _tip(subject, trial))
                for s, v, trial in zip(seconds, scores, over, strict=True)
                if v is not None
            ],
        ),
        charts.crosses(
            area,
            [
                (s, _tip(subject, trial))
                for s, v, trial in zip(seconds, scores, over, strict=True)
                if v is None
            ],
        ),
    ]
    failed = len(scores) - len(known)
    lost = f" {failed} failed (× at the bottom)." if failed else ""
    reached = objective.text(best[-1][1]) if best else "none"
    return Figure(
        question="When was the best configuration found?",
        caption=(
            f"Each dot is a trial, the line the best validation {objective.label} so "
            f"far.{lost} The numbers are in the table of trials below."
        ),
        drawing=charts.frame(
            charts.Described(
                title=f"Validation {objective.label} over the time of the search",
                text=f"{len(over)} trials; the best so far reaches {reached}.",
            ),
            charts.Axis(label=f"Search time ({unit})", scale=x),
            charts.Axis(label=f"Validation {objective.label}", scale=y),
            *marks,
        ),
    )


def _steps(
    known: Sequence[tuple[float, float]], higher: bool, end: float
) -> list[tuple[float, float]]:
    """Corners of the line of the best so far."""
    best = list(accumulate((v for _, v in known), max if higher else min))
    corners: list[tuple[float, float]] = []
    for (seconds, _), value in zip(known, best, strict=True):
        if corners and value != corners[-1][1]:
            corners.append((seconds, corners[-1][1]))
        if not corners or value != corners[-1][1]:
            corners.append((seconds, value))
    return [*corners, (end, corners[-1][1])] if corners else []


def unit_of(seconds: float) -> tuple[str, float]:
    """Unit of an axis that ends after some seconds, and the unit's length."""
    for unit, length in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 3 * length:
            return unit, length
    return "s", 1.0


def _tip(subject: Subject, trial: TrialRecord) -> str:
    """Short, since there may be thousands of dots."""
    return f"trial {trial.number}: {subject.text(trial)}"
