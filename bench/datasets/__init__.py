"""Data sets: labelled images, loaded, checked and split into a ``Task``.

A data set is known by name, such as ``digits``, or is a folder of images or arrays in
NumPy files. ``load`` splits it for training, validation and test; ``Folds`` divide a
task's training and validation images again for a cross-validation. ``examine`` says
what the images of a task tell of the data set, such as which occur twice. Importing
this package imports nothing else, so that a list of data sets does without NumPy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.datasets import image_file as image_file
    from bench.datasets import image_formats as image_formats
    from bench.datasets import pixels as pixels
    from bench.datasets.blank import stand_in as stand_in
    from bench.datasets.catalogue import DATASETS as DATASETS
    from bench.datasets.catalogue import DatasetInfo as DatasetInfo
    from bench.datasets.catalogue import data_folder as data_folder
    from bench.datasets.catalogue import is_present as is_present
    from bench.datasets.examination import Examination as Examination
    from bench.datasets.examination import keeps_classes as keeps_classes
    from bench.datasets.examination.examine import examine as examine
    from bench.datasets.file_state import state_of as state_of
    from bench.datasets.folds import Folds as Folds
    from bench.datasets.folds import Indices as Indices
    from bench.datasets.folds import SingleSplit as SingleSplit
    from bench.datasets.folds import Splits as Splits
    from bench.datasets.folds import pooled as pooled
    from bench.datasets.loader import DataSetRequest as DataSetRequest
    from bench.datasets.loader import is_here as is_here
    from bench.datasets.loader import load as load
    from bench.datasets.named import fetch as fetch
    from bench.datasets.of_study import load_again as load_again
    from bench.datasets.of_study import load_for as load_for
    from bench.datasets.overview import Overview as Overview
    from bench.datasets.overview import look_at as look_at
    from bench.datasets.places import hidden as hidden
    from bench.datasets.places import kind_of_file as kind_of_file
    from bench.datasets.places import place_of as place_of
    from bench.datasets.task import Split as Split
    from bench.datasets.task import Task as Task
    from bench.datasets.unseen import UNKNOWN as UNKNOWN
    from bench.datasets.unseen import UnseenImages as UnseenImages
    from bench.datasets.unseen import Wanted as Wanted
    from bench.datasets.unseen import fitted as fitted
    from bench.datasets.unseen import read_unseen as read_unseen

_WHERE = {
    "DATASETS": "bench.datasets.catalogue",
    "UNKNOWN": "bench.datasets.unseen",
    "DataSetRequest": "bench.datasets.loader",
    "DatasetInfo": "bench.datasets.catalogue",
    "Examination": "bench.datasets.examination",
    "Folds": "bench.datasets.folds",
    "Indices": "bench.datasets.folds",
    "Overview": "bench.datasets.overview",
    "SingleSplit": "bench.datasets.folds",
    "Split": "bench.datasets.task",
    "Splits": "bench.datasets.folds",
    "Task": "bench.datasets.task",
    "UnseenImages": "bench.datasets.unseen",
    "Wanted": "bench.datasets.unseen",
    "data_folder": "bench.datasets.catalogue",
    "examine": "bench.datasets.examination",
    "fetch": "bench.datasets.named",
    "fitted": "bench.datasets.unseen",
    "hidden": "bench.datasets.places",
    "image_file": "bench.datasets.image_file",
    "image_formats": "bench.datasets.image_formats",
    "is_here": "bench.datasets.loader",
    "is_present": "bench.datasets.catalogue",
    "keeps_classes": "bench.datasets.examination",
    "kind_of_file": "bench.datasets.places",
    "load": "bench.datasets.loader",
    "load_again": "bench.datasets.of_study",
    "load_for": "bench.datasets.of_study",
    "look_at": "bench.datasets.overview",
    "pixels": "bench.datasets.pixels",
    "place_of": "bench.datasets.places",
    "pooled": "bench.datasets.folds",
    "read_unseen": "bench.datasets.unseen",
    "stand_in": "bench.datasets.blank",
    "state_of": "bench.datasets.file_state",
}
"""Modules of the names that are imported when they are first used."""

__all__ = [*_WHERE]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(_WHERE[name])
    value = module if _WHERE[name] == f"{__name__}.{name}" else getattr(module, name)
    globals()[name] = value
    return value
