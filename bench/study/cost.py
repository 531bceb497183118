"""Predicts what a study will cost, from timed steps of sampled configurations."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from bench import searchers
from bench.errors import nothing_works
from bench.records import GENERATION, Resources, TrialResult, Value
from bench.searchers import Searcher, SearchProblem
from bench.study.execution import make_executor
from bench.study.prepare import PreparedStudy
from bench.training.models import extractors
from bench.training.probe import ProbeRequest, ProbeResult, largest_memory
from bench.training.time_limit import CutShortError, time_limit

SAMPLES = 5
"""Number of configurations that are timed."""

REFERENCE_SECONDS = 3.0
"""Seconds from which a reference is forecast rather than scored."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Maximum cost of a study; trials that end by their patience make it cheaper.

    Attributes:
        configurations: Number of configurations that the search starts.
        trainings: Number of trials, promotions included.
        epochs: Number of epochs of all trials.
        epoch_seconds: Shortest and longest epoch of the sampled configurations.
        search_seconds, final_seconds: Wall-clock time of search and final trainings.
        reference_seconds: Wall-clock time of the references, which are scored once
            for a board.
        core_seconds: Processor time of both.
        memory_mib: Peak memory of all processes together.
        budget_seconds: Time budget at which the study ends; None for no limit.
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
    failed: int = 0
    error: str | None = None
    repeats: int = 1

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


def cost(prepared: PreparedStudy, resources: Resources) -> Cost:
    """Time sampled configurations on as many workers as the study will have.

    Raises:
        StudyError: None of the configurations can be trained.
    """
    probes, workers = _probe(prepared, resources)
    trainable = [probe for probe in probes if probe.error is None]
    failures = [probe.error for probe in probes if probe.error is not None]
    spec, task = prepared.spec, prepared.task
    if not trainable:
        drawn = f"{len(probes)} configurations drawn at random"
        raise nothing_works(drawn, failures[-1], spec.family)
    problem = replace(prepared.problem, budget=spec.budget)
    trials = rehearse(_searcher(prepared, problem), problem)
    epochs = [_epoch_seconds(probe, *_search_images(prepared)) for probe in trainable]
    start = fmean(probe.start_seconds for probe in trainable)
    searched = sum(trials) * fmean(epochs) + len(trials) * start
    searched += _feature_seconds(prepared, trainable)
    full_epoch = fmean(
        _epoch_seconds(probe, len(task.train), len(task.validation))
        for probe in trainable
    )
    final = spec.budget.epochs * full_epoch + start
    trainings = spec.seeds * (1 if prepared.default is None else 2)
    trainings += max(0, spec.ensemble - 1)
    return Cost(
        family=spec.family,
        searcher=spec.searcher,
        configurations=min(spec.budget.trials, len(trials)),
        trainings=len(trials),
        epochs=sum(trials),
        epoch_seconds=(min(epochs), max(epochs)),
        search_seconds=searched / workers,
        final_seconds=final * -(-trainings // workers),
        reference_seconds=reference_seconds(prepared),
        core_seconds=searched + final * trainings,
        memory_mib=_memory(trainable, workers) / 2**20,
        budget_seconds=spec.budget.seconds,
        failed=len(failures),
        error=failures[-1] if failures else None,
    )


def reference_seconds(prepared: PreparedStudy) -> float:
    """Seconds of the references of a board that has none.

    Those that take little are scored; of the others a part is timed.
    """
    config = prepared.evaluator_config
    if config.task_type.kind == GENERATION:  # they need the network of a study
        return 0.0
    seconds = 0.0
    for score in config.evaluator(prepared.task).references({}).values():
        began = time.perf_counter()
        forecast = None
        try:
            with time_limit(time.monotonic() + REFERENCE_SECONDS):
                score()
        except CutShortError as error:
            forecast = error.seconds
        seconds += forecast or time.perf_counter() - began
    return seconds


def rehearse(searcher: Searcher, problem: SearchProblem) -> list[int]:
    """Number of epochs that each trial of a search trains, with random scores."""
    random_scores = random.Random(0)
    ends: list[int] = []
    trained: list[int] = []
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
        ends.append(epoch)
        trained.append(epoch - first)
        searcher.tell(number, TrialResult(metrics=metrics, epochs=epoch))
    return trained


def _search_images(prepared: PreparedStudy) -> tuple[float, float]:
    """Number of images that an epoch of the search trains on, and validates.

    A fold is validated after the last epoch only, and so counts in part.
    """
    train, validation = len(prepared.task.train), len(prepared.task.validation)
    if prepared.folds is None:
        return train, validation
    held_out = (train + validation) / prepared.folds.count
    return round(train + validation - held_out), (
        held_out / prepared.spec.budget.epochs
    )


def _epoch_seconds(probe: ProbeResult, train: float, validation: float) -> float:
    return probe.train_seconds * train + probe.validate_seconds * validation


def _feature_seconds(prepared: PreparedStudy, probes: Sequence[ProbeResult]) -> float:
    """Seconds that frozen networks take for all configurations that start."""
    known = {p.network: p.feature_seconds for p in probes if p.network is not None}
    if not known:
        return 0.0
    trials = prepared.spec.budget.trials
    sampler = random_sampler(prepared, trials, prepared.problem.starts)
    copies: dict[str, int] = {}
    for number in range(trials):
        proposal = sampler.ask(number)
        if proposal is not None:
            networks = extractors(prepared.source, proposal.hyperparameters)
            copies |= {network.name: network.copies for network in networks}
    slowest = max(known.values())
    return sum(
        known.get(name, slowest) * _images_seen(prepared, count)
        for name, count in copies.items()
    )


def _images_seen(prepared: PreparedStudy, copies: int) -> int:
    """Number of images that a frozen network sees, augmented copies included."""
    train, validation = len(prepared.task.train), len(prepared.task.validation)
    if prepared.folds is not None:  # all in one pool, which also validates
        train += validation
        validation = train if copies > 1 else 0
    return copies * train + validation + len(prepared.task.test)


def _probe(
    prepared: PreparedStudy, resources: Resources
) -> tuple[list[ProbeResult], int]:
    """Time sampled configurations; also returns the number of workers."""
    sampler = random_sampler(prepared, SAMPLES)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        executor = make_executor(prepared, resources, path, path / "cache")
        workers = executor.free
        try:
            for number in range(SAMPLES):
                proposal = sampler.ask(number)
                if proposal is not None:
                    executor.submit(number, ProbeRequest(proposal.hyperparameters))
            probes = []
            while executor.in_flight:
                _, result = executor.collect(lambda *_: True)
                if isinstance(result, TrialResult):  # of a worker that died
                    result = ProbeResult(error=result.error)
                assert isinstance(result, ProbeResult)
                probes.append(result)
            return probes, workers
        finally:
            executor.close()


def random_sampler(
    prepared: PreparedStudy, trials: int, starts: Sequence[Mapping[str, Value]] = ()
) -> Searcher:
    """A searcher that draws configurations at random, after the default and others."""
    budget = replace(prepared.spec.budget, trials=trials)
    problem = replace(prepared.problem, budget=budget, starts=tuple(starts))
    return searchers.create("random", problem)


def _searcher(prepared: PreparedStudy, problem: SearchProblem) -> Searcher:
    """A searcher that asks for the study's epochs but learns from no score."""
    spec = prepared.spec
    tuner = "random" if searchers.TUNERS[spec.tuner].samples else spec.tuner
    return searchers.create(tuner, problem, spec.schedule)


def _memory(probes: Sequence[ProbeResult], workers: int) -> float:
    return largest_memory() + workers * max(probe.memory for probe in probes)
