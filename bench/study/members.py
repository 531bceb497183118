"""The trainings of an ensemble's members: the best configurations after the winner."""

from __future__ import annotations

import time
from dataclasses import replace

from bench.records import EpochRecord, Role, TrialRecord, TrialResult
from bench.records.selection import best_configurations
from bench.records.wording import counted
from bench.study import model_keeping
from bench.study.context import RunContext
from bench.study.final_forecast import (
    expected_epochs,
    final_seconds,
    missing_features_seconds,
    testing_seconds,
)
from bench.study.final_request import (
    Final,
    as_long_as,
    final_request,
    trained_before,
)
from bench.study.schedule_in_time import epochs_in_time
from bench.training.final import FinalResult


class Members:
    """Trains members once each, with the first seed of the final trainings.

    The best configuration of the search is a member too, and its final training with
    that seed is not repeated. A member that fails is left out of the ensemble, and
    none is started for which the time of the study is too short.

    Args:
        context: Of the running study, whose final trainings are over.
        count: Number of members, the winner included.
    """

    def __init__(self, context: RunContext, count: int) -> None:
        self._context = context
        store, spec = context.store, context.prepared.spec
        trials = store.trials(context.study)
        tested = {final.number for final in store.finals(context.study, Role.MEMBER)}
        best = best_configurations(trials, spec, count)
        self._left = {
            trial.number: trial for trial in best[1:] if trial.number not in tested
        }
        self._missing = count - len(best)
        self._left_out = 0

    def run(self) -> None:
        """Train and test, and record each result as it comes."""
        context = self._context
        if self._missing > 0:
            context.progress.remarks(
                f"the ensemble lacks {counted(self._missing, 'member')}: the search "
                "compared no more configurations; give it more --trials or --time"
            )
        if not self._left:
            return
        context.progress.members_started(len(self._left))
        for trial in self._left.values():
            if context.executor.free <= 0:
                self._collect()
            if self._fits(trial):
                self._start(trial)
            else:
                self._left_out += 1
        while context.executor.in_flight:
            self._collect()
        if self._left_out:
            context.progress.remarks(
                f"time was up before {counted(self._left_out, 'member')} of the "
                "ensemble could be trained"
            )

    def _fits(self, trial: TrialRecord) -> bool:
        context, values = self._context, trial.proposal.hyperparameters
        left = context.time_budget.left
        if left is None:
            return True
        epochs = expected_epochs(trial, context.prepared.spec.budget)
        seconds = final_seconds(context, values, epochs)
        return seconds + missing_features_seconds(context, [values]) <= left

    def _start(self, trial: TrialRecord) -> None:
        context, prepared = self._context, self._context.prepared
        member = Final(
            role=Role.MEMBER,
            seed=prepared.spec.final_seeds[0],
            hyperparameters=trial.proposal.hyperparameters,
        )
        tested = testing_seconds(context, member.hyperparameters)
        deadline = context.time_budget.share(1.0, kept=tested)
        request = final_request(prepared, trial.proposal, member)
        if deadline is None:
            others = trained_before(context.store, context.study, Role.MEMBER)
            request = as_long_as(others, request)
        else:
            planned = epochs_in_time(
                context,
                member.hyperparameters,
                deadline - time.monotonic(),
                expected=expected_epochs(trial, prepared.spec.budget),
            )
            request = replace(request, planned=planned)
        request = replace(
            request,
            deadline=deadline,
            features_deadline=deadline,
            keep=model_keeping.keep(
                context.store.folder, prepared, Role.MEMBER, trial.number
            ),
        )
        context.store.start_final(context.study, Role.MEMBER, trial.number)
        context.progress.final_started(trial.number, Role.MEMBER, trial.number)
        context.executor.submit(trial.number, request)

    def _collect(self) -> None:
        context = self._context
        number, result = context.executor.collect(self._on_epoch)
        if isinstance(result, TrialResult):
            error = result.error or "no result"
            context.progress.final_failed(number, Role.MEMBER, number, error)
            return
        assert isinstance(result, FinalResult)
        record = replace(result.record, trial=number)
        context.store.end_final(context.study, record, result.outputs)
        context.record_time()
        context.progress.final_ended(number, record)

    def _on_epoch(self, number: int, epoch: EpochRecord) -> bool:
        self._context.add_epoch(number, Role.MEMBER, number, epoch)
        return True
