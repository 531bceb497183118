"""How far a study is: which one runs, what is done, what is left."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bench.records import StudyRecord, StudyState, TrialRecord
from bench.records.durations import duration
from bench.records.wording import counted, part_of_images
from bench.report.curves import final_curves
from bench.report.page.study.subject import Searched
from bench.report.results import results_of
from bench.report.search_clock import end_of
from bench.store import RECORD, Store, model_folder


class Phase(StrEnum):
    """What a study does now, as its page says it where nothing more is known."""

    SEARCH = "Searching"
    FINALS = "The search is over; final trainings"
    INTERRUPTED = "Interrupted: the same command, given again, continues it"
    FINISHED = "Finished"
    FAILED = "Failed"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far a study is.

    Attributes:
        subject: The study.
        phase: What it does now.
        is_end_asked: Whether somebody asked for the end of its search.
    """

    subject: Searched
    phase: Phase
    is_end_asked: bool

    @property
    def trials(self) -> int:
        """Number of configurations that the search may try."""
        study = self.subject.study
        return study.most_trials * (study.spec.folds or 1)

    @property
    def tried(self) -> int:
        """Number of configurations that were tried."""
        every = self.subject.results.trials
        return sum(t.state.is_over for t in every if t.proposal.parent is None)

    @property
    def done(self) -> int:
        """How far the bar of progress is."""
        return self.tried if self.phase is Phase.SEARCH else self._tested

    @property
    def total(self) -> int:
        """Where the bar of progress ends."""
        spec = self.subject.spec
        return self.trials if self.phase is Phase.SEARCH else spec.seeds

    @property
    def counted(self) -> str:
        """What the bar of progress counts."""
        if self.phase is Phase.SEARCH:
            return "Configurations that were tried"
        return "Seeds that were tested"

    @property
    def running(self) -> list[TrialRecord]:
        """Trials that train now."""
        if self.phase is not Phase.SEARCH:
            return []
        return [t for t in self.subject.results.trials if not t.state.is_over]

    @property
    def can_end(self) -> bool:
        """Whether the end of the search may be asked for."""
        return self.phase is Phase.SEARCH and not self.is_end_asked

    def facts(self) -> Iterator[tuple[str, str]]:
        """What is done, what is best, and what is left."""
        study = self.subject.study
        yield "Now", self._now
        of = "" if study.spec.ends_by_time else f" of {self.trials:,}"
        yield "Configurations", f"{self.tried:,}{of}"
        if self.running:
            yield "Trials that train", "; ".join(map(self._trial, self.running))
        if trained := self._finals:
            yield "Seeds that train", "; ".join(trained)
        if (best := self.subject.results.best_so_far) is not None:
            metric = self.subject.objective.label
            yield (
                f"Best validation {metric} so far",
                f"{self.subject.text(best)} (trial {best.number})",
            )
        if self.phase is not Phase.SEARCH:
            yield "Seeds tested", f"{self._tested} of {study.spec.seeds}"
        yield "Time spent", duration(self._spent)
        if study.spec.budget.seconds is not None and self._is_running:
            left = max(0.0, study.spec.budget.seconds - self._spent)
            yield "Time left, final trainings included", f"about {duration(left)}"

    @property
    def _now(self) -> str:
        """What the study does now, as far as the store tells."""
        if self.phase is not Phase.FINALS or self._finals:
            return str(self.phase)
        if self._tested >= self.subject.spec.seeds:
            return (
                "The seeds are tested; the default configuration, an ensemble and "
                "references may follow"
            )
        which = "next" if self._tested else "first"
        return (
            f"The search is over; the {which} final training is prepared and trains "
            "its first epoch"
        )

    @property
    def _tested(self) -> int:
        """Number of seeds that are tested."""
        return len(self.subject.results.finals)

    @property
    def _finals(self) -> list[str]:
        """How far the final trainings are that have no result yet."""
        if self.phase is not Phase.FINALS:
            return []
        subject, best = self.subject, self.subject.best
        tested = {final.seed for final in subject.results.finals}
        most = subject.spec.budget.epochs
        if subject.spec.folds and best is not None:
            most = best.proposal.epochs
        growing = final_curves(subject.store, subject.results, are_all=True)
        return [
            f"seed {seed}: {curve.epochs[-1][0]} of up to {counted(most, 'epoch')}"
            for seed, curve in growing.items()
            if seed not in tested
        ]

    @property
    def _is_running(self) -> bool:
        return self.phase in (Phase.SEARCH, Phase.FINALS)

    @property
    def _spent(self) -> float:
        """Seconds spent; the store knows them up to the last trial that ended."""
        if not self._is_running:
            return self.subject.study.seconds
        ends = [end_of(trial) for trial in self.subject.results.trials]
        last = max(ends, default=self.subject.study.created)
        return self.subject.study.seconds + max(0.0, time.time() - last)

    def _trial(self, trial: TrialRecord) -> str:
        curve = self.subject.curve(trial)
        epochs = 0 if curve is None else curve.epochs[-1][0]
        of = counted(trial.proposal.epochs, "epoch")
        part = part_of_images(trial.proposal.image_share)
        return f"trial {trial.number}: {epochs} of {of}{part}"


def standing(
    store: Store, study: StudyRecord, *, is_written: bool, is_end_asked: bool
) -> Standing:
    """How far a study is.

    Args:
        store: Holds the study.
        study: The study.
        is_written: Whether a process writes to the store.
        is_end_asked: Whether somebody asked for the end of the search.
    """
    subject = Searched(store=store, results=results_of(store, study))
    return Standing(
        subject=subject,
        phase=_phase(subject, is_written),
        is_end_asked=is_end_asked,
    )


def _phase(subject: Searched, is_written: bool) -> Phase:
    state = subject.study.state
    if state is StudyState.FINISHED:
        return Phase.FINISHED
    if state is StudyState.FAILED:
        return Phase.FAILED
    if not is_written:
        return Phase.INTERRUPTED
    if subject.results.is_searching and not _has_begun_finals(subject):
        return Phase.SEARCH
    return Phase.FINALS


def _has_begun_finals(subject: Searched) -> bool:
    """Whether the final trainings have begun.

    They begin with the file that says what kept models are for; where that can't be
    written, their first epoch tells. A search that is extended may have both already.
    """
    results, store = subject.results, subject.store
    if subject.study.tested is not None:
        return False
    record = model_folder(store.folder, subject.study.id) / RECORD
    is_between = all(trial.state.is_over for trial in results.trials)
    is_begun = record.exists() and is_between
    return is_begun or bool(final_curves(store, results, are_all=True))


def current(store: Store, studies: Sequence[StudyRecord]) -> StudyRecord:
    """The study of which the store learned last, of those that may run."""
    unfinished = [s for s in studies if s.state is StudyState.UNFINISHED]

    def last(study: StudyRecord) -> float:
        trials = store.trials(study.id)
        return max([study.created, *(end_of(trial) for trial in trials)])

    return max(unfinished, key=last) if unfinished else studies[-1]
