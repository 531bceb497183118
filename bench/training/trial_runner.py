"""What an executor is given to run: everything a trial needs but its request."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.datasets import Split, Task, pixels
from bench.datasets.folds import Folds, pooled
from bench.records import TrialResult, Value
from bench.training import backend, hypermodel, shared_task
from bench.training.compiled.cache import Programs
from bench.training.curve import Report
from bench.training.evaluators.evaluator import Judging
from bench.training.final import FinalResult, run_final
from bench.training.hypermodel import FamilySource
from bench.training.probe import ProbeRequest, ProbeResult, run_probe
from bench.training.trial import TrialRequest, run_trial
from search_spaces.family import ImageTask


class Work:
    """Trains the trials and the final trainings of one study.

    Args:
        source: The family.
        task: As the family takes it: see ``prepared``.
        cache: Folder of what frozen networks compute.
        folds: Of the task; None where candidates aren't cross-validated.
        judging: Makes what judges its models; None for classifiers.
    """

    def __init__(
        self,
        source: FamilySource,
        task: Task,
        cache: Path,
        folds: Folds | None = None,
        judging: Judging | None = None,
    ) -> None:
        self.source = source
        task = task if folds is None else pooled(task)
        self.programs = Programs(task, cache, folds=folds, judging=judging)
        self._ended = time.perf_counter()

    def __call__(
        self, request: TrialRequest | ProbeRequest, report: Report
    ) -> TrialResult | FinalResult | ProbeResult:
        if isinstance(request, ProbeRequest):
            return run_probe(self.source, self.programs, request)
        idle = time.perf_counter() - self._ended
        try:
            if request.is_final:
                return run_final(self.source, self.programs, request, report)
            result = run_trial(self.source, self.programs, request, report)
            stages = dict(result.stage_seconds) | {"idle": idle}
            return replace(result, stage_seconds=stages)
        finally:
            self._ended = time.perf_counter()


@dataclass(frozen=True, kw_only=True)
class MakeWork:
    """Makes the work of a study in another process.

    Attributes:
        family: As it was named.
        folder: Where ``shared_task.save`` put the prepared task.
        cache: As of ``Work``.
        backend: The Keras backend.
        options: For the family's constructor.
        folds, judging: As of ``Work``.
    """

    family: str
    folder: Path
    cache: Path
    backend: str
    options: Mapping[str, Value] = field(default_factory=dict)
    folds: Folds | None = None
    judging: Judging | None = None

    def __call__(self, slot: int) -> Work:
        backend.start(self.backend, one_thread=True)
        backend.settle(self.backend, slot)
        task = shared_task.load(self.folder)
        source = hypermodel.load(self.family, image_task(task), self.options)
        return Work(source, task, self.cache, self.folds, self.judging)


def image_task(task: Task) -> ImageTask:
    """What a family must know of a task."""
    return ImageTask(
        image_shape=task.record.image_shape,
        classes=len(task.record.class_names),
        pixel_range=task.pixel_range,
    )


def prepared(task: Task, source: FamilySource) -> Task:
    """The task as the family takes it: raw pixels, or float32 in [0, 1]."""
    if source.takes_raw_pixels:
        return task

    def scaled(split: Split) -> Split:
        return replace(split, images=pixels.scaled(split.images, task.pixel_range))

    return replace(
        task,
        train=scaled(task.train),
        validation=scaled(task.validation),
        test=scaled(task.test),
        pixel_range=(0.0, 1.0),
    )
