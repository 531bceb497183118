"""The final trainings of a study, seed by seed.

The best configuration of the search and the default configuration of the family are
trained with the same seeds and tested.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.errors import StudyError
from bench.records import EpochRecord, Role, TrialRecord, TrialResult, Value
from bench.study.context import RunContext
from bench.training.final import FinalResult
from bench.training.request import FinalRequest


@dataclass(frozen=True, kw_only=True)
class Final:
    """A final training that is left to do."""

    role: Role
    seed: int
    hyperparameters: Mapping[str, Value]


class Finals:
    """Trains the configurations with every seed that wasn't tested yet.

    Args:
        context: Of the running study.
        best: The best trial of the search.
    """

    def __init__(self, context: RunContext, best: TrialRecord) -> None:
        self._context = context
        self._best = best
        self._finals = self._left()
        self._errors: dict[Role, str] = {}

    def run(self) -> None:
        """Train and test, and record each result as it comes.

        Raises:
            StudyError: A training of the best configuration failed. The others are
                recorded, and the same command goes on with those that failed.
        """
        context = self._context
        roles = [final.role for final in self._finals]
        context.progress.finals_started(
            self._best, roles.count(Role.FINAL), roles.count(Role.DEFAULT)
        )
        for key, final in enumerate(self._finals):
            if context.executor.free <= 0:
                self._collect()
            self._start(key, final)
        while context.executor.in_flight:
            self._collect()
        if (error := self._errors.get(Role.FINAL)) is not None:
            raise StudyError(
                "the best configuration must train again; a final training failed "
                f"with {error}: give the command again, or hold what breaks it with "
                "--fix"
            )

    def _left(self) -> list[Final]:
        """Trainings without a result: of the best configuration, then the default."""
        prepared, store = self._context.prepared, self._context.store
        configurations = {Role.FINAL: self._best.proposal.hyperparameters}
        default = prepared.default
        if default is not None and default != configurations[Role.FINAL]:
            configurations[Role.DEFAULT] = default
        left = []
        for role, values in configurations.items():
            tested = {final.seed for final in store.finals(self._context.study, role)}
            left += [
                Final(role=role, seed=seed, hyperparameters=values)
                for seed in prepared.spec.final_seeds
                if seed not in tested
            ]
        return left

    def _start(self, key: int, final: Final) -> None:
        context, prepared = self._context, self._context.prepared
        budget = prepared.spec.budget
        rounds = -(-(len(self._finals) - key) // context.concurrency)
        # A cross-validated configuration is trained as on its folds: on all images
        # but those that test, for the same epochs. A user's own fit may need
        # validation images, and keeps them.
        refit = prepared.folds is not None and not prepared.source.has_custom_fit
        request = FinalRequest(
            role=final.role,
            hyperparameters=final.hyperparameters,
            seed=final.seed,
            epochs=self._best.proposal.epochs if refit else budget.epochs,
            full_epochs=budget.epochs,
            patience=budget.patience,
            deadline=context.time_budget.share(1 / rounds),
            refit=refit,
        )
        context.store.start_final(context.study, final.role, final.seed)
        context.progress.final_started(key, final.role, final.seed)
        context.executor.submit(key, request)

    def _collect(self) -> None:
        context = self._context
        key, result = context.executor.collect(self._on_epoch)
        final = self._finals[key]
        if isinstance(result, TrialResult):
            error = result.error or "no result"
            self._errors[final.role] = error
            context.progress.final_failed(key, final.role, final.seed, error)
            return
        assert isinstance(result, FinalResult)
        context.store.end_final(context.study, result.record, result.outputs)
        context.record_time()
        context.progress.final_ended(key, result.record)

    def _on_epoch(self, key: int, epoch: EpochRecord) -> bool:
        final = self._finals[key]
        self._context.add_epoch(key, final.role, final.seed, epoch)
        return True
