"""One sitting of a study: what its search and its final trainings share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.records import TrialRecord
from bench.store import Store
from bench.study.prepare import Plan, TrialExecutor
from bench.study.progress import Display
from bench.study.time_budget import BudgetClock
from bench.training.trial import TrialRequest


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """From the start, or wherever the store says that the study stands, to the end.

    Attributes:
        scratch: Folder of checkpoints, gone when the study is over.
    """

    plan: Plan
    store: Store
    display: Display
    clock: BudgetClock
    executor: TrialExecutor
    scratch: Path

    @property
    def at_once(self) -> int:
        """How many trainings run at the same time."""
        return self.executor.free + self.executor.in_flight

    def spend(self) -> None:
        """Record the time since this was called last."""
        self.store.add_seconds(self.plan.id, self.clock.lap())

    def request(
        self, trial: TrialRecord, *, may_come_to_nothing: bool = False
    ) -> TrialRequest:
        proposal = trial.proposal
        # A schedule may pause a trial before its end.
        may_go_on = (
            proposal.epochs < self.plan.spec.budget.epochs
            or self.plan.spec.schedule is not None
        )
        return TrialRequest(
            number=trial.number,
            hyperparameters=proposal.hyperparameters,
            seed=trial.seed,
            epochs=proposal.epochs,
            full_epochs=self.plan.spec.budget.epochs,
            patience=self.plan.spec.budget.patience,
            deadline=self.clock.search_deadline,
            may_come_to_nothing=may_come_to_nothing,
            parent=None
            if proposal.parent is None
            else self._checkpoint(proposal.parent),
            checkpoint=self._checkpoint(trial.number) if may_go_on else None,
            fold=proposal.fold,
        )

    def _checkpoint(self, number: int) -> Path:
        return self.scratch / f"{number}.npz"
