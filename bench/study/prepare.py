"""A study that was checked from end to end and can start; nothing is written yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from keras_tuner import HyperParameters

from bench import searchers
from bench.datasets import Task
from bench.datasets.folds import Folds
from bench.errors import FamilyError, UsageError
from bench.executors import Executor
from bench.executors.inline import InlineExecutor
from bench.executors.local import LocalExecutor
from bench.records import (
    CLASSIFICATION,
    GENERATION,
    GENERATION_OF_FEW,
    StudySpec,
    TrialResult,
    study_id,
)
from bench.searchers import description
from bench.searchers import space as search_space
from bench.training import PRELOAD, backend, hypermodel, shared_task
from bench.training.evaluators import inception
from bench.training.evaluators.evaluator import Judging
from bench.training.evaluators.samples import sample_count
from bench.training.final import FinalResult
from bench.training.parameter_limit import ParameterCap
from bench.training.probe import ProbeRequest, ProbeResult
from bench.training.trial import TrialRequest
from bench.training.trial_runner import MakeWork, Work, image_task, prepared
from search_spaces import DENOISING_OPTIONS
from search_spaces.family import UnsupportedTaskError
from search_spaces.parts.denoising import Denoiser

LEAST_FOR_FID = 2048
"""Images below which FID, whose bias grows as they get fewer, doesn't rank."""

LEAST_SAMPLES = 100
"""Images below which no distance between sets of them says anything."""

