"""What an executor is given to run: everything a trial needs but its request."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bench.datasets import Split, Task
from bench.records import TrialResult
from bench.training.curve import Report
from bench.training.final import FinalResult, run_final
from bench.training.hypermodel import FamilySource
from bench.training.programs import Programs
from bench.training.trial import TrialRequest, run_trial


class Work:
    """Trains the trials and the final trainings of one study.

    Args:
        source: The family.
        task: As loaded.
    """

    def __init__(self, source: FamilySource, task: Task) -> None:
        self.source = source
        self.programs = Programs(prepared(task, source))

    def __call__(
        self, request: TrialRequest, report: Report
    ) -> TrialResult | FinalResult:
        run = run_final if request.is_final else run_trial
        return run(self.source, self.programs, request, report)


def prepared(task: Task, source: FamilySource) -> Task:
    """The task as the family takes it: raw pixels, or float32 in [0, 1]."""
    if source.takes_raw_pixels:
        return task
    low, high = task.pixel_range

    def scaled(split: Split) -> Split:
        images = (split.images.astype(np.float32) - low) / (high - low)
        return replace(split, images=images)

    return replace(
        task,
        train=scaled(task.train),
        validation=scaled(task.validation),
        test=scaled(task.test),
        pixel_range=(0.0, 1.0),
    )
