"""The final trainings of a study: the best configuration, seed by seed."""

from __future__ import annotations

from bench.errors import StudyError
from bench.records import EpochRecord, TrialRecord, TrialResult
from bench.study.context import RunContext
from bench.training.final import FinalResult
from bench.training.request import FinalRequest


class Finals:
    """Trains the best configuration with every seed that wasn't tested yet.

    Args:
        context: Of the running study.
    """

    def __init__(self, context: RunContext) -> None:
        self._context = context

    def run(self, best: TrialRecord) -> None:
        context, spec = self._context, self._context.prepared.spec
        tested = {final.seed for final in context.store.finals(context.study)}
        left = [s for s in range(spec.seed, spec.seed + spec.seeds) if s not in tested]
        context.progress.finals_started(best, len(left))
        for index, seed in enumerate(left):
            if context.executor.free <= 0:
                self._collect()
            self._start(best, seed, left=len(left) - index)
        while context.executor.in_flight:
            self._collect()

    def _start(self, best: TrialRecord, seed: int, left: int) -> None:
        """Start a final training; ``left`` are to start, itself included."""
        context, budget = self._context, self._context.prepared.spec.budget
        rounds = -(-left // context.concurrency)
        request = FinalRequest(
            hyperparameters=best.proposal.hyperparameters,
            seed=seed,
            epochs=budget.epochs,
            patience=budget.patience,
            deadline=context.time_budget.share(1 / rounds),
        )
        context.store.start_final(context.study, seed)
        context.progress.final_started(seed)
        context.executor.submit(seed, request)

    def _collect(self) -> None:
        context = self._context
        try:
            _, result = context.executor.collect(self._on_epoch)
        except Exception as error:
            raise self._untrainable(f"{type(error).__name__}: {error}") from error
        if isinstance(result, TrialResult):
            raise self._untrainable(str(result.error))
        assert isinstance(result, FinalResult)
        context.store.end_final(context.study, result.record, result.outputs)
        context.record_time()
        context.progress.final_ended(result.record)

    def _on_epoch(self, seed: int, epoch: EpochRecord) -> bool:
        self._context.add_epoch("final", seed, epoch)
        return True

    def _untrainable(self, reason: str) -> StudyError:
        return StudyError(
            "the best configuration must train again; its final training failed with "
            f"{reason}: give the command again, or hold what breaks it with --fix"
        )
