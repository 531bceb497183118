"""Times a few steps of sampled configurations, on workers as a study has them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from bench.errors import nothing_works
from bench.records import Resources, TrialResult, Value
from bench.study.execution import make_executor
from bench.study.prepare import PreparedStudy
from bench.study.samples import random_sampler
from bench.training.models import extractors
from bench.training.probe import ProbeRequest, ProbeResult

SAMPLES = 5
"""Number of configurations that are timed."""


@dataclass(frozen=True, kw_only=True)
class Probes:
    """What the timed configurations took.

    Attributes:
        timed: Configurations that can be trained, at least one, with what they took.
        errors: Of the others.
    """

    timed: Sequence[tuple[Mapping[str, Value], ProbeResult]]
    errors: Sequence[str] = ()

    @property
    def results(self) -> list[ProbeResult]:
        return [result for _, result in self.timed]

    @property
    def start(self) -> float:
        """Mean seconds to build and compile a model."""
        return fmean(result.start_seconds for result in self.results)

    @property
    def memory(self) -> int:
        """Peak memory of a worker, in bytes."""
        return max(result.memory for result in self.results)

    def epochs(
        self, train: float, validation: float
    ) -> list[tuple[Mapping[str, Value], float]]:
        """Configurations, and the seconds of an epoch of so many images."""
        return [
            (values, each.train_seconds * train + each.validate_seconds * validation)
            for values, each in self.timed
        ]


def search_images(prepared: PreparedStudy) -> tuple[float, float]:
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


def feature_seconds(
    prepared: PreparedStudy, probes: Sequence[ProbeResult], trials: int
) -> float:
    """Seconds that frozen networks take for the first so many configurations."""
    known = {p.network: p.feature_seconds for p in probes if p.network is not None}
    if not known:
        return 0.0
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


def probe(prepared: PreparedStudy, resources: Resources) -> tuple[Probes, int]:
    """Time sampled configurations; also returns the number of workers.

    Raises:
        StudyError: None of the configurations can be trained.
    """
    sampler = random_sampler(prepared, SAMPLES)
    proposals = [sampler.ask(number) for number in range(SAMPLES)]
    drawn = [each.hyperparameters for each in proposals if each is not None]
    results, workers = _results(prepared, resources, drawn)
    errors = [result.error for result in results if result.error is not None]
    if len(errors) == len(results):
        what = f"{len(results)} configurations drawn at random"
        raise nothing_works(what, errors[-1], prepared.spec.family)
    pairs = zip(drawn, results, strict=True)
    timed = [(values, result) for values, result in pairs if result.error is None]
    return Probes(timed=timed, errors=errors), workers


def _results(
    prepared: PreparedStudy,
    resources: Resources,
    drawn: Sequence[Mapping[str, Value]],
) -> tuple[list[ProbeResult], int]:
    """What configurations took, in their order, and the number of workers."""
    results: dict[int, ProbeResult] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        executor = make_executor(prepared, resources, path, path / "cache")
        workers = executor.free
        try:
            for number, values in enumerate(drawn):
                executor.submit(number, ProbeRequest(values))
            while executor.in_flight:
                number, result = executor.collect(lambda *_: True)
                if isinstance(result, TrialResult):  # of a worker that died
                    result = ProbeResult(error=result.error)
                assert isinstance(result, ProbeResult)
                results[number] = result
        finally:
            executor.close()
    return [results[number] for number in range(len(drawn))], workers
