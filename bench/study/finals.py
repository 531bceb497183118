"""The final trainings of a study, seed by seed.

The best configuration of the search and the default configuration of the family are
trained with the same seeds and tested. Where time is short the best one comes first,
and the default one is left out rather than trained for less time.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from bench.errors import StudyError
from bench.records import (
    EPOCH_SHARE,
    EpochRecord,
    FinalRecord,
    Role,
    SeedEpochRecord,
    TrialRecord,
    TrialResult,
)
from bench.records.durations import duration
from bench.records.wording import counted
from bench.study import model_keeping
from bench.study.context import RunContext
from bench.study.final_forecast import (
    MIN_SHARE,
    affordable_rounds,
    expected_epochs,
    final_seconds,
    missing_features_seconds,
    testing_seconds,
)
from bench.study.final_queue import FinalQueue
from bench.study.final_request import (
    Final,
    as_long_as,
    final_request,
    trained_before,
)
from bench.study.schedule_in_time import epochs_in_time
from bench.training.final import FinalResult, FinalsResult
from bench.training.request import FinalRequest, FinalsRequest, Keep
from bench.training.trial_runner import Result

_WHICH = {Role.FINAL: "best", Role.DEFAULT: "default"}
"""Names of the configurations."""


class Finals:
    """Trains the configurations with every seed that wasn't tested yet.

    Args:
        context: Of the running study.
        best: The best trial of the search.
        seeds: Of the trainings.
        later: Number of seeds that are trained after these, within the same time.
    """

    def __init__(
        self,
        context: RunContext,
        best: TrialRecord,
        seeds: Sequence[int],
        *,
        later: int = 0,
    ) -> None:
        self._context = context
        self._best = best
        self._seeds = seeds
        self._left_out: Counter[Role] = Counter()
        self._finals = self._affordable(self._left())
        self._errors: dict[Role, str] = {}
        self._cut_short: list[FinalRecord] = []
        stored = context.store.finals(context.study)
        self._seconds = [final.seconds for final in stored]
        self._queue = FinalQueue(self._finals, context.seeds_at_once, later)
        self._together: dict[int, list[int]] = {}
        self._plans: dict[Role, float | None] = {}
        self._skipped = 0

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
        self._say_if_time_is_short(roles.count(Role.FINAL))
        context.record_time()  # who watches the store learns that the search is over
        while self._queue or context.executor.in_flight:
            if not self._queue or context.executor.free <= 0:
                self._collect()
                continue
            keys = self._queue.take(context.executor.free)
            while keys and not self._fit(keys, deadline := self._deadline(keys)):
                self._left_out[self._finals[keys.pop()].role] += 1
                self._skipped += 1
            if keys:
                self._start(keys, deadline)
        self._say_what_was_cut()
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
                for seed in self._seeds
                if seed not in tested
            ]
        return left

    def _affordable(self, finals: list[Final]) -> list[Final]:
        """Leave out seeds of the best configuration for which time is too short.

        One round of seeds is trained in any case. The others would train a few steps
        only, which says nothing of the configuration.
        """
        context, best = self._context, self._best
        if context.time_budget.left is None or best.result is None:
            return finals
        least = 0 if context.store.finals(context.study) else 1
        rounds = max(least, affordable_rounds(context, best))
        winners = [final for final in finals if final.role is Role.FINAL]
        left_out = winners[rounds * context.concurrency :]
        self._left_out[Role.FINAL] = len(left_out)
        return [final for final in finals if final not in left_out]

    def _start(self, keys: list[int], deadline: float | None) -> None:
        context, first = self._context, keys[0]
        planned = self._planned(keys, deadline)
        requests = [self._request(self._finals[key], deadline, planned) for key in keys]
        for key in keys:
            final = self._finals[key]
            context.store.start_final(context.study, final.role, final.seed)
            context.progress.final_started(key, final.role, final.seed)
        self._together[first] = keys
        context.executor.submit(
            first,
            requests[0] if len(keys) == 1 else FinalsRequest(finals=tuple(requests)),
        )

    def _request(
        self, final: Final, deadline: float | None, planned: float | None
    ) -> FinalRequest:
        context, prepared = self._context, self._context.prepared
        request = final_request(prepared, self._best.proposal, final)
        if context.time_budget.left is None:
            others = trained_before(context.store, context.study, final.role)
            return replace(as_long_as(others, request), keep=self._keep(final))
        return replace(
            request,
            planned=planned,
            deadline=deadline,
            features_deadline=deadline if final.role is Role.DEFAULT else None,
            keep=self._keep(final),
        )

    def _keep(self, final: Final) -> Keep:
        context = self._context
        return model_keeping.keep(
            context.store.folder, context.prepared, final.role, final.seed
        )

    def _planned(self, keys: list[int], deadline: float | None) -> float | None:
        """Epochs over which learning rates fall in time; None for those of the study.

        What is trained on all images of the folds has the epochs of its trials.
        """
        context, first = self._context, self._finals[keys[0]]
        if deadline is None or context.prepared.folds is not None:
            return None
        if first.role not in self._plans:
            self._plans[first.role] = self._plan(first, deadline, len(keys))
        return self._plans[first.role]

    def _plan(self, final: Final, deadline: float, trainings: int) -> float | None:
        """Epochs that all seeds of a configuration get, said if there are fewer."""
        context, budget = self._context, self._context.prepared.spec.budget
        others = context.store.finals(context.study, final.role)
        if planned := max((other.planned or 0 for other in others), default=0):
            return planned
        planned_now = epochs_in_time(
            context,
            final.hyperparameters,
            deadline - time.monotonic(),
            expected=expected_epochs(self._best, budget),
            trainings=trainings,
        )
        if planned_now is not None:
            context.progress.remarks(
                f"there is time for {planned_now:g} of {budget.epochs} epochs of the "
                f"{_WHICH[final.role]} configuration: its learning rates fall within "
                "these"
            )
        return planned_now

    def _deadline(self, keys: list[int]) -> float | None:
        """Time at which trainings end, so that all of their role get the same share."""
        context, final = self._context, self._finals[keys[0]]
        if context.time_budget.left is None:
            return None
        # The first seeds that are tested compute the features for all.
        once = missing_features_seconds(context, [final.hyperparameters])
        kept = testing_seconds(context, final.hyperparameters) * len(keys)
        share = self._queue.share(keys, context.concurrency)
        return context.time_budget.share(share, kept, once)

    def _fit(self, keys: list[int], deadline: float | None) -> bool:
        """Whether there is time for trainings; for the first seeds always.

        The default configuration gets at least the time that the best one took, and
        further seeds of that one a good share of it: one that hardly trained would say
        nothing of the configuration, and spoil its mean.
        """
        is_best = self._finals[keys[0]].role is Role.FINAL
        if deadline is None or (is_best and not self._seconds):
            return True
        needed = median(self._seconds or [0.0]) * len(keys)
        return deadline - time.monotonic() > needed * (MIN_SHARE if is_best else 1)

    def _say_if_time_is_short(self, count: int) -> None:
        """Say beforehand that tests alone take longer than there is time left."""
        context, winner = self._context, self._best.proposal.hyperparameters
        left = context.time_budget.left
        if left is None:
            return
        seconds = final_seconds(context, winner, 0) * -(-count // context.concurrency)
        seconds += missing_features_seconds(context, [winner])
        if seconds > left:
            context.progress.remarks(
                f"final trainings take at least {duration(seconds)}, tests included, "
                f"and {duration(left)} are left of --time"
            )

    def _say_what_was_cut(self) -> None:
        if self._cut_short:
            epochs = ", ".join(_epochs(final) for final in self._cut_short)
            unit = "epoch" if epochs == "1" else "epochs"
            self._context.progress.remarks(
                f"time was up before the end of {len(self._cut_short)} of "
                f"{len(self._finals) - self._skipped} final trainings, "
                f"after {epochs} {unit}"
            )
        for role, count in (+self._left_out).items():
            some = self._context.store.finals(self._context.study, role)
            self._context.progress.remarks(
                f"time was up before the {_WHICH[role]} configuration was trained with "
                f"{counted(count, 'more seed' if some else 'seed')}"
            )

    def _collect(self) -> None:
        context = self._context
        first, result = context.executor.collect(self._on_epoch)
        keys = self._together.pop(first)
        if len(keys) == 1:
            self._end(first, result)
            return
        results = result.results if isinstance(result, FinalsResult) else ()
        for key, one in zip(keys, results, strict=False):
            self._end(key, one)
        # Where none could be trained together, or their worker died, each is alone.
        self._queue.put_back(keys, len(results))

    def _end(self, key: int, result: Result) -> None:
        context, final = self._context, self._finals[key]
        if isinstance(result, TrialResult):
            error = result.error or "no result"
            self._errors[final.role] = error
            context.progress.final_failed(key, final.role, final.seed, error)
            return
        assert isinstance(result, FinalResult)
        if result.is_cut_short:
            self._cut_short.append(result.record)
        if final.role is Role.FINAL:
            self._seconds.append(result.record.seconds)
        context.store.end_final(context.study, result.record, result.outputs)
        context.record_time()
        context.progress.final_ended(key, result.record)

    def _on_epoch(self, key: int, epoch: EpochRecord) -> bool:
        for each in self._together[key]:
            final = self._finals[each]
            if not isinstance(epoch, SeedEpochRecord) or epoch.seed == final.seed:
                self._context.add_epoch(each, final.role, final.seed, epoch)
        return True


def _epochs(final: FinalRecord) -> str:
    """Number of epochs of a final; below 1 if its first epoch was cut short."""
    share = final.metrics.get(EPOCH_SHARE)
    return str(final.epochs) if share is None else f"{share:.2f}"
