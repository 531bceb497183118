"""The final trainings of a study: the best configuration, seed by seed."""

from __future__ import annotations

from dataclasses import replace

from bench.errors import StudyError
from bench.records import EpochRecord, TrialRecord, TrialResult
from bench.study.context import Sitting
from bench.training.final import FinalResult


class Finals:
    """Trains the best configuration with every seed that wasn't tested yet.

    Args:
        sitting: Where the trainings run and are recorded.
    """

    def __init__(self, sitting: Sitting) -> None:
        self._at = sitting

    def run(self, best: TrialRecord) -> None:
        spec = self._at.plan.spec
        tested = {final.seed for final in self._at.store.finals(self._at.plan.id)}
        left = [s for s in range(spec.seed, spec.seed + spec.seeds) if s not in tested]
        self._at.display.finals_started(best, len(left))
        for index, seed in enumerate(left):
            if self._at.executor.free <= 0:
                self._collect_final()
            self._start_final(best, seed, still=len(left) - index)
        while self._at.executor.in_flight:
            self._collect_final()

    def _start_final(self, best: TrialRecord, seed: int, still: int) -> None:
        """Start a final training; ``still`` are to start, itself included."""
        request = replace(
            self._at.request(best),
            number=seed,
            seed=seed,
            epochs=self._at.plan.spec.budget.epochs,
            deadline=self._at.clock.share(1 / -(-still // self._at.at_once)),
            parent=None,
            checkpoint=None,
            is_final=True,
            fold=None,
        )
        self._at.store.start_final(self._at.plan.id, seed)
        self._at.display.final_started(seed)
        self._at.executor.submit(seed, request)

    def _collect_final(self) -> None:
        try:
            _, result = self._at.executor.collect(self._on_final_epoch)
        except Exception as error:
            raise self._untrainable(f"{type(error).__name__}: {error}") from error
        if isinstance(result, TrialResult):
            raise self._untrainable(str(result.error))
        assert isinstance(result, FinalResult)
        self._at.store.end_final(self._at.plan.id, result.record, result.outputs)
        self._at.spend()
        self._at.display.final_ended(result.record)

    def _untrainable(self, reason: str) -> StudyError:
        return StudyError(
            "the best configuration must train again; its final training failed with "
            f"{reason}: give the command again, or hold what breaks it with --fix"
        )

    def _on_final_epoch(self, seed: int, epoch: EpochRecord) -> bool:
        self._at.store.add_epoch(self._at.plan.id, "final", seed, epoch)
        self._at.display.epoch_ended(seed, epoch)
        return True
