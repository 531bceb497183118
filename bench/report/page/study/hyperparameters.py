"""What the score depended on: parallel coordinates, importance, the two that matter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from bench.records import TrialRecord
from bench.report.page import charts
from bench.report.page.blocks import Block, Figure, Figures, Text
from bench.report.page.study.comparable import comparable
from bench.report.page.study.dependence import dependence
from bench.report.page.study.importance import MIN_R2, MIN_TRIALS, importances
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
    alike = comparable(subject, scored)
    values = [trial.proposal.hyperparameters for trial in alike.trials]
    found = importances(values, alike.scores)
    if found is None:
        yield Text(
            text=f"{len(values)} configurations: too few to say how important each "
            f"hyperparameter is (at least {MIN_TRIALS} are needed).",
            style="note",
        )
    elif found.r2 < MIN_R2:
        yield Text(
            text="How important each hyperparameter is can't be said: random forests "
            f"fitted to samples of the {len(values)} trials explain "
            f"{max(0.0, found.r2):.0%} of the variance of the others.",
            style="note",
        )
    else:
        ranked = chosen_trials(subject, alike.trials, MAX_PROFILES)
        yield Figures(
            each=tuple(dependence(subject, ranked, names, found, alike.condition))
        )


def _parallel(
    subject: Subject, scored: Sequence[TrialRecord], names: dict[str, Varied]
) -> Figure:
    shown = chosen_trials(subject, scored, MAX_PROFILES)
    some = (
        ""
        if len(shown) == len(scored)
        else f" {len(shown)} of {len(scored)} trials are drawn, from all ranks."
    )
    return Figure(
        question="Which values did good trials have?",
        caption=(
            "Each line is a trial that finished, the darker (in dark mode the lighter) "
            "the better; at the left end of an axis it does not have that "
            f"hyperparameter.{some} The numbers are in the table of trials below."
        ),
        drawing=_coordinates(subject, shown, list(names.values())),
        is_wide=True,
    )


def _coordinates(
    subject: Subject, shown: Sequence[TrialRecord], names: Sequence[Varied]
) -> Markup:
    objective = subject.objective
    scores = [subject.score(trial) or 0.0 for trial in shown]
    scale = charts.linear(scores, bounds=objective.bounds)
    axes = [each.axis for each in names]
    axes.append(charts.Axis(label=f"Validation {objective.label}", scale=scale))
    profiles = [
        charts.Profile(
            values=[*(v.place(trial.proposal.hyperparameters) for v in names), score],
            style=charts.shade((n + 0.5) / len(shown)),
            tip=tip(subject, trial),
        )
        for n, (trial, score) in enumerate(zip(shown, scores, strict=True))
    ]
    described = charts.Described(
        title="Hyperparameters and scores of the trials",
        text=f"{len(shown)} trials over {len(names)} hyperparameters.",
    )
    return charts.parallel(described, axes, profiles)
