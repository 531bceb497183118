"""Runs all requests of a study: trials, final trainings and probes."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.datasets import Folds, SingleSplit, Split, Task, pixels, pooled
from bench.datasets.streamed import as_array, is_streamed
from bench.records import FLOAT32, FamilyDefinition, TrialResult, Value
from bench.training import backend, devices, hypermodel
from bench.training.containment import Aftermath, contained
from bench.training.curve import Report
from bench.training.evaluators.evaluator import EvaluatorConfig
from bench.training.final import FinalResult, FinalsResult, run_final
from bench.training.hypermodel import FamilySource
from bench.training.inputs import InputCache
from bench.training.model_errors import exits_as_errors
from bench.training.probe import ProbeRequest, ProbeResult, run_probe
from bench.training.request import FinalRequest, FinalsRequest, TrialRequest
from bench.training.shared_task import SharedTask
from bench.training.together import run_together
from bench.training.trainer import Trainer
from bench.training.trial import failed, run_trial
from search_spaces.family import ImageTask

Request = TrialRequest | FinalRequest | FinalsRequest | ProbeRequest
Result = TrialResult | FinalResult | FinalsResult | ProbeResult


class TrialRunner:
    """Runs the requests of one study in this process.

    Args:
        source: The family.
        task: The task with images as the family takes them; see ``scaled_task``.
        cache: Folder that keeps features of frozen networks.
        folds: Folds of the task; None if configurations aren't cross-validated.
        config: Makes the evaluator; None for that of classifiers.
        devices: Names of the devices that train a model together; empty for one.

    Attributes:
        trainer: Trains the configurations.
        is_spoilt: Whether a model has left something behind in this process that
            can't be undone, so that it should run no further request.
    """

    def __init__(
        self,
        source: FamilySource,
        task: Task,
        cache: Path,
        folds: Folds | None = None,
        config: EvaluatorConfig | None = None,
        devices: Sequence[str] = (),
    ) -> None:
        task = task if folds is None else pooled(task)
        self.trainer = Trainer(
            source=source,
            inputs=InputCache(
                task,
                config or EvaluatorConfig(),
                folds or SingleSplit(task),
                cache,
                devices,
            ),
        )
        self.is_spoilt = False
        self._ended = time.perf_counter()

    def __call__(self, request: Request, report: Report) -> Result:
        """Run a request.

        Args:
            request: The trial, final trainings or probe.
            report: Called after every epoch; False ends the training.

        Returns:
            The result; that of a final training that failed is a ``TrialResult`` with
            the error.
        """
        idle = time.perf_counter() - self._ended
        aftermath = Aftermath()
        try:
            with contained(self.trainer.source) as aftermath:
                result = self._run(request, report)
        except Exception as error:  # its code broke even what handles its errors
            result = failed(error)
            aftermath.is_spoilt = True
        finally:
            self._ended = time.perf_counter()
        self.is_spoilt = aftermath.is_spoilt
        if isinstance(result, TrialResult):
            stages = dict(result.stage_seconds) | {"idle": idle}
            return replace(result, stage_seconds=stages, notes=tuple(aftermath.notes))
        return result

    def _run(self, request: Request, report: Report) -> Result:
        if isinstance(request, ProbeRequest):
            return run_probe(self.trainer, request)
        if isinstance(request, FinalRequest):
            return self._final(request, report)
        if isinstance(request, FinalsRequest):
            return run_together(self.trainer, request.finals, report)
        return run_trial(self.trainer, request, report)

    def _final(self, request: FinalRequest, report: Report) -> Result:
        try:
            with exits_as_errors():
                return run_final(self.trainer, request, report)
        except Exception as error:  # the other seeds are trained all the same
            return failed(error)


@dataclass(frozen=True, kw_only=True)
class TrialRunnerFactory:
    """Makes the trial runner of a study in another process.

    Attributes:
        place: Where the family is loaded from.
        task: The scaled task, in files.
        cache: Folder that keeps features of frozen networks.
        backend: The Keras backend.
        options: Options of the study.
        folds: Folds of the task; None if configurations aren't cross-validated.
        config: Makes the evaluator; None for that of classifiers.
        devices: Number of devices that train a model together.
        threads: Number of threads on which an operation runs.
        precision: Numbers in which the networks compute.
    """

    place: str | FamilyDefinition
    task: SharedTask
    cache: Path
    backend: str
    options: Mapping[str, Value] = field(default_factory=dict)
    folds: Folds | None = None
    config: EvaluatorConfig | None = None
    devices: int = 1
    threads: int = 1
    precision: str = FLOAT32

    def __call__(self, slot: int) -> TrialRunner:
        """Start Keras in this process, and make the trial runner.

        Args:
            slot: Number of the worker, from 0.
        """
        backend.start(self.backend, one_thread=self.threads == 1)
        backend.settle(self.backend, slot * self.devices, self.threads)
        names = devices.of_worker(slot, self.devices)
        task = self.task.load()
        images = image_task(task)
        source = hypermodel.load(self.place, images, self.options, self.precision)
        return TrialRunner(source, task, self.cache, self.folds, self.config, names)


def image_task(task: Task) -> ImageTask:
    """The properties of a task that families depend on."""
    return ImageTask(
        image_shape=task.record.image_shape,
        classes=len(task.record.class_names),
        pixel_range=task.pixel_range,
        bits=task.bits,
        class_shares=task.class_shares,
    )


def scaled_task(task: Task, source: FamilySource) -> Task:
    """The task with images as the family takes them.

    Families of this project take the pixels of the data set. Models from elsewhere
    take float32: in [0, 1], or with the values of the data set for ``pixels="raw"``.
    """
    if source.family is not None:
        return task
    bounds = task.pixel_range

    def scaled(split: Split) -> Split:
        if is_streamed(split.images):
            mapped = split.images.mapped(None if source.takes_raw_pixels else bounds)
            return replace(split, images=as_array(mapped))
        if source.takes_raw_pixels:
            return replace(split, images=split.images.astype("float32", copy=False))
        return replace(split, images=pixels.scaled(split.images, bounds))

    return replace(
        task,
        train=scaled(task.train),
        validation=scaled(task.validation),
        test=scaled(task.test),
        pixel_range=bounds if source.takes_raw_pixels else (0.0, 1.0),
    )
