"""The score of every trial over the time of the search, and the best so far."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from markupsafe import Markup

from bench.records import TrialRecord
from bench.report.page import charts
from bench.report.page.blocks import Figure
from bench.report.page.study.subject import Searched
from bench.report.search_clock import SearchClock, end_of


def course(subject: Searched, over: Sequence[TrialRecord]) -> Figure:
    """When which score was reached; ``over`` is sorted by the end of the trials."""
    objective, clock = subject.objective, SearchClock(subject.results.trials)
    unit, length = unit_of(clock.seconds)
    ended = [(clock.at(end_of(trial)) / length, trial) for trial in over]
    failed = sum(subject.score(trial) is None for trial in over)
    lost = f" {failed} failed (× at the bottom)." if failed else ""
    return Figure(
        question="When was the best configuration found?",
        caption=(
            f"Each dot is a trial, the line the best validation {objective.label} so "
            f"far.{lost} The numbers are in the table of trials below."
        ),
        drawing=_drawing(subject, ended, f"Search time ({unit})"),
    )


def _drawing(
    subject: Searched, ended: Sequence[tuple[float, TrialRecord]], time: str
) -> Markup:
    """Draw trials at the times when they ended."""
    objective = subject.objective
    known, failed = [], []
    for seconds, trial in ended:
        score, tip = (
            subject.score(trial),
            f"trial {trial.number}: {subject.text(trial)}",
        )
        if score is None:
            failed.append((seconds, tip))
        else:
            known.append((seconds, score, "quiet", tip))
    end = ended[-1][0]
    best = _steps([dot[:2] for dot in known], objective.higher_is_better, end)
    reached = objective.text(best[-1][1]) if best else "none"
    x = charts.linear([0.0, end], bounds=(0.0, float("inf")))
    y = charts.linear([dot[1] for dot in known], bounds=objective.bounds)
    area = charts.Area(x=x, y=y)
    return charts.frame(
        charts.Described(
            title=f"Validation {objective.label} over the time of the search",
            text=f"{len(ended)} trials; the best so far reaches {reached}.",
        ),
        charts.Axis(label=time, scale=x),
        charts.Axis(label=f"Validation {objective.label}", scale=y),
        charts.line(area, best, "best"),
        charts.dots(area, known),
        charts.crosses(area, failed),
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
