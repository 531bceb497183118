"""Trials of one fidelity, by which hyperparameters can be compared.

A schedule, Hyperband and early stopping train good trials for longer, so that the
number of epochs is a consequence of the score, and so is the part of the images. After
the epochs that all trials on as many images have trained, their scores differ by their
hyperparameters alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.records import TrialRecord
from bench.records.wording import counted, part_of_images
from bench.report.page.study.subject import Subject


@dataclass(frozen=True, kw_only=True)
class Comparable:
    """Trials and their scores.

    Attributes:
        trials: One for each configuration.
        scores: Of each; higher is better.
        epochs: After which the scores were taken; None for scores of whole trials.
    """

    trials: Sequence[TrialRecord]
    scores: Sequence[float]
    epochs: int | None

    @property
    def condition(self) -> str:
        """When and where the scores were taken, in words; empty for whole trials."""
        part = part_of_images(self.trials[0].proposal.image_share if self.trials else 1)
        if self.epochs is None:
            return f" ({part.strip()})" if part else ""
        return f" (after {counted(self.epochs, 'epoch')}{part}, which all trained)"


def comparable(subject: Subject, scored: Sequence[TrialRecord]) -> Comparable:
    """The trials that finished, by their scores at one fidelity."""
    better, first = subject.objective.better, _on_one_part(_firsts(scored))
    if subject.spec.schedule is None and len({t.proposal.epochs for t in scored}) == 1:
        scores = [better(subject.score(trial) or 0.0) for trial in first]
        return Comparable(trials=first, scores=scores, epochs=None)
    epochs = min(t.result.epochs for t in first if t.result is not None)
    found = {t.number: _score(subject, t, epochs) for t in first}
    known = {number: score for number, score in found.items() if score is not None}
    return Comparable(
        trials=[trial for trial in first if trial.number in known],
        scores=list(known.values()),
        epochs=epochs,
    )


def _firsts(scored: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Trials that continue no other of these."""
    numbers = {trial.number for trial in scored}
    return [trial for trial in scored if trial.proposal.parent not in numbers]


def _on_one_part(trials: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Trials on as many images as most of them, or on more where two are as frequent.

    Brackets begin on different parts of the images.
    """
    counts = Counter(trial.proposal.image_share for trial in trials)
    share = max(counts, key=lambda share: (counts[share], share), default=1.0)
    return [trial for trial in trials if trial.proposal.image_share == share]


def _score(subject: Subject, trial: TrialRecord, epochs: int) -> float | None:
    """The best score of a trial within its first epochs."""
    curve = subject.curve(trial)
    points = [] if curve is None else curve.points(subject.spec.task_type.validated)
    within = [subject.objective.better(v) for epoch, v in points if epoch <= epochs]
    return max(within, default=None)
