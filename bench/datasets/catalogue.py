"""The data sets known by name, and the folder that they are kept in; imports no NumPy.

Each is a file ``NAME.npz`` of the folder, except for the one that comes with
scikit-learn.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bench.datasets import class_names
from bench.errors import DatasetError, command, shown


def listing() -> str:
    """End of the message about an unknown data set: what lists the known ones."""
    return f"{command('datasets')}; or a folder, a .csv or an .npz file of your own"


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """A data set known by name.

    Attributes:
        description: One line: subject, numbers of images, their size, classes.
        class_names: Class names in the order of the class indices.
        side: Height and width of its images, in pixels.
        is_embedded: Whether it comes with scikit-learn and is never fetched.
    """

    name: str
    description: str
    class_names: tuple[str, ...]
    side: int
    is_embedded: bool = False


DATASETS: Mapping[str, DatasetInfo] = MappingProxyType(
    {
        "digits": DatasetInfo(
            name="digits",
            description="handwritten digits, 1,797 of 8x8 gray, 10 classes, no network",
            class_names=class_names.DIGITS,
            side=8,
            is_embedded=True,
        ),
        "mnist": DatasetInfo(
            name="mnist",
            description="handwritten digits, 60,000 + 10,000 of 28x28 gray, 10 classes",
            class_names=class_names.DIGITS,
            side=28,
        ),
        "fashion_mnist": DatasetInfo(
            name="fashion_mnist",
            description="clothes, 60,000 + 10,000 of 28x28 gray, 10 classes",
            class_names=class_names.FASHION_MNIST,
            side=28,
        ),
        "cifar10": DatasetInfo(
            name="cifar10",
            description="small photographs, 50,000 + 10,000 of 32x32 RGB, 10 classes",
            class_names=class_names.CIFAR10,
            side=32,
        ),
        "cifar100": DatasetInfo(
            name="cifar100",
            description="small photographs, 50,000 + 10,000 of 32x32 RGB, 100 classes",
            class_names=class_names.CIFAR100,
            side=32,
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
    return DATASETS[name].is_embedded or os.path.isfile(file_of(name, folder))


def file_of(name: str, folder: Path) -> Path:
    """The file of a data set, whether or not it is there."""
    return folder / f"{name}.npz"


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
