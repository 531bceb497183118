"""Data sets: labelled images, loaded, checked and split into a ``Task``.

A data set is known by name, such as ``digits``, or is a folder of images or arrays in
NumPy files. ``load`` splits it for training, validation and test; ``Folds`` divide a
task's training and validation images again for a cross-validation. ``examine`` says
what the images of a task tell of the data set, such as which occur twice.
"""

from bench.datasets import image_file, image_formats, pixels
from bench.datasets.examination import Examination, examine, keeps_classes
from bench.datasets.file_state import state_of
from bench.datasets.folds import Folds, Indices, SingleSplit, Splits, pooled
from bench.datasets.loader import is_here, load
from bench.datasets.named import DATASETS, DatasetInfo, data_folder, fetch, is_present
from bench.datasets.of_study import load_again, load_for
from bench.datasets.overview import Overview, look_at
from bench.datasets.places import hidden, kind_of_file, place_of
from bench.datasets.stand_in import stand_in
from bench.datasets.task import Split, Task
from bench.datasets.unseen import UNKNOWN, UnseenImages, Wanted, fitted, read_unseen

__all__ = [
    "DATASETS",
    "UNKNOWN",
    "DatasetInfo",
    "Examination",
    "Folds",
    "Indices",
    "Overview",
    "SingleSplit",
    "Split",
    "Splits",
    "Task",
    "UnseenImages",
    "Wanted",
    "data_folder",
    "examine",
    "fetch",
    "fitted",
    "hidden",
    "image_file",
    "image_formats",
    "is_here",
    "is_present",
    "keeps_classes",
    "kind_of_file",
    "load",
    "load_again",
    "load_for",
    "look_at",
    "pixels",
    "place_of",
    "pooled",
    "read_unseen",
    "stand_in",
    "state_of",
]
