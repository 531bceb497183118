"""Loads and fetches the data sets known by name."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.datasets import arrays, class_names
from bench.datasets.catalogue import DATASETS, file_of, listing
from bench.datasets.source import Source
from bench.datasets.task import Split
from bench.errors import DatasetError, StoreError, unknown
from bench.files import replaced_file


def load(name: str, folder: Path) -> Source:
    """Load a data set by its name, and fetch it if it isn't in the folder.

    Raises:
        DatasetError: The name is unknown, the data set can't be fetched, or the file
            in the folder holds other arrays than its name says.
    """
    _check_name(name)
    if DATASETS[name].is_embedded:
        return _digits()
    path = fetch(name, folder)
    source = arrays.load_npz(path)
    names = DATASETS[name].class_names
    if source.test is None or source.class_names != tuple(map(str, range(len(names)))):
        raise DatasetError(
            f"{str(path)!r} must hold x_train, y_train, x_test and y_test with the "
            f"labels 0 to {len(names) - 1}; remove it to have it fetched again, or "
            "give your own file as npz:PATH"
        )
    return replace(source, class_names=names)


def fetch(name: str, folder: Path) -> Path:
    """Fetch a data set through Keras into the folder, unless it is there already.

    Returns:
        The file, with the arrays x_train, y_train, x_test and y_test.

    Raises:
        DatasetError: The name is unknown, the data set is embedded or can't be
            fetched, or the folder can't be written.
    """
    _check_name(name)
    if DATASETS[name].is_embedded:
        raise DatasetError(
            f"only data sets kept in files can be fetched; {name!r} comes with "
            "scikit-learn; use it as it is"
        )
    path = file_of(name, folder)
    if os.path.lexists(path):  # whatever it is, it is not ours to replace
        return path
    try:
        # The public modules, such as keras.datasets.mnist.
        loader = importlib.import_module(f"keras.datasets.{name}")
        (x_train, y_train), (x_test, y_test) = loader.load_data()
    except Exception as error:  # Keras raises plain Exception without a network
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DatasetError(
            f"{name!r} is not in the data folder and can't be fetched ({reason}); "
            f"place it there as {str(path)!r} with x_train, y_train, x_test and y_test"
        ) from error
    _save(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return path


def _check_name(name: str) -> None:
    if name not in DATASETS:
        raise DatasetError(unknown("data set", name, DATASETS, listing()))


def _save(path: Path, **contents: np.ndarray) -> None:
    try:
        # Opened here, since numpy.savez appends .npz to other names.
        with replaced_file(path) as scratch, scratch.open("wb") as file:
            np.savez(file, allow_pickle=False, **contents)
    except StoreError as error:
        raise DatasetError(
            f"the data folder must be writable; {error.__cause__}; give another with "
            "--data DIR"
        ) from error.__cause__


def _digits() -> Source:
    table = _digits_table()
    # The 17 shades, 0 to 16, are spread over a byte without loss.
    shades = np.rint(table[:, :-1].reshape(-1, 8, 8, 1) * (255 / 16))
    train = Split(images=shades.astype(np.uint8), labels=table[:, -1].astype(np.int64))
    return Source(train=train, test=None, class_names=class_names.DIGITS)


def _digits_table() -> np.ndarray:
    """The digits with a row for each image, its label last.

    They are read from scikit-learn's file, since importing it takes seconds.
    """
    found = importlib.util.find_spec("sklearn")
    if found is not None and found.origin is not None:
        path = Path(found.origin).parent / "datasets" / "data" / "digits.csv.gz"
        if path.is_file():
            return np.loadtxt(path, delimiter=",")
    from sklearn.datasets import load_digits

    digits = load_digits()
    return np.column_stack([digits.data, digits.target])
