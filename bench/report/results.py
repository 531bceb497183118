"""Studies with their results, as the store holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.records import (
    FinalRecord,
    Role,
    StudyRecord,
    StudyState,
    TrialRecord,
    TrialResult,
    TrialState,
)
from bench.records.run_off import outcome
from bench.records.selection import best_trial, tested_trial, whole_trials
from bench.report.replaced import replaced
from bench.store import Store


@dataclass(frozen=True, kw_only=True)
class StudyResults:
    """A study with its trials and final trainings.

    Attributes:
        finals: Final trainings of the best configuration.
        default_finals: Final trainings of the family's default configuration; empty
            if they are left out, or if it is the best configuration.
        passed_over: Final trainings of the best configuration of the search, if the
            default one took its place; else empty.
        members: Trainings of further configurations for an ensemble.
        replaced_by: Identity of the study that has its row; empty for none.
    """

    study: StudyRecord
    trials: tuple[TrialRecord, ...]
    finals: tuple[FinalRecord, ...]
    default_finals: tuple[FinalRecord, ...] = ()
    passed_over: tuple[FinalRecord, ...] = ()
    members: tuple[FinalRecord, ...] = ()
    replaced_by: str = ""

    @property
    def compared(self) -> list[TrialRecord]:
        """Trials as the search compares them, and failed trials."""
        tried = [trial for trial in self.trials if not trial.is_left_out]
        whole = whole_trials(tried, self.study.spec)
        if self.study.spec.folds is None:
            return whole
        return whole + [trial for trial in tried if trial.is_failure]

    @property
    def configurations(self) -> list[TrialRecord]:
        """First trials of the configurations that were tried, without promotions."""
        return [
            trial
            for trial in self.trials
            if trial.proposal.parent is None and not trial.is_left_out
        ]

    @property
    def best(self) -> TrialRecord | None:
        """Best trial of the search; with folds, the best candidate as one trial.

        While a search is extended it is the one that was tested.
        """
        return tested_trial(self.study, self.trials)

    @property
    def best_so_far(self) -> TrialRecord | None:
        """Best trial, whether its configuration is tested or not."""
        return best_trial(self.trials, self.study.spec)

    @property
    def decision(self) -> str:
        """Why the default configuration took the place of the best; empty if not."""
        best = self.best_so_far
        if not self.passed_over or best is None:
            return ""
        task_type = self.study.spec.task_type
        return outcome(best.number, self.passed_over, self.finals, task_type)

    @property
    def shown_final(self) -> FinalRecord | None:
        """The first final training that did not diverge, whose outputs plots show.

        The first is shown instead of the best, which was selected by its test score.
        """
        return next((final for final in self.finals if final.error is None), None)

    @property
    def is_ranked(self) -> bool:
        """Whether the study has a row: a final training was tested."""
        return bool(self.finals) and not self.replaced_by

    @property
    def is_unfinished(self) -> bool:
        """Whether the study's command would still train something."""
        return self.study.state is not StudyState.FINISHED or not self.finals

    @property
    def is_searching(self) -> bool:
        """Whether the study's command may still try configurations."""
        is_extended = self.study.tested is not None
        is_tested = bool(self.finals) and not is_extended
        is_over = is_tested or self.study.is_ended_early
        return self.study.state is not StudyState.FINISHED and not is_over

    @property
    def finished(self) -> int:
        """Number of trials that have a result."""
        return sum(trial.state is TrialState.FINISHED for trial in self.trials)

    @property
    def failed(self) -> int:
        """Number of trials that failed; those that time left out are none."""
        return sum(trial.is_failure for trial in self.trials)

    @property
    def ended_text(self) -> str:
        """Numbers of trials by how they ended, such as ``7 finished, 0 failed``."""
        text = f"{self.finished:,} finished, {self.failed:,} failed"
        left_out = sum(trial.is_left_out for trial in self.trials)
        return f"{text}, {left_out:,} left out for lack of time" if left_out else text


def study_results(store: Store) -> list[StudyResults]:
    """All studies of a store with their trials and final trainings, oldest first."""
    studies = store.studies()
    others = replaced(studies)
    return [
        replace(results_of(store, study), replaced_by=others.get(study.id, ""))
        for study in studies
    ]


def results_of(store: Store, study: StudyRecord) -> StudyResults:
    """A study with its trials and final trainings."""
    return StudyResults(
        study=study,
        trials=tuple(store.trials(study.id)),
        finals=tuple(store.finals(study.id)),
        default_finals=tuple(store.finals(study.id, Role.DEFAULT)),
        passed_over=tuple(store.finals(study.id, Role.RUNNER_UP)),
        members=tuple(store.finals(study.id, Role.MEMBER)),
    )


def training_seconds(results: Sequence[TrialResult]) -> float | None:
    """Seconds that trials spent in training and validation.

    None if a trial lacks the times of its stages.
    """
    if not all(result.stage_seconds for result in results):
        return None
    return sum(
        result.stage_seconds[stage]
        for result in results
        for stage in ("training", "validation")
    )
