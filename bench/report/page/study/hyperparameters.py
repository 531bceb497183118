"""What the score depended on: parallel coordinates, importance, the two that matter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.records import TrialRecord, Value
from bench.report.page import charts
from bench.report.page.study.blocks import Block, Figure, Figures, Table, Text
from bench.report.page.study.importance import (
    EPOCHS,
    MIN_R2,
    MIN_TRIALS,
    Importance,
    Importances,
    importances,
)
from bench.report.page.study.subject import Subject
from bench.report.page.study.trials import chosen_trials, tip
from bench.report.page.study.varied import Varied, varied

MAX_PROFILES = 200
"""Number of trials in parallel coordinates; more lines cover each other."""


def hyperparameters(subject: Subject, over: Sequence[TrialRecord]) -> Iterator[Block]:
    """Charts of the trials that finished.

    Args:
        subject: The study.
        over: Trials that are over.
    """
    scored = [trial for trial in over if subject.score(trial) is not None]
    names = varied([trial.proposal.hyperparameters for trial in scored])
    if len(scored) < 2 or not names:
        return
    yield _parallel(subject, scored, names)
    found = _importances(subject, scored)
    if found is None:
        yield Text(
            text=f"{len(scored)} trials finished: too few to say how important each "
            f"hyperparameter is (at least {MIN_TRIALS} are needed).",
            style="note",
        )
    elif found.r2 < MIN_R2:
        yield Text(
            text="How important each hyperparameter is can't be said: a random forest "
            f"fitted to some of the {len(scored)} trials explains {found.r2:.0%} of "
            "the variance of the others.",
            style="note",
        )
    else:
        yield Figures(each=tuple(_dependence(subject, scored, names, found)))


def _parallel(
    subject: Subject, scored: Sequence[TrialRecord], names: dict[str, Varied]
) -> Figure:
    shown = chosen_trials(subject, scored, MAX_PROFILES)
    objective = subject.objective
    scores = [subject.score(trial) or 0.0 for trial in shown]
    axes = [each.axis for each in names.values()]
    axes.append(
        charts.Axis(
            label=f"Validation {objective.label}",
            scale=charts.linear(scores, bounds=objective.bounds),
        )
    )
    shades = _shades(subject, shown)
    profiles = [
        charts.Profile(
            values=[
                *(
                    each.place(trial.proposal.hyperparameters)
                    for each in names.values()
                ),
                score,
            ],
            style=shade,
            tip=tip(subject, trial),
        )
        for trial, score, shade in zip(shown, scores, shades, strict=True)
    ]
    some = (
        ""
        if len(shown) == len(scored)
        else (f" {len(shown)} of {len(scored)} trials are drawn, from all ranks.")
    )
    return Figure(
        question="Which values did good trials have?",
        caption=(
            "Each line is a trial that finished, the darker (in dark mode the lighter) "
            "the better; at the left end of an axis it does not have that "
            f"hyperparameter.{some} The numbers are in the table of trials below."
        ),
        drawing=charts.parallel(
            charts.Described(
                title="Hyperparameters and scores of the trials",
                text=f"{len(shown)} trials over {len(names)} hyperparameters.",
            ),
            axes,
            profiles,
        ),
        is_wide=True,
    )


def _shades(subject: Subject, ranked: Sequence[TrialRecord]) -> list[str]:
    """Colours by rank, from the worst to the best trial."""
    return [charts.shade((n + 0.5) / len(ranked)) for n in range(len(ranked))]


def _importances(subject: Subject, scored: Sequence[TrialRecord]) -> Importances | None:
    return importances(
        [trial.proposal.hyperparameters for trial in scored],
        [0 if trial.result is None else trial.result.epochs for trial in scored],
        [subject.score(trial) or 0.0 for trial in scored],
    )


def _dependence(
    subject: Subject,
    scored: Sequence[TrialRecord],
    names: dict[str, Varied],
    found: Importances,
) -> Iterator[Figure]:
    yield _importance_figure(subject, scored, found)
    matter = [i for i in found.each if i.name != EPOCHS and i.low > 0]
    if len(matter) >= 2:
        yield _pair(subject, scored, names, matter[:2])


def _importance_figure(
    subject: Subject, scored: Sequence[TrialRecord], found: Importances
) -> Figure:
    texts = [f"{i.mean:.2f} ({i.low:.2f} to {i.high:.2f})" for i in found.each]
    bars = [
        charts.Bar(name=i.name, text=text, value=i.mean, low=i.low, high=i.high)
        for i, text in zip(found.each, texts, strict=True)
    ]
    return Figure(
        question="Which hyperparameters mattered?",
        caption=(
            "By how much permuting its values worsens the prediction of a trial's rank "
            "by a random forest, as a share of the variance; the line is the middle "
            f"90% over samples of the {len(scored)} trials. The forest explains "
            f"{found.r2:.0%} of the variance of trials that it has not seen."
        ),
        drawing=charts.bars(
            charts.Described(
                title="Importance of the hyperparameters",
                text=f"The most important one is {found.each[0].name}.",
            ),
            bars,
        ),
        numbers=Table(
            caption="Numbers",
            columns=("Hyperparameter", "Importance (middle 90%)"),
            rows=[(i.name, t) for i, t in zip(found.each, texts, strict=True)],
            numbers=frozenset((1,)),
            is_folded=True,
        ),
    )


def _pair(
    subject: Subject,
    scored: Sequence[TrialRecord],
    names: dict[str, Varied],
    matter: Sequence[Importance],
) -> Figure:
    x, y = (names[each.name] for each in matter)
    ranked = chosen_trials(subject, scored, MAX_PROFILES)
    shades = _shades(subject, ranked)
    area = charts.Area(x=x.axis.scale, y=y.axis.scale)
    dots: list[tuple[Value, Value, str, str]] = []
    for trial, shade in zip(ranked, shades, strict=True):
        left, right = (v.place(trial.proposal.hyperparameters) for v in (x, y))
        if left is not None and right is not None:
            dots.append((left, right, f"shaded {shade}", tip(subject, trial)))
    return Figure(
        question=f"How do {x.name} and {y.name} go together?",
        caption=(
            "The two most important hyperparameters; each dot is a trial, the darker "
            "(in dark mode the lighter) the better."
        ),
        drawing=charts.frame(
            charts.Described(
                title=f"{x.name} and {y.name} of the trials",
                text=f"{len(dots)} trials that have both.",
            ),
            x.axis,
            y.axis,
            charts.dots(area, dots, radius=5),
        ),
    )
