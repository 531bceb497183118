"""How busy the workers of a search were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.records import TrialRecord
from bench.records.durations import duration
from bench.report.page import charts
from bench.report.page.blocks import Figure
from bench.report.page.study.course import unit_of
from bench.report.page.study.subject import Subject
from bench.report.search_clock import SearchClock, end_of


def workers_figure(subject: Subject) -> Iterator[Figure]:
    """The trials of each worker over the time of the search, if any is over."""
    trials = [t for t in subject.results.trials if t.ended is not None and t.result]
    if not trials:
        return
    clock, lanes = SearchClock(trials), _lanes(trials)
    unit, length = unit_of(clock.seconds)
    count = 1 + max(lane for lane, _ in lanes)
    share = sum(map(_seconds, trials)) / ((count * clock.seconds) or 1.0)
    busy = f"busy for {min(share, 1):.0%} of the search"
    yield Figure(
        question="How busy were the workers?",
        caption=(
            f"Each bar is a trial, red if it failed. {count} trained at a time "
            f"and were {busy}, which took {duration(clock.seconds)}."
        ),
        drawing=charts.timeline(
            charts.Described(
                title="Trials of each worker over the time of the search",
                text=f"{len(trials)} trials of {count} workers, {busy}.",
            ),
            charts.Axis(
                label=f"Search time ({unit})",
                scale=charts.linear(
                    [0.0, clock.seconds / length], bounds=(0.0, float("inf"))
                ),
            ),
            [_span(lane, trial, clock, length) for lane, trial in lanes],
        ),
    )


def _span(
    lane: int, trial: TrialRecord, clock: SearchClock, length: float
) -> charts.Span:
    return charts.Span(
        lane=lane,
        start=clock.at(_start(trial)) / length,
        end=clock.at(end_of(trial)) / length,
        style=str(trial.state),
        tip=f"trial {trial.number}: {duration(_seconds(trial))}, {trial.state}",
    )


def _lanes(trials: Sequence[TrialRecord]) -> list[tuple[int, TrialRecord]]:
    """Each trial with the first lane that is free when it starts."""
    free: list[float] = []
    found = []
    for trial in sorted(trials, key=_start):
        start = _start(trial) + 1e-3  # rounding
        lane = next((n for n, end in enumerate(free) if end <= start), len(free))
        free[lane : lane + 1] = [end_of(trial)]
        found.append((lane, trial))
    return found


def _start(trial: TrialRecord) -> float:
    return max(trial.started, end_of(trial) - _seconds(trial))


def _seconds(trial: TrialRecord) -> float:
    return 0.0 if trial.result is None else trial.result.seconds
