"""Where the time of a study went, and how busy its workers were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.records import STAGES, TrialRecord
from bench.records.durations import duration
from bench.report.page import charts
from bench.report.page.study.blocks import Block, Figure, Figures, Table
from bench.report.page.study.course import unit_of
from bench.report.page.study.subject import Subject
from bench.report.search_clock import SearchClock, end_of

_MEANING = {
    "build": "building models",
    "features": "features of frozen networks",
    "tracing": "compiling epochs",
    "training": "training",
    "validation": "validation",
    "other": "other parts of trials",
    "idle": "workers waiting for a trial",
}


def spending(subject: Subject) -> Iterator[Block]:
    """Two figures, as far as the store has the times."""
    trials = [t for t in subject.results.trials if t.ended is not None and t.result]
    if not trials:
        return
    yield Figures(each=(_times(subject, trials), _workers(subject, trials)))


def _times(subject: Subject, trials: Sequence[TrialRecord]) -> Figure:
    spent = dict.fromkeys(STAGES, 0.0)
    for trial in trials:
        for stage, seconds in (
            trial.result.stage_seconds if trial.result else {}
        ).items():
            spent[stage] = spent.get(stage, 0.0) + seconds
    named = [(_MEANING.get(s, s), seconds, "column") for s, seconds in spent.items()]
    finals = _final_seconds(subject)
    named += [
        ("final trainings", finals[0], "final"),
        ("default configuration", finals[1], "default"),
    ]
    named = [(name, seconds, style) for name, seconds, style in named if seconds > 0]
    total = sum(seconds for _, seconds, _ in named) or 1.0
    texts = [f"{duration(seconds)} ({seconds / total:.0%})" for _, seconds, _ in named]
    return Figure(
        question="Where did the time go?",
        caption="Seconds of wall clock, summed over all workers.",
        drawing=charts.bars(
            charts.Described(
                title="Time by stage",
                text=f"{duration(total)} of workers in all; most of it for "
                f"{max(named, key=lambda n: n[1])[0] if named else 'nothing'}.",
            ),
            [
                charts.Bar(name=name, text=text, value=seconds, style=style)
                for (name, seconds, style), text in zip(named, texts, strict=True)
            ],
        ),
        numbers=Table(
            caption="Numbers",
            columns=("Stage", "Time (share)"),
            rows=[(n[0], text) for n, text in zip(named, texts, strict=True)],
            numbers=frozenset((1,)),
            is_folded=True,
        ),
    )


def _final_seconds(subject: Subject) -> tuple[float, float]:
    finals, defaults = subject.results.finals, subject.results.default_finals
    return sum(f.seconds for f in finals), sum(f.seconds for f in defaults)


def _workers(subject: Subject, trials: Sequence[TrialRecord]) -> Figure:
    clock = SearchClock(trials)
    unit, length = unit_of(clock.seconds)
    lanes = _lanes(trials)
    spans = [
        charts.Span(
            lane=lane,
            start=clock.at(_start(trial)) / length,
            end=clock.at(end_of(trial)) / length,
            style=str(trial.state),
            tip=f"trial {trial.number}: {duration(_seconds(trial))}, {trial.state}",
        )
        for lane, trial in lanes
    ]
    count = 1 + max(lane for lane, _ in lanes)
    busy = sum(_seconds(trial) for trial in trials) / (count * clock.seconds or 1.0)
    x = charts.linear([0.0, clock.seconds / length], bounds=(0.0, float("inf")))
    return Figure(
        question="How busy were the workers?",
        caption=(
            f"Each bar is a trial, red if it failed. {count} trained at a time; they "
            f"were busy for {min(busy, 1):.0%} of the search, which took "
            f"{duration(clock.seconds)}."
        ),
        drawing=charts.timeline(
            charts.Described(
                title="Trials of each worker over the time of the search",
                text=f"{len(trials)} trials of {count} workers, busy for {min(busy, 1):.0%}.",
            ),
            charts.Axis(label=f"Search time ({unit})", scale=x),
            spans,
        ),
    )


def _lanes(trials: Sequence[TrialRecord]) -> list[tuple[int, TrialRecord]]:
    """Each trial with the first lane that is free when it starts."""
    free: list[float] = []
    found = []
    for trial in sorted(trials, key=_start):
        start = _start(trial) + 1e-3
        lane = next((n for n, end in enumerate(free) if end <= start), len(free))
        free[lane : lane + 1] = [end_of(trial)]
        found.append((lane, trial))
    return found


def _start(trial: TrialRecord) -> float:
    return max(trial.started, end_of(trial) - _seconds(trial))


def _seconds(trial: TrialRecord) -> float:
    return 0.0 if trial.result is None else trial.result.seconds
