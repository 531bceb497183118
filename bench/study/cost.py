"""What a study will cost, from a few timed steps of a few configurations."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from bench import searchers
from bench.errors import nothing_works
from bench.records import Budget, TrialResult
from bench.searchers import Searcher
from bench.searchers.asha import Asha
from bench.study.prepare import Crew, Plan
from bench.training.models import extractors
from bench.training.probe import ProbeRequest, ProbeResult, largest_memory

SAMPLES = 5
"""Configurations that are timed."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a study may take at most: no trial ends by its patience.

    Attributes:
        configurations: That the search starts.
        trainings: Trials, promotions included.
        epochs: Of all trials.
        epoch_seconds: Shortest and longest epoch of the sampled configurations.
        search_seconds, final_seconds: Of wall clock.
        core_seconds: Processor time of both.
        memory_mib: Largest of all processes together.
        budget_seconds: That the study ends after, whatever it would take.
        failed: Sampled configurations that can't be trained.
        error: That of the last one.
    """

    family: str
    searcher: str
    configurations: int
    trainings: int
    epochs: int
    epoch_seconds: tuple[float, float]
    search_seconds: float
    final_seconds: float
    core_seconds: float
    memory_mib: float
    budget_seconds: float | None
    failed: int = 0
    error: str | None = None


def estimate(plan: Plan, crew: Crew) -> Estimate:
    """Time a few configurations on as many workers as the study will have.

    Raises:
        StudyError: None of them can be trained.
    """
    probes, workers = _probe(plan, crew)
    works = [probe for probe in probes if probe.error is None]
    failures = [probe.error for probe in probes if probe.error is not None]
    if not works:
        drawn = f"{len(probes)} configurations drawn at random"
        raise nothing_works(drawn, failures[-1], plan.spec.family)
    trials = rehearse(_searcher(plan), plan.spec.budget)
    spec = plan.spec
    epochs = [_epoch_seconds(probe, plan) for probe in works]
    start = fmean(probe.start_seconds for probe in works)
    searched = sum(trials) * fmean(epochs) + len(trials) * start
    searched += _feature_seconds(plan, works)
    whole = [_epoch_seconds(probe, replace(plan, folds=None)) for probe in works]
    final = spec.budget.epochs * fmean(whole) + start
    return Estimate(
        family=spec.family,
        searcher=spec.searcher,
        configurations=min(spec.budget.trials, len(trials)),
        trainings=len(trials),
        epochs=sum(trials),
        epoch_seconds=(min(epochs), max(epochs)),
        search_seconds=searched / workers,
        final_seconds=final * -(-spec.seeds // workers),
        core_seconds=searched + final * spec.seeds,
        memory_mib=_memory(works, workers) / 2**20,
        budget_seconds=spec.budget.seconds,
        failed=len(failures),
        error=failures[-1] if failures else None,
    )


def _epoch_seconds(probe: ProbeResult, plan: Plan) -> float:
    """Of the search; a fold that is held out is looked at after the last one only."""
    train, validation = len(plan.task.train), float(len(plan.task.validation))
    if plan.folds is not None:
        held_out = (train + validation) / plan.folds.count
        train = round(train + validation - held_out)
        validation = held_out / plan.spec.budget.epochs
    return probe.train_seconds * train + probe.validate_seconds * validation


def _feature_seconds(plan: Plan, probes: Sequence[ProbeResult]) -> float:
    """That frozen networks look at images, for as many configurations as start."""
    known = {p.network: p.feature_seconds for p in probes if p.network is not None}
    if not known:
        return 0.0
    sampler = _sampler(plan, plan.spec.budget.trials)
    networks: dict[str, int] = {}
    for number in range(plan.spec.budget.trials):
        proposal = sampler.ask(number)
        if proposal is not None:
            found = extractors(plan.source, proposal.hyperparameters)
            networks |= {network.name: network.copies for network in found}
    dearest = max(known.values())
    return sum(
        known.get(name, dearest) * _seen(plan, copies)
        for name, copies in networks.items()
    )


def _seen(plan: Plan, copies: int) -> int:
    """Images that a frozen network looks at, some of them augmented copies."""
    train, validation = len(plan.task.train), len(plan.task.validation)
    if plan.folds is not None:  # all in one pool, which also validates
        train += validation
        validation = train if copies > 1 else 0
    return copies * train + validation + len(plan.task.test)


def _probe(plan: Plan, crew: Crew) -> tuple[list[ProbeResult], int]:
    """Sampled configurations, timed, and the number of workers."""
    sampler = _sampler(plan, SAMPLES)
    with tempfile.TemporaryDirectory() as folder:
        executor = crew.executor(plan, Path(folder), Path(folder) / "cache")
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


def _sampler(plan: Plan, trials: int) -> Searcher:
    """Draws configurations at random."""
    budget = replace(plan.spec.budget, trials=trials)
    return searchers.create(
        "random", plan.space, budget, plan.spec.seed, accepts=plan.accepts
    )


def _searcher(plan: Plan) -> Searcher:
    """A searcher that asks for as many epochs as the plan's, without learning."""
    spec = plan.spec
    tuner = "random" if searchers.TUNERS[spec.tuner].samples else spec.tuner
    return searchers.create(
        tuner,
        plan.space,
        spec.budget,
        spec.seed,
        spec.schedule,
        plan.accepts,
        plan.folds,
    )


def _memory(probes: Sequence[ProbeResult], workers: int) -> float:
    return largest_memory() + workers * max(probe.memory for probe in probes)


def rehearse(searcher: Searcher, budget: Budget) -> list[int]:
    """Play a search through with scores of chance; the epochs of each trial."""
    draw = random.Random(0)
    ends: list[int] = []
    own: list[int] = []
    while (proposal := searcher.ask(len(ends))) is not None:
        began = 0 if proposal.parent is None else ends[proposal.parent]
        number, epoch = len(ends), began
        metrics = {
            "validation_accuracy": draw.random(),
            "validation_log_loss": draw.random(),
        }
        while epoch < min(proposal.epochs, budget.epochs):
            epoch += 1
            if isinstance(searcher, Asha) and not searcher.report(
                number, epoch, metrics
            ):
                break
        ends.append(epoch)
        own.append(epoch - began)
        searcher.tell(number, TrialResult(metrics=metrics, epochs=epoch))
    return own
