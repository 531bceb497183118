"""Loading with defaults, and small data sets to load."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench import datasets
from bench.datasets import Task
from bench.errors import DatasetError

Load = Callable[..., Task]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load a data set, with defaults for options that a test doesn't set."""

    def load(dataset: str, **options: object) -> Task:
        defaults = {
            "data_folder": tmp_path / "data",
            "validation_fraction": 0.25,
            "test_fraction": 0.25,
            "seed": 0,
            "image_size": None,
            "skip_unreadable": False,
        }
        return datasets.load(
            datasets.DataSetRequest(dataset=dataset, **(defaults | options))
        )

    return load


@pytest.fixture
def refusal(load: Load) -> Callable[..., str]:
    """Load a data set that must be refused, and return the message, one line."""

    def refusal(dataset: str, **options: object) -> str:
        with pytest.raises(DatasetError) as refused:
            load(dataset, **options)
        message = str(refused.value)
        assert "\n" not in message
        return message

    return refusal


@pytest.fixture
def save_npz(tmp_path: Path) -> Callable[..., str]:
    """Save arrays in an .npz file and return the name of the data set."""

    def save_npz(**arrays: object) -> str:
        np.savez(tmp_path / "set.npz", **arrays)
        return f"npz:{tmp_path / 'set.npz'}"

    return save_npz


@pytest.fixture
def fill(tmp_path: Path) -> Callable[..., Path]:
    """Fill a class folder with images of distinct colours."""

    def fill(
        folder: str,
        count: int = 8,
        *,
        size: tuple[int, int] = (16, 16),
        mode: str = "RGB",
        suffix: str = "png",
    ) -> Path:
        path = tmp_path / "photos" / folder
        path.mkdir(parents=True, exist_ok=True)
        for number in range(count):
            colour = (10 * number, 200, 30) if mode == "RGB" else 10 * number
            Image.new(mode, size, colour).save(path / f"{number}.{suffix}")
        return path

    return fill


@pytest.fixture
def photos(tmp_path: Path, fill: Callable[..., Path]) -> str:
    """Name of a data set: a folder of eight cats and eight dogs."""
    fill("cat")
    fill("dog")
    return f"folder:{tmp_path / 'photos'}"
