"""Where the time of a study went, stage by stage."""

from __future__ import annotations

from bench.records import STAGES
from bench.records.durations import duration
from bench.report.page import charts
from bench.report.page.blocks import Figure, bar_numbers
from bench.report.page.study.subject import Subject

_LEAST = 0.05
"""Seconds below which a stage is left out."""

_MEANING = {
    "build": "building models",
    "features": "features of frozen networks",
    "tracing": "compiling epochs",
    "training": "training",
    "validation": "validation",
    "other": "other parts of trials",
    "idle": "workers waiting for a trial",
}


def spending_figure(subject: Subject) -> Figure:
    """Seconds of all stages, and of the final trainings, as bars."""
    spent = _spent(subject)
    total = sum(seconds for _, seconds, _ in spent) or 1.0
    bars = [
        charts.Bar(
            name=name,
            text=f"{duration(seconds)} ({seconds / total:.0%})",
            value=seconds,
            style=style,
        )
        for name, seconds, style in spent
    ]
    most = max(bars, key=lambda bar: bar.value).name if bars else "nothing"
    return Figure(
        question="Where did the time go?",
        caption="Seconds of wall clock, summed over all workers.",
        drawing=charts.bars(
            charts.Described(
                title="Time by stage",
                text=f"{duration(total)} of workers in all, most of it for {most}.",
            ),
            bars,
        ),
        numbers=bar_numbers(bars, "Stage", "Time (share)"),
    )


def _spent(subject: Subject) -> list[tuple[str, float, str]]:
    """Names, seconds and styles of what took time."""
    results = subject.results
    done = [trial.result for trial in results.trials if trial.result is not None]
    spent = [
        (_MEANING[stage], sum(r.stage_seconds.get(stage, 0.0) for r in done), "column")
        for stage in STAGES
    ]
    for name, finals, style in (
        ("final trainings", results.finals, "final"),
        ("trainings of the default", results.default_finals, "default"),
    ):
        spent.append((name, sum(final.seconds for final in finals), style))
    return [each for each in spent if each[1] >= _LEAST]
