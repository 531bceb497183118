"""Charts of the importance of hyperparameters, and of the two most important ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup

from bench.records import TrialRecord
from bench.report.page import charts
from bench.report.page.blocks import Figure, bar_numbers
from bench.report.page.study.importance import Importance, Importances
from bench.report.page.study.subject import Subject
from bench.report.page.study.trials import tip
from bench.report.page.study.varied import Varied


def dependence(
    subject: Subject,
    ranked: Sequence[TrialRecord],
    names: Mapping[str, Varied],
    found: Importances,
    condition: str,
) -> Iterator[Figure]:
    """The importances, and how the two most important ones go together.

    Args:
        subject: The study.
        ranked: Trials that finished, from the worst to the best.
        names: Hyperparameters that varied.
        found: Their importances.
        condition: When trials were compared, in brackets; empty for whole trials.
    """
    yield _importance_figure(found, condition)
    if len(found.each) >= 2:
        x, y = (names[importance.name] for importance in found.each[:2])
        yield Figure(
            question=f"How do {x.name} and {y.name} go together?",
            caption=(
                "The two most important hyperparameters; each dot is a trial, the "
                "darker (in dark mode the lighter) the better. The numbers are in the "
                "table of trials below."
            ),
            drawing=_pair(subject, ranked, x, y),
        )


def _importance_figure(found: Importances, condition: str) -> Figure:
    is_clear = any(i.low > 0 for i in found.each)
    unclear = "" if is_clear else " None is above zero in nearly all samples."
    bars = [_bar(importance) for importance in found.each]
    return Figure(
        question="Which hyperparameters mattered?",
        caption=(
            f"How much worse random forests predict the rank of a trial{condition} "
            "once the values of the hyperparameter are permuted, as a share of the "
            "variance; the black line is the middle 90% over samples of trials. The "
            f"forests explain {found.r2:.0%} of the variance of trials that they have "
            f"not seen.{unclear}"
        ),
        drawing=charts.bars(
            charts.Described(
                title="Importance of the hyperparameters",
                text=f"The most important one is {found.each[0].name}.",
            ),
            bars,
        ),
        numbers=bar_numbers(bars, "Hyperparameter", "Importance (middle 90%)"),
    )


def _bar(importance: Importance) -> charts.Bar:
    mean, low, high = importance.mean, importance.low, importance.high
    return charts.Bar(
        name=importance.name,
        text=f"{_two(mean)} ({_two(low)} to {_two(high)})",
        value=mean,
        low=low,
        high=high,
    )


def _pair(
    subject: Subject, ranked: Sequence[TrialRecord], x: Varied, y: Varied
) -> Markup:
    dots = []
    for n, trial in enumerate(ranked):
        across, up = (v.place(trial.proposal.hyperparameters) for v in (x, y))
        if across is not None and up is not None:
            shade = charts.shade((n + 0.5) / len(ranked))
            dots.append((across, up, f"shaded {shade}", tip(subject, trial)))
    return charts.frame(
        charts.Described(
            title=f"{x.name} and {y.name} of the trials",
            text=f"{len(dots)} trials that have both.",
        ),
        x.axis,
        y.axis,
        charts.dots(charts.Area(x=x.axis.scale, y=y.axis.scale), dots, radius=5),
    )


def _two(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}"
