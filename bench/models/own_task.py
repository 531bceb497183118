"""The task of a study, loaded again for what is done with its test images."""

from __future__ import annotations

from pathlib import Path

from bench.datasets import Task, load_again
from bench.errors import DatasetError, shown
from bench.records import ImageSource, StudyRecord


def own_task(study: StudyRecord, data: Path | None) -> Task:
    """Load the task of a study, whose test images must be those that it tested.

    Args:
        study: The study.
        data: Folder of data sets known by name, as for a search.

    Raises:
        DatasetError: It can't be loaded, or holds others now.
    """
    source = ImageSource(data=data, skip_unreadable=True)
    task = load_again(study.spec, source, study.task)
    if task.record.test_fingerprint != study.task.test_fingerprint:
        raise DatasetError(
            f"the test images of study {study.id[:8]} are needed; "
            f"{shown(study.spec.dataset)} holds others now: bring those back, or say "
            "with --dataset PATH where they lie"
        )
    return task
