"""The task of a study, loaded as its options say."""

from __future__ import annotations

from dataclasses import replace

from bench.datasets import catalogue
from bench.datasets.file_state import state_of
from bench.datasets.loader import DataSetRequest, is_folder, load
from bench.datasets.remote_places import Fetching
from bench.datasets.streamed import Room
from bench.datasets.task import Task
from bench.errors import DatasetError
from bench.records import ImageSource, StudySpec, TaskRecord
from bench.text.activity import doing


def load_for(spec: StudySpec, source: ImageSource) -> Task:
    """Load the task of a study.

    Args:
        spec: Names the data set and says how to split it.
        source: Says where the images come from.

    Raises:
        DatasetError: As for ``load``.
    """
    with doing("reading the data set"):
        state = state_of(spec, source)  # before anything is read
        return replace(load(_request(spec, source)), state=state)


def _request(spec: StudySpec, source: ImageSource) -> DataSetRequest:
    return DataSetRequest(
        dataset=spec.dataset,
        data_folder=source.data,
        validation_fraction=spec.validation_fraction,
        test_fraction=spec.test_fraction,
        seed=spec.seed,
        image_size=spec.image_size,
        skip_unreadable=source.skip_unreadable,
        images=spec.images,
        in_memory=source.in_memory,
        groups=spec.groups,
        groups_in_memory=source.groups,
        classes_from=spec.classes_from,
        fetching=Fetching(
            cache_size=source.cache_size,
            addresses=source.addresses,
            is_quiet=source.is_quiet,
        ),
        room=Room(
            limit=source.memory,
            processes=source.processes,
            backend=spec.backend,
            streams=source.streams,
        ),
    )


def load_again(spec: StudySpec, source: ImageSource, record: TaskRecord) -> Task:
    """Load the task of a study as it was loaded before.

    The files of a folder that is streamed are told apart without being read. So if its
    images are others than the recorded, they are streamed rather than read into memory,
    or read into memory rather than streamed.

    Args:
        spec: Names the data set and says how to split it.
        source: Says where the images come from.
        record: Of the task as it was.

    Raises:
        DatasetError: As for ``load``; the way out is to say where the images lie now,
            or to run where there is room for images that were read into memory.
    """
    try:
        task = load_for(spec, source)
    except DatasetError as error:
        if spec.dataset in catalogue.DATASETS:
            raise
        raise DatasetError(
            f"{error}; if the images lie elsewhere now, --dataset PATH says where"
        ) from error
    is_other = task.record.test_fingerprint != record.test_fingerprint
    if is_other and is_folder(spec.dataset):
        # One process must hold them; the number of workers that did isn't recorded.
        other_way = replace(source, streams=not task.is_streamed, processes=0)
        return load_for(spec, other_way)
    return task
