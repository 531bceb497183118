"""What a study tells of itself while it runs; shown by nobody."""

from __future__ import annotations

from collections.abc import Iterable

from bench.records import EpochRecord, FinalRecord, Role, StudyRecord, TrialRecord
from bench.study.time_budget import TimeBudget
from bench.text.activity import Activity


class Progress:
    """Is told what a study does, in order, from one thread; shows nothing."""

    def prepares(self, what: str) -> None:
        """Something takes its time before the study starts."""

    def remarks(self, text: str) -> None:
        """Something is worth saying of a running study, such as that time is up."""

    def describes_data(self, line: str) -> None:
        """What matters of the images of the study that starts."""

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

    def works(self, key: int, activity: Activity | None) -> None:
        """Something other than epochs takes a training its time.

        Args:
            key: As for ``epoch_ended``.
            activity: What it is and how far; None when it has ended.
        """

    def epoch_ended(self, key: int, epoch: EpochRecord) -> None:
        """An epoch ended.

        Args:
            key: The trial's number, or the key of a final training.
            epoch: With its metrics.
        """

    def trial_ended(self, trial: TrialRecord) -> None:
        """A trial finished or failed."""

    def finals_started(self, best: TrialRecord, left: int, default_left: int) -> None:
        """The search is over, and final trainings follow.

        Args:
            best: The best trial of the search.
            left: Number of final trainings of its configuration that are left.
            default_left: Number of those of the default configuration.
        """

    def members_started(self, count: int) -> None:
        """The final trainings are over, and so many for an ensemble follow."""

    def final_started(self, key: int, role: Role, number: int) -> None:
        """A final training starts.

        Args:
            key: Identifies the training among the final trainings.
            role: Which configuration it trains.
            number: As of ``FinalRecord``.
        """

    def final_ended(self, key: int, final: FinalRecord) -> None:
        """A final training was tested."""

    def final_failed(self, key: int, role: Role, number: int, error: str) -> None:
        """A final training failed."""

    def study_ended(self) -> None:
        """Called once after ``study_started``, whatever happened between."""