TrialExecutor = Executor[
    TrialRequest | ProbeRequest, TrialResult | FinalResult | ProbeResult
]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A study that was checked from end to end and can start.

    Attributes:
        spec: With fixed hyperparameters read as their kinds.
        task: As loaded.
        source: The family, made for the task.
        space: What is searched.
        searcher: Fresh.
        accepts: Says which configurations may be tried; None for all.
        folds: Of the task, where the tuner cross-validates; else None.
        id: Identity of the study.
    """

    spec: StudySpec
    task: Task
    source: hypermodel.FamilySource
    space: HyperParameters
    searcher: searchers.Searcher
    accepts: searchers.Accepts | None
    folds: Folds | None
    id: str

    @property
    def judging(self) -> Judging:
        """Makes what judges its models."""
        return Judging(
            goal=self.spec.goal,
            noise_mean=self.spec.noise_mean or 0.0,
            noise_variance=self.spec.noise_variance or 0.0,
            fid_network=self.spec.fid_network or "classifier",
        )


@dataclass(frozen=True, kw_only=True)
class Crew:
    """Who trains the trials of a study; no part of the study's identity.

    Attributes:
        workers: Processes; 0 trains in this one, None takes one for each core or
            accelerator.
        trial_timeout: Seconds after which a trial is ended and recorded as failed.
    """

    workers: int | None = None
    trial_timeout: float | None = None

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 0:
            raise UsageError(f"--workers must be 0 or more, not {self.workers}")
        if self.trial_timeout is not None and self.workers == 0:
            raise UsageError(
                "--trial-timeout needs a worker that can be ended, not --workers 0: "
                "leave out one of them"
            )

    def lookahead(self, plan: Plan) -> int:
        """How many results a searcher may lack when it is asked for a trial.

        One for each further worker and two more, so that a worker need not wait for
        a slower one at once, and may choose. More where a searcher learns nothing
        from them.
        """
        further = max(0, self._count(plan) - 1)
        learns = searchers.TUNERS[plan.spec.tuner].learns
        return 3 * further if learns else 10 * further

    def _count(self, plan: Plan) -> int:
        if self.workers is None:
            return backend.default_workers(plan.spec.backend)
        return self.workers

    def executor(self, plan: Plan, folder: Path, cache: Path) -> TrialExecutor:
        """Make the executor of a study.

        Args:
            plan: The study.
            folder: Where workers find its images, put there now.
            cache: Folder of what frozen networks compute, kept after the study.
        """
        task = prepared(plan.task, plan.source)
        judging = plan.judging.within(cache, plan.task.record)
        count = self._count(plan)
        if count == 0:
            return InlineExecutor(Work(plan.source, task, cache, plan.folds, judging))
        shared_task.save(task, folder)
        return LocalExecutor(
            MakeWork(
                family=plan.spec.family,
                folder=folder.absolute(),
                cache=cache.absolute(),
                backend=plan.spec.backend,
                options=plan.spec.options,
                folds=plan.folds,
                judging=judging,
            ),
            count,
            lost=_lost,
            preload=[PRELOAD],
            timeout=self.trial_timeout,
        )


def plan(spec: StudySpec, task: Task) -> Plan:
    """Check a study and make its searcher; nothing is written yet.

    Args:
        spec: What is asked; values in ``fixed`` are texts still.
        task: Loaded from ``spec.dataset``.

    Raises:
        BenchError: The family, the tuner or a hyperparameter is unknown or doesn't
            fit.
    """
    source = _source(spec, task)
    whole = search_space.discover(source.hypermodel)
    fixed = search_space.parse_fixed(whole, dict(spec.fixed))
    space = search_space.narrow(whole, spec.only, fixed)
    spec = replace(spec, fixed=tuple(sorted(fixed.items())), **_aim(source, task, spec))
    _check_aim(spec, task)
    _prepare(source, space)
    fingerprint = search_space.fingerprint(space, source.fingerprint)
    folds = None if spec.folds is None else Folds(task, spec.folds, spec.seed)
    accepts = _cap(spec, source)
    if accepts is not None:  # it refuses to accept nothing, and better now than later
        searchers.create("random", space, spec.budget, spec.seed, None, accepts).ask(0)
    searcher = searchers.create(
        spec.tuner,
        space,
        spec.budget,
        spec.seed,
        spec.schedule,
        accepts,
        folds,
        spec.aim,
    )
    if searchers.TUNERS[spec.tuner].lays_out:
        spec = _counted(spec, searcher)
    return Plan(
        spec=spec,
        task=task,
        source=source,
        space=space,
        searcher=searcher,
        accepts=accepts,
        folds=folds,
        id=study_id(spec, task.record.fingerprint, fingerprint),
    )


def _counted(spec: StudySpec, searcher: searchers.Searcher) -> StudySpec:
    """The spec of a grid with the number of its candidates."""
    from bench.searchers.sklearn import CrossValidation

    assert isinstance(searcher, CrossValidation)
    return replace(spec, budget=replace(spec.budget, trials=searcher.candidates))


def variants(spec: StudySpec, task: Task, name: str) -> list[StudySpec]:
    """A study for each value of a hyperparameter, which is held at it.

    Args:
        spec: Of a study that would search it.
        task: Loaded from ``spec.dataset``.
        name: Of the hyperparameter.

    Raises:
        BenchError: The family can't be found, or has no such hyperparameter with few
            values on this task.
    """
    space = search_space.discover(_source(spec, task).hypermodel)
    return [
        replace(spec, fixed=(*spec.fixed, (name, str(value))))
        for value in search_space.few_values(space, name, spec.family)
    ]


def describe(spec: StudySpec, task: Task) -> list[description.Hyperparameter]:
    """The hyperparameters of a family on a task.

    Raises:
        FamilyError: The family can't be found or doesn't fit.
    """
    return description.describe(search_space.discover(_source(spec, task).hypermodel))


def _source(spec: StudySpec, task: Task) -> hypermodel.FamilySource:
    return hypermodel.load(spec.family, image_task(task), spec.options)


def _aim(
    source: hypermodel.FamilySource, task: Task, spec: StudySpec
) -> dict[str, Any]:
    """What a family is for, and the options of that, given or at their default."""
    goal = source.goal
    if goal == GENERATION and sample_count(task) < LEAST_FOR_FID:
        goal = GENERATION_OF_FEW
    aim: dict[str, Any] = {"goal": goal}
    if source.goal == GENERATION:
        default = "inception" if inception.is_at_hand() else "classifier"
        aim["fid_network"] = spec.fid_network or default
    if isinstance(source.family, Denoiser):
        aim |= {name: getattr(source.family, name) for name in DENOISING_OPTIONS}
    return aim


def _check_aim(spec: StudySpec, task: Task) -> None:
    if spec.fid_network is not None and spec.aim.task != GENERATION:
        raise UsageError(
            f"--fid-network goes with generators; {spec.family!r} is for "
            f"{spec.aim.task}: leave it out, or choose dcgan"
        )
    if spec.fid_network == "inception":
        inception.check(task)  # better now than with a store that was begun
    if spec.aim.task == GENERATION and sample_count(task) < LEAST_SAMPLES:
        raise UsageError(
            f"generators are compared on at least {LEAST_SAMPLES} validation and as "
            f"many test images; {spec.dataset!r} has {len(task.validation)} and "
            f"{len(task.test)}: raise --validation-fraction or --test-fraction"
        )
    if spec.folds is not None and spec.goal != CLASSIFICATION:
        raise UsageError(
            f"--tuner {spec.tuner} compares the accuracies of classifiers; "
            f"{spec.family!r} is for {spec.aim.task}: choose hyperband, random, "
            "bayesian or grid"
        )


def _prepare(source: hypermodel.FamilySource, space: HyperParameters) -> None:
    """Let a family of ours have at hand what it needs."""
    if source.family is None:
        return
    try:
        source.family.prepare(space)
    except UnsupportedTaskError as error:
        raise FamilyError(str(error)) from error


def _cap(spec: StudySpec, source: hypermodel.FamilySource) -> searchers.Accepts | None:
    """The cap on parameters that was asked for, or the family's own."""
    most = spec.max_parameters
    if most is None and source.family is not None:
        most = source.family.max_parameters
    return None if most is None else ParameterCap(source, most)


def _lost(request: TrialRequest | ProbeRequest, reason: str) -> TrialResult:
    return TrialResult(error=reason)
