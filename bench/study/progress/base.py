"""What a study tells of itself while it runs; shown by nobody."""

from __future__ import annotations

from collections.abc import Iterable

from bench.records import EpochRecord, FinalRecord, StudyRecord, TrialRecord
from bench.study.time_budget import TimeBudget


class Progress:
    """Is told what a study does, in order, from one thread; shows nothing."""

    def prepares(self, what: str) -> None:
        """Something takes its time before the study starts."""

    def already_finished(self, study: StudyRecord) -> None:
        """The store holds a finished study, so that nothing is trained."""

    def study_started(
        self,
        study: StudyRecord,
        trials: Iterable[TrialRecord],
        time_budget: TimeBudget,
    ) -> None:
        """A study starts or goes on.

        Args:
            study: As stored.
            trials: That ended before the study was interrupted.
            time_budget: Of the study.
        """

    def trial_started(self, trial: TrialRecord) -> None:
        """A trial starts."""

    def epoch_ended(self, key: int, epoch: EpochRecord) -> None:
        """An epoch ended.

        Args:
            key: The trial's number, or the seed of a final training.
            epoch: With its metrics.
        """

    def trial_ended(self, trial: TrialRecord) -> None:
        """A trial finished or failed."""

    def finals_started(self, best: TrialRecord, left: int) -> None:
        """The search is over; ``left`` final trainings of its best trial follow."""

    def final_started(self, seed: int) -> None:
        """A final training starts."""

    def final_ended(self, final: FinalRecord) -> None:
        """A final training was tested."""

    def study_ended(self) -> None:
        """Called once after ``study_started``, whatever happened between."""
