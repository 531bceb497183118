"""What can be refused, and done, before the seconds that importing Keras takes."""

from __future__ import annotations

import os
from collections.abc import Callable

from bench import datasets
from bench.records import KINDS_OF_LIBRARIES, SearchRequest
from bench.remote import addresses
from bench.searchers import declared
from bench.text.background import Background
from search_spaces.parts.sizes import SMALL

HEAD_START = 0.5
"""Seconds within which most of what is wrong with a data set is found."""


def check(request: SearchRequest) -> None:
    """Refuse hyperparameters that a family of this project has on no task.

    Raises:
        SpaceError: A name or a value is wrong.
    """
    for spec in request.specs:
        names = [*(spec.only or ())]
        if request.variants is not None:
            names.append(request.variants)
        ranges = dict(spec.ranges)  # those that a user gives may be wider
        names += [*ranges, *dict(spec.fixed)]
        fixed = {name: text for name, text in spec.fixed if name not in ranges}
        is_small = spec.size == SMALL  # other sizes have other values
        declared.check(spec.family, names, fixed if is_small else {})


def load(request: SearchRequest) -> datasets.Task | None:
    """Load the images of the first studies; None if only Keras can fetch them.

    Raises:
        DatasetError: They can't be used.
    """
    spec, source = request.specs[0], request.source
    if source.in_memory is None and not datasets.is_here(spec.dataset, source.data):
        return None
    os.environ["KERAS_BACKEND"] = spec.backend  # a library may import Keras
    return datasets.load_for(spec, source)


def begin_to_load(
    request: SearchRequest, load: Callable[[], datasets.Task | None]
) -> Background[datasets.Task | None]:
    """Load images in another thread, which goes on while Keras is imported.

    Other libraries, which may start threads or print, and what fetches images come
    first.

    Args:
        request: Says where the images are.
        load: Loads them.

    Raises:
        DatasetError: They can't be used, which was found soon.
    """
    dataset = request.specs[0].dataset
    if dataset.partition(":")[0] in KINDS_OF_LIBRARIES or addresses(dataset):
        task = load()
        return Background(lambda: task)
    with Background(load) as loading:
        loading.head_start(HEAD_START)
    return loading
