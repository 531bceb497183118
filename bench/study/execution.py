"""Executors of a study's trainings, made for the resources that it may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench import searchers
from bench.executors import Executor, memory
from bench.executors.inline import InlineExecutor
from bench.executors.local import LocalExecutor
from bench.executors.output import KEPT
from bench.records import Resources, TrialResult
from bench.study import clusters
from bench.study.prepare import PreparedStudy
from bench.text.activity import Activity
from bench.training import PRELOAD, backend, devices, shared_task
from bench.training.evaluators.fid_network import with_features
from bench.training.trial_runner import (
    Request,
    Result,
    TrialRunner,
    TrialRunnerFactory,
    scaled_task,
)

StudyExecutor = Executor[Request, Result]

OnActivity = Callable[[int, Activity | None], None]


def lookahead(prepared: PreparedStudy, resources: Resources) -> int:
    """How many results a study's searcher may lack when it is asked for a trial."""
    spec, workers = prepared.spec, _worker_count(prepared, resources)
    return searchers.lookahead(spec.tuner, workers, spec.budget.trials)


def make_executor(
    prepared: PreparedStudy,
    resources: Resources,
    folder: Path,
    cache: Path,
    on_activity: OnActivity = lambda *_: None,
) -> StudyExecutor:
    """Make the executor of a study.

    Args:
        prepared: The study.
        resources: What trains its trials.
        folder: Where workers find its images, written now.
        cache: Folder of frozen networks' features, kept after the study.
        on_activity: As of ``LocalExecutor``.
    """
    folds = prepared.folds
    task = scaled_task(prepared.task, prepared.source)
    config = with_features(prepared.evaluator_config, cache, prepared.task.record)
    if resources.workers == 0:
        source = prepared.imported_source()
        return InlineExecutor(TrialRunner(source, task, cache, folds, config))

    def factory(decoders: int = 1) -> TrialRunnerFactory:
        return TrialRunnerFactory(
            place=prepared.spec.place,
            task=shared_task.save(task, folder, decoders),
            cache=cache.absolute(),
            backend=prepared.spec.backend,
            options=prepared.spec.options,
            folds=folds,
            config=config,
            devices=resources.devices,
            precision=prepared.spec.precision,
        )

    if resources.is_cluster:
        return clusters.make_executor(
            prepared,
            resources,
            factory,
            lost=_lost,
            with_output=_with_output,
            on_activity=on_activity,
        )
    count = _worker_count(prepared, resources)
    spare = backend.cores() // count - 1  # one thread of a worker trains
    return LocalExecutor(
        factory(max(1, spare)),
        count,
        lost=_lost,
        preload=[PRELOAD],
        timeout=resources.trial_timeout,
        memory=memory.limit(),
        with_output=_with_output,
        on_activity=on_activity,
    )


def _worker_count(prepared: PreparedStudy, resources: Resources) -> int:
    if resources.workers is not None:
        return resources.workers
    if resources.is_cluster:
        return clusters.room(resources)
    if resources.devices > 1:
        return devices.groups(resources.devices)
    return backend.default_workers(prepared.spec.backend)


def _lost(request: Request, reason: str) -> TrialResult:
    return TrialResult(error=reason)


def _with_output(result: Result, written: str) -> Result:
    """A failed trial with what its worker wrote; other results as they are."""
    if not isinstance(result, TrialResult) or result.error is None or not written:
        return result
    heading = f"The end of what was written (at most {KEPT:,} bytes):"
    return replace(result, traceback=f"{result.traceback}\n{heading}\n{written}")
