"""Small tasks that tests share; loading them imports no Keras and no backend."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bench import datasets
from bench.datasets import Task

FRACTIONS = {"validation_fraction": 0.15, "test_fraction": 0.15}


@pytest.fixture(scope="session")
def digits() -> Task:
    """Scikit-learn's digits: 8x8x1, ten classes, about 1,300 training images."""
    return _load("digits")


@pytest.fixture(scope="session")
def make_stripes(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Task]:
    """Makes noisy images with a bright stripe whose position is the class."""

    def make_stripes(
        shape: tuple[int, int, int] = (8, 8, 1), classes: int = 3, count: int = 240
    ) -> Task:
        random = np.random.default_rng(0)
        images = random.integers(0, 160, (count, *shape), dtype=np.uint8)
        labels = np.arange(count) % classes
        for image, label in zip(images, labels, strict=True):
            image[shape[0] * label // classes] += 90
        path = tmp_path_factory.mktemp("stripes") / "stripes.npz"
        np.savez(path, X=images, y=labels)
        return _load(f"npz:{path}")

    return make_stripes


@pytest.fixture(scope="session")
def stripes(make_stripes: Callable[..., Task]) -> Task:
    """8x8x1, three classes, 172 training images."""
    return make_stripes()


def _load(dataset: str) -> Task:
    return datasets.load(
        dataset,
        data_folder=None,
        seed=0,
        image_size=None,
        skip_unreadable=False,
        **FRACTIONS,
    )
