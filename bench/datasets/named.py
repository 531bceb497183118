"""Data sets known by name, kept as ``NAME.npz`` in a data folder."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from bench.datasets import arrays, class_names
from bench.datasets.source import Source
from bench.datasets.task import Split
from bench.errors import DatasetError, StoreError, command, shown, unknown
from bench.files import replaced_file


def listing() -> str:
    """End of the message about an unknown data set: what lists the known ones."""
    return f"{command('datasets')}; or a folder, a .csv or an .npz file of your own"


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """A data set known by name.

    Attributes:
        description: One line: subject, numbers of images, their size, classes.
        class_names: Class names in the order of the class indices.
        is_embedded: Whether it comes with scikit-learn and is never fetched.
    """

    name: str
    description: str
    class_names: tuple[str, ...]
    is_embedded: bool = False


DATASETS: Mapping[str, DatasetInfo] = MappingProxyType(
    {
        "digits": DatasetInfo(
            name="digits",
            description="handwritten digits, 1,797 of 8x8 gray, 10 classes, no network",
            class_names=class_names.DIGITS,
            is_embedded=True,
        ),
        "mnist": DatasetInfo(
            name="mnist",
            description="handwritten digits, 60,000 + 10,000 of 28x28 gray, 10 classes",
            class_names=class_names.DIGITS,
        ),
        "fashion_mnist": DatasetInfo(
            name="fashion_mnist",
            description="clothes, 60,000 + 10,000 of 28x28 gray, 10 classes",
            class_names=class_names.FASHION_MNIST,
        ),
        "cifar10": DatasetInfo(
            name="cifar10",
            description="small photographs, 50,000 + 10,000 of 32x32 RGB, 10 classes",
            class_names=class_names.CIFAR10,
        ),
        "cifar100": DatasetInfo(
            name="cifar100",
            description="small photographs, 50,000 + 10,000 of 32x32 RGB, 100 classes",
            class_names=class_names.CIFAR100,
        ),
    }
)


def data_folder(option: Path | None) -> Path:
    """The folder of data sets: ``option``, else ``BENCH_DATA``, else a cache.

    Raises:
        DatasetError: The one that was named is there, but is no folder that can be
            read.
    """
    if option is not None:
        return _checked(option.expanduser())
    if variable := os.environ.get("BENCH_DATA"):
        return _checked(Path(variable).expanduser())
    import platformdirs

    return Path(platformdirs.user_cache_dir("keras-leaderboard"))


def is_present(name: str, folder: Path) -> bool:
    """Whether a data set can be loaded without a network."""
    return DATASETS[name].is_embedded or os.path.isfile(_file(name, folder))


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
    path = _file(name, folder)
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


def _checked(folder: Path) -> Path:
    """A folder that is readable, or isn't there yet."""
    try:
        os.scandir(folder).close()
        readable = os.access(folder, os.X_OK)
    except FileNotFoundError:
        readable = not os.path.islink(folder)
    except OSError:
        readable = False
    if not readable:
        raise DatasetError(
            "the data folder must be a folder that can be read; "
            f"{shown(str(folder))} is not: give another with --data DIR"
        )
    return folder


def _check_name(name: str) -> None:
    if name not in DATASETS:
        raise DatasetError(unknown("data set", name, DATASETS, listing()))


def _file(name: str, folder: Path) -> Path:
    return folder / f"{name}.npz"


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
