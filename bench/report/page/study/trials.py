"""The trials of a search: which are shown, their tooltips and their table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bench.records import TrialRecord
from bench.records.wording import counted, part_of_images
from bench.report import cells
from bench.report.page.blocks import Table
from bench.report.page.study.subject import Searched

_PRINTED = 5
"""Number of hyperparameters whose columns fit on paper."""


def chosen_trials(
    subject: Searched, over: Sequence[TrialRecord], count: int
) -> list[TrialRecord]:
    """At most ``count`` trials from the worst to the best, spread over all ranks."""
    better = subject.objective.better
    ranked = sorted(
        over,
        key=lambda t: float("-inf") if (s := subject.score(t)) is None else better(s),
    )
    if len(ranked) <= count:
        return ranked
    places = np.unique(np.linspace(0, len(ranked) - 1, count).round().astype(int))
    return [ranked[place] for place in places]


def tip(subject: Searched, trial: TrialRecord) -> str:
    """Number, score and hyperparameters of a trial."""
    values = cells.hyperparameters(trial.proposal.hyperparameters)
    return f"trial {trial.number}: {subject.text(trial)}; {values}"


def trials_tables(subject: Searched, over: Sequence[TrialRecord]) -> Iterator[Table]:
    """Tables of all trials that are over, one for each part of the images.

    Args:
        subject: The study.
        over: These trials.
    """
    shares = sorted({t.proposal.image_share for t in over}, reverse=True)
    for share in shares:
        own = [trial for trial in over if trial.proposal.image_share == share]
        images = part_of_images(share)
        if len(shares) == 1:
            yield _table(subject, own, f"All {len(own)} trials{images}, the best first")
        else:
            images = images or " on all images"
            yield _table(
                subject, own, f"{counted(len(own), 'trial')}{images}, the best first"
            )


def _table(subject: Searched, over: Sequence[TrialRecord], caption: str) -> Table:
    """Trials that are over, the best first."""
    names = sorted({n for trial in over for n in trial.proposal.hyperparameters})
    best = None if subject.best is None else subject.best.number
    order = list(reversed(chosen_trials(subject, over, len(over))))
    rows = [
        (
            str(trial.number),
            subject.text(trial),
            "–" if trial.result is None else str(trial.result.epochs),
            "–" if trial.result is None else f"{trial.result.seconds:.1f}",
            *(
                cells.setting(trial.proposal.hyperparameters[name])
                if name in trial.proposal.hyperparameters
                else ""
                for name in names
            ),
        )
        for trial in order
    ]
    return Table(
        caption=caption,
        columns=(
            "Trial",
            f"Validation {subject.objective.label}",
            "Epochs",
            "s",
            *names,
        ),
        rows=rows,
        numbers=frozenset((0, 1, 2, 3)),
        marked=frozenset(n for n, t in enumerate(order) if t.number == best),
        is_folded=True,
        is_wide=len(names) > _PRINTED,
    )
