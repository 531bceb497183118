"""How far a study is: which one runs, what is done, what is left."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bench.records import Role, StudyRecord, StudyState, TrialRecord
from bench.records.durations import duration
from bench.records.wording import counted
from bench.report.page.study.subject import Searched
from bench.report.results import results_of
from bench.report.search_clock import end_of
from bench.store import Store


class Phase(StrEnum):
    """What a study does now, as its page says it."""

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
        spec = self.subject.spec
        return spec.budget.trials * (spec.folds or 1)

    @property
    def tried(self) -> int:
        """Number of configurations that were tried."""
        return sum(t.state.is_over for t in self.subject.results.configurations)

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
        study, results = self.subject.study, self.subject.results
        yield "Now", str(self.phase)
        yield "Configurations", f"{self.tried:,} of {self.trials:,}"
        if self.running:
            yield "Trials that train", "; ".join(map(self._trial, self.running))
        if (best := self.subject.best) is not None:
            metric = self.subject.objective.label
            yield (
                f"Best validation {metric} so far",
                f"{self.subject.text(best)} (trial {best.number})",
            )
        if self.phase is not Phase.SEARCH:
            yield "Seeds tested", f"{len(results.finals)} of {study.spec.seeds}"
        yield "Time spent", duration(self._spent)
        if study.spec.budget.seconds is not None and self._is_running:
            left = max(0.0, study.spec.budget.seconds - self._spent)
            yield "Time left, final trainings included", f"about {duration(left)}"

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
        return f"trial {trial.number}: {epochs} of {of}"


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
    if subject.results.is_searching and not _trains_finals(subject):
        return Phase.SEARCH
    return Phase.FINALS


def _trains_finals(subject: Searched) -> bool:
    """Whether the first final training has begun."""
    spec = subject.spec
    seeds = range(spec.seed, spec.seed + spec.seeds)
    store, study = subject.store, subject.study.id
    return any(store.epochs(study, Role.FINAL, seed) for seed in seeds)


def current(store: Store, studies: Sequence[StudyRecord]) -> StudyRecord:
    """The study of which the store learned last, of those that may run."""
    unfinished = [s for s in studies if s.state is StudyState.UNFINISHED]

    def last(study: StudyRecord) -> float:
        trials = store.trials(study.id)
        return max([study.created, *(end_of(trial) for trial in trials)])

    return max(unfinished, key=last) if unfinished else studies[-1]
