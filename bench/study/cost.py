"""Predicts what a study will cost, from timed steps of sampled configurations."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from bench import searchers
from bench.records import Budget, Resources, TrialResult
from bench.searchers import Searcher, SearchProblem
from bench.study import filling
from bench.study.cost_model import CostModel
from bench.study.earlier import TimedTrial
from bench.study.predicted_epochs import PredictedEpochs, predict
from bench.study.prepare import PreparedStudy
from bench.study.probes import Probes, feature_seconds, probe, search_images
from bench.study.references import reference_seconds
from bench.study.time_budget import MAX_RESERVE
from bench.training.probe import largest_memory


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Maximum cost of a study; trials that end by their patience make it cheaper.

    Attributes:
        configurations: Number of configurations that the search starts.
        trainings: Number of trials, promotions included.
        epochs: Number of epochs of all trials; those on parts of the images count in
            part.
        epoch_seconds: Shortest and longest epoch of configurations that it draws.
        search_seconds, final_seconds: Wall-clock time of search and final trainings,
            as if there were no time budget.
        reference_seconds: Wall-clock time of the references, which are scored once
            for a board.
        core_seconds: Processor time of both.
        memory_mib: Peak memory of all processes together.
        budget_seconds: Time budget at which the study ends; None for no limit.
        probes: Number of configurations that were timed.
        factor: Factor within which four of five predictions of epochs lie; None if too
            few were timed to know.
        earlier: Number of trials of earlier studies that tell how far predictions are
            off.
        fitting: Fewest and most trials that are likely to end within the time budget;
            None without one.
        failed: Number of sampled configurations that can't be trained.
        error: Error of the last of these; None if all can be trained.
        repeats: Number of seeds under which the study is repeated; all numbers but
            those of configurations and of an epoch are those of all repeats.
    """

    family: str
    searcher: str
    configurations: int
    trainings: int
    epochs: int
    epoch_seconds: tuple[float, float]
    search_seconds: float
    final_seconds: float
    reference_seconds: float
    core_seconds: float
    memory_mib: float
    budget_seconds: float | None
    probes: int = 0
    factor: float | None = None
    earlier: int = 0
    fitting: tuple[int, int] | None = None
    failed: int = 0
    error: str | None = None
    repeats: int = 1

    def total(self, factor: float = 1.0) -> float:
        """Seconds of the study, if its trainings take so many times as long."""
        trained = factor * (self.search_seconds + self.final_seconds)
        if self.budget_seconds is not None:
            trained = min(trained, self.budget_seconds)
        return trained + self.reference_seconds

    def times(self, repeats: int) -> Cost:
        """The cost of so many studies that differ in their seeds only."""
        return replace(
            self,
            repeats=repeats,
            trainings=self.trainings * repeats,
            epochs=self.epochs * repeats,
            search_seconds=self.search_seconds * repeats,
            final_seconds=self.final_seconds * repeats,
            reference_seconds=self.reference_seconds * repeats,
            core_seconds=self.core_seconds * repeats,
            budget_seconds=self.budget_seconds and self.budget_seconds * repeats,
        )


def cost(
    prepared: PreparedStudy, resources: Resources, earlier: Sequence[TimedTrial] = ()
) -> Cost:
    """Time sampled configurations on as many workers as the study will have.

    Args:
        prepared: The study.
        resources: What would train its trials.
        earlier: Trials of the machine's earlier studies.

    Raises:
        StudyError: None of the configurations can be trained.
    """
    probes, workers = probe(prepared, resources)
    spec, problem = prepared.spec, prepared.problem
    problem = replace(problem, budget=spec.budget)
    if spec.fills_time:
        problem = filling.problem_for(problem)
    trained = rehearse(_searcher(prepared, problem), problem)
    epochs, final_epoch = _epochs(prepared, probes, earlier)
    features = feature_seconds(prepared, probes.results, spec.budget.trials)
    searched = sum(trained) * epochs.mean + len(trained) * probes.start + features
    final = spec.budget.epochs * final_epoch + probes.start
    finals = _final_trainings(prepared)
    final_seconds = final * -(-finals // workers)
    left = _search_seconds(spec.budget, final_seconds, features / workers)
    fitting, in_time = None, searched
    if left is not None:
        in_time = min(searched, left * workers)
        fitting = epochs.trials_within(left, trained, probes.start, workers)
    return Cost(
        family=spec.family,
        searcher=spec.searcher,
        configurations=min(problem.budget.trials, len(trained)),
        trainings=len(trained),
        epochs=round(sum(trained)),
        epoch_seconds=(min(epochs.seconds), max(epochs.seconds)),
        search_seconds=searched / workers,
        final_seconds=final_seconds,
        reference_seconds=reference_seconds(prepared),
        core_seconds=in_time + final * finals,
        memory_mib=(largest_memory() + workers * probes.memory) / 2**20,
        budget_seconds=spec.budget.seconds,
        probes=len(probes.timed),
        factor=epochs.factor,
        earlier=len(earlier),
        fitting=fitting,
        failed=len(probes.errors),
        error=probes.errors[-1] if probes.errors else None,
    )


def _epochs(
    prepared: PreparedStudy, probes: Probes, earlier: Sequence[TimedTrial]
) -> tuple[PredictedEpochs, float]:
    """Epochs of the search, and the mean seconds of an epoch of a final training."""
    task = prepared.task
    train, validation = search_images(prepared)
    timed = probes.epochs(train, validation)
    costs = CostModel(round(train), round(validation), earlier)
    epochs = predict(prepared, costs, timed)
    whole = probes.epochs(len(task.train), len(task.validation))
    growth = fmean(s for _, s in whole) / fmean(s for _, s in timed)
    return epochs, growth * epochs.mean


def _final_trainings(prepared: PreparedStudy) -> int:
    """Number of trainings after the search."""
    spec = prepared.spec
    trainings = spec.seeds * (1 if prepared.default is None else 2)
    return trainings + max(0, spec.ensemble - 1)


def _search_seconds(budget: Budget, finals: float, features: float) -> float | None:
    """Seconds of the time budget that trials share; None without one."""
    if budget.seconds is None:
        return None
    reserved = min(finals, MAX_RESERVE * budget.seconds)
    return max(0.0, budget.seconds - reserved - features)


def rehearse(searcher: Searcher, problem: SearchProblem) -> list[float]:
    """Number of epochs that each trial of a search trains, with random scores.

    An epoch on a part of the images counts as that part of an epoch.
    """
    random_scores = random.Random(0)
    ends: list[int] = []
    trained: list[float] = []
    while (proposal := searcher.ask(len(ends))) is not None:
        number = len(ends)
        first = 0 if proposal.parent is None else ends[proposal.parent]
        metrics = {
            problem.task_type.validated: random_scores.random(),
            problem.task_type.settled: random_scores.random(),
        }
        epoch = first
        while epoch < min(proposal.epochs, problem.budget.epochs):
            epoch += 1
            if not searcher.report(number, epoch, metrics):
                break
        # A trial that is promoted from a part of the images begins anew.
        ends.append(0 if proposal.is_on_part else epoch)
        trained.append((epoch - first) * proposal.image_share)
        searcher.tell(number, TrialResult(metrics=metrics, epochs=epoch))
    return trained


def _searcher(prepared: PreparedStudy, problem: SearchProblem) -> Searcher:
    """A searcher that asks for the study's epochs but learns from no score."""
    spec = prepared.spec
    tuner = "random" if searchers.TUNERS[spec.tuner].samples else spec.tuner
    return searchers.create(tuner, problem, spec.schedule)
