"""Which trials of a search still fit into its time budget, and what is said of it."""

from __future__ import annotations

import time
from collections.abc import Mapping

from bench import searchers
from bench.records import EPOCH_SHARE, LEFT_OUT, TrialRecord, TrialResult, Value
from bench.records.durations import duration
from bench.searchers import parts
from bench.store import early_end_file
from bench.study import limit_remarks
from bench.study.context import RunContext
from bench.study.features_forecast import FeaturesForecast
from bench.study.samples import random_sampler
from bench.training import models

MAX_NETWORKS = 2
"""Number of frozen networks that may be given up for the time that they take before any
trial has a result; the next one must give a result, whatever it takes."""

FEATURES_SHARE = 1 / 3
"""Share of the time left for the search that the features of a configuration may take.
Once a trial has a result, configurations that need more are drawn if no other is left.
"""

MAX_AVOIDED = 20
"""Number of configurations in a row that are avoided since their first training would
not end in time. The next one is drawn. So many trials in a row that don't start for
that reason end the search."""

MAX_GIVEN_UP = 10
"""Number of trials that may be given up so."""


class SearchLimits:
    """Ends a search in time, but not before a trial has a result.

    Args:
        context: Of the running study.

    Attributes:
        is_over: Whether no further trial starts.
        has_result: Whether a trial has finished.
        is_end_asked: Whether a user asked for the end of the search.
    """

    def __init__(self, context: RunContext) -> None:
        self.is_over = False
        self.has_result = False
        self.is_end_asked = False
        self._context = context
        self._asks_for_end = early_end_file(context.store.folder, context.study)
        self._features = FeaturesForecast(context)
        self._running: set[int] = set()
        self._ended = self._cut_short = self._left_out = 0
        self._avoided = self._skipped = 0
        self._seconds: list[float] = []  # of first trainings
        self._too_slow: list[str] = []
        self._has_started = self._has_said_epoch = False

    def look_for_end(self) -> None:
        """End the search if a user has asked for that; see ``early_end_file``."""
        if self.is_end_asked or not self._asks_for_end.exists():
            return
        self.is_end_asked = True
        self._context.time_budget.end_search()
        self._context.progress.remarks(
            "watch asked for the end of the search: trials that train end with their "
            "epoch, and the final trainings follow"
        )

    @property
    def has_time(self) -> bool:
        """Whether a search that has a result has time for another trial."""
        is_over = self.is_over or self._context.time_budget.is_search_over
        return self.has_result and not is_over

    @property
    def is_ended_early(self) -> bool:
        """Whether a user's request left out a trial or cut one short."""
        return self.is_end_asked and (self._leaves_out or self._cut_short > 0)

    @property
    def _leaves_out(self) -> bool:
        """Whether trials are left out; all that end a search without a plan are."""
        fills_time = self._context.prepared.spec.fills_time
        is_time_up = self._context.time_budget.is_search_over
        return self.is_over or (fills_time and is_time_up)

    @property
    def _planned(self) -> int:
        """Number of trials of the search, without those that are promoted."""
        prepared = self._context.prepared
        return prepared.problem.budget.trials * (prepared.spec.folds or 1)

    @property
    def waits_for_worker(self) -> bool:
        """Whether trials are asked for one by one, since the first may be too slow."""
        return self._context.time_budget.left is not None and not self.has_result

    @property
    def waits_for_result(self) -> bool:
        """Whether time is up, but a trial runs that may still give the first result."""
        is_over = self._context.time_budget.is_search_over
        return is_over and not self.has_result and bool(self._running)

    def avoids(self, hyperparameters: Mapping[str, Value]) -> bool:
        """Whether a configuration takes time that others need more.

        Its features do, or its first training would not end in time. All workers
        compute the features of one network, and then of another.
        """
        deadline = self._context.time_budget.search_deadline
        if deadline is None:
            return False
        left = max(0.0, deadline - time.monotonic())
        needed = self._features.needed(hyperparameters)
        if not needed.are_computed:
            if self._features.waits_for_others(needed):
                return True
            share = FEATURES_SHARE * left * self._context.concurrency
            if self.has_result and self._features.seconds(needed) > share:
                return True
        return self._takes_longer(hyperparameters, left)

    def _takes_longer(
        self, hyperparameters: Mapping[str, Value], seconds: float
    ) -> bool:
        """Whether the first training of a configuration is predicted to take longer.

        Before any trial has a result, whether its first epoch is, by earlier studies.
        Where all of many configurations do, no further one is looked at.
        """
        if self._avoided >= MAX_AVOIDED:
            return False
        first = self._first_epochs
        epochs = first if self.has_result else min(1, first)
        predicted = self._context.forecast.trial(hyperparameters, epochs)
        takes_longer = predicted is not None and predicted > seconds
        self._avoided += takes_longer
        return takes_longer

    @property
    def _first_epochs(self) -> float:
        """Fewest epochs for which a configuration is trained first."""
        prepared = self._context.prepared
        spec, rungs = prepared.spec, prepared.searcher.rungs
        share = parts.image_share(spec.part_rungs)
        trains_fully = spec.tuner == "hyperband" and not prepared.problem.max_rungs
        if not searchers.TUNERS[spec.tuner].samples and not trains_fully:
            return share
        return share * min((*rungs, spec.budget.epochs))

    def features_deadline(self, trial: TrialRecord) -> float | None:
        """Time by which the features that a trial needs must be computed."""
        deadline = self._context.time_budget.search_deadline
        if deadline is None:
            return None
        network = self._network(trial.proposal.hyperparameters)
        if network is None:
            return None
        if not (self.is_needed and self._must_end_well(trial, network)):
            return deadline
        if self._too_slow:
            self._context.progress.remarks(
                f"trial {trial.number} goes on beyond "
                f"{limit_remarks.option(self._context)}, since one trial must give a "
                "result"
            )
        return None

    def starts(self, trial: TrialRecord, epochs: float) -> bool:
        """Whether a trial starts whose turn has come.

        One that would not end in time is left out while others would, since it was
        proposed before it was known how long trials take; else the search ends.

        Args:
            trial: The trial.
            epochs: Maximum number of epochs that it would train.
        """
        if trial.number in self._running:  # again, since its worker died
            return True
        if not self.is_needed and self._is_late(trial, epochs):
            self._skipped += 1
            self.is_over |= not self._others_fit(trial)
            return False
        self._avoided = self._skipped = 0
        self._has_started = True
        self._running.add(trial.number)
        self._features.trial_started(trial)
        return True

    def _others_fit(self, trial: TrialRecord) -> bool:
        """Whether the search goes on without a trial that would not end in time.

        A grid ends there, so that more time goes on with what was left.
        """
        spec, is_first = self._context.prepared.spec, trial.proposal.parent is None
        draws = searchers.TUNERS[spec.tuner].draws and spec.folds is None
        if not (is_first and draws) or self._skipped >= MAX_AVOIDED:
            return False
        return not self._context.time_budget.is_search_over_in(
            min(self._seconds, default=0.0)
        )

    def why_left_out(self, trial: TrialRecord, epochs: float) -> str:
        """The error of a trial that did not start, as it would not end in time."""
        budget = self._context.time_budget
        left = (budget.search_deadline or 0.0) - time.monotonic()
        return (
            f"{LEFT_OUT}: its training would take about "
            f"{duration(self._predicted(trial, epochs))}, and "
            f"{duration(max(0.0, left))} were left for the search"
        )

    def end_if_time_is_up(self) -> bool:
        """Whether the search ends, although it has another trial to start."""
        if not self.is_needed and self._context.time_budget.is_search_over:
            self.is_over = True
        return self.is_over

    def trial_ended(self, trial: TrialRecord) -> None:
        """Learn how a trial ended."""
        result = trial.result
        assert result is not None
        if trial.number in self._running:  # else the store holds it
            self._running.remove(trial.number)
            self._cut_short += self._was_cut_short(trial.proposal.epochs, result)
        self._features.trial_ended(trial)
        self._ended += 1
        self._left_out += result.is_left_out
        self.has_result |= result.error is None
        if result.error is None and trial.proposal.parent is None:
            self._seconds.append(result.seconds)
        if result.is_left_out:
            network = self._network(trial.proposal.hyperparameters)
            self._too_slow += [] if network is None else [network]
        if EPOCH_SHARE in result.metrics and not self._has_said_epoch:
            self._has_said_epoch = True
            limit_remarks.say_epoch(self._context, trial)

    def say_what_was_left_out(self) -> None:
        """Say after how many trials time was up, or that much of it is left."""
        spec = self._context.prepared.spec
        planned = self._planned
        has_plan = self._ended <= planned and not spec.fills_time
        of = f" of {planned}" if has_plan else ""
        counts = {"left out": self._left_out, "cut short": self._cut_short}
        some = [f"{count} of them {how}" for how, count in counts.items() if count]
        if self._leaves_out or self._cut_short:
            why = "ended early by watch" if self.is_end_asked else "time is up"
            said = ", ".join([f"{why} after {self._ended}{of} trials", *some])
            self._context.progress.remarks(said)
        elif self._left_out:
            limit_remarks.say_what_was_too_long(
                self._context, self._left_out, self._ended
            )
        elif self._ended >= planned:
            limit_remarks.say_what_time_is_left(self._context, planned)
        if self.is_over and not (self._has_started or self.is_end_asked):
            limit_remarks.say_what_was_reserved(self._context)

    @property
    def is_needed(self) -> bool:
        """Whether a trial must start, since none has or will soon have a result."""
        return not self.has_result and not self._running

    def _was_cut_short(self, epochs: int, result: TrialResult) -> bool:
        is_short = result.epochs < epochs or EPOCH_SHARE in result.metrics
        return is_short and self._context.time_budget.is_search_over

    def _is_late(self, trial: TrialRecord, epochs: float) -> bool:
        """Whether the search will be over before a trial is predicted to end."""
        seconds = self._predicted(trial, epochs)
        return self._context.time_budget.is_search_over_in(seconds)

    def _predicted(self, trial: TrialRecord, epochs: float) -> float:
        """Seconds that a trial will take; 0 if nothing is known."""
        if not self.has_result:  # how early trials end is not known yet
            epochs = min(1, epochs, self._first_epochs)
        values = trial.proposal.hyperparameters
        return self._context.forecast.trial(values, epochs) or 0.0

    def _must_end_well(self, trial: TrialRecord, network: str) -> bool:
        is_last = trial.number + 1 >= self._planned
        tried = {*self._too_slow}
        has_tried = len(self._too_slow) >= MAX_GIVEN_UP or len(tried) >= MAX_NETWORKS
        return is_last or has_tried or (network in tried and not self._others(tried))

    def _others(self, tried: set[str]) -> set[str]:
        """Names of other frozen networks in the search space, as a sample has them."""
        sampler = random_sampler(self._context.prepared, MAX_GIVEN_UP)
        proposals = [sampler.ask(number) for number in range(MAX_GIVEN_UP)]
        names = {
            self._network(proposal.hyperparameters)
            for proposal in proposals
            if proposal is not None
        }
        return {name for name in names if name is not None} - tried

    def _network(self, hyperparameters: Mapping[str, Value]) -> str | None:
        """Name of the frozen network of a configuration; None if it has none."""
        network = models.extractor(self._context.prepared.source, hyperparameters)
        return None if network is None else network.name
