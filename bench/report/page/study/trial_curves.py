"""Learning curves of all trials of a search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bench.records import TrialRecord
from bench.records.wording import counted
from bench.report.curves import Curve, spans_decades
from bench.report.page import charts
from bench.report.page.blocks import Figure
from bench.report.page.study.subject import Searched
from bench.report.page.study.trials import chosen_trials

MAX_CURVES = 150
"""Number of learning curves that are drawn; more can't be told apart."""

_POINTS = 60
"""Number of points of a curve; a longer one is thinned."""


def trial_curves(
    subject: Searched,
    over: Sequence[TrialRecord],
    running: Sequence[TrialRecord] = (),
) -> Iterator[Figure]:
    """Learning curves of the trials, that of the best on top of the others.

    Args:
        subject: The study.
        over: Its trials that are over.
        running: Trials that train now.
    """
    chosen = [*chosen_trials(subject, over, MAX_CURVES), *running]
    now = {trial.number for trial in running}
    metric = subject.spec.task_type.validated
    lines: list[tuple[list[tuple[float, float]], str]] = []
    for trial in chosen:
        curve = subject.curve(trial)
        points = [] if curve is None else _thinned(curve, metric)
        is_best = subject.best is not None and trial.number == subject.best.number
        style = "second" if trial.number in now else "best" if is_best else "other"
        lines.append((points, style))
    points = [point for line, _ in lines for point in line]
    if not points:
        return
    objective = subject.objective
    x = charts.linear([p[0] for p in points], is_whole=True)
    values = [p[1] for p in points]
    make = charts.logarithmic if _is_loss(subject, values) else None
    y = charts.linear(values, bounds=objective.bounds) if make is None else make(values)
    left_out = len(over) + len(running) - len(chosen)
    some = f" {left_out} of {len(over)} trials are left out." if left_out else ""
    growing = " Those in orange train now." if running else ""
    log = ", logarithmic" if y.is_logarithmic else ""
    yield Figure(
        question="How did the trials learn, and where were they ended?",
        caption=(
            "Each thin line is a trial and ends where its training ended; the thick "
            f"one is the best.{growing}{some}"
        ),
        drawing=charts.frame(
            charts.Described(
                title=f"Validation {objective.label} by epoch",
                text=f"{len(lines)} learning curves of up to "
                f"{counted(round(max(p[0] for p in points)), 'epoch')}.",
            ),
            charts.Axis(label="Epoch", scale=x),
            charts.Axis(label=f"Validation {objective.label}{log}", scale=y),
            charts.lines(
                charts.Area(x=x, y=y),
                sorted(lines, key=lambda line: line[1] != "other"),
            ),
        ),
    )


def _thinned(curve: Curve, metric: str) -> list[tuple[float, float]]:
    points = [(float(epoch), value) for epoch, value in curve.points(metric)]
    if len(points) <= _POINTS:
        return points
    places = np.unique(np.linspace(0, len(points) - 1, _POINTS).round().astype(int))
    return [points[place] for place in places]


def _is_loss(subject: Searched, values: Sequence[float]) -> bool:
    return not subject.objective.higher_is_better and spans_decades(values)
