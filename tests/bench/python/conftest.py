"""Small images, functions that build classifiers of them, and a finished study."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bench

Images = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="session")
def images() -> Images:
    """Images whose class is the position of a bright row, and their labels."""
    random = np.random.default_rng(0)
    labels = np.arange(90) % 3
    images = random.integers(0, 150, (90, 6, 6, 1), np.uint8)
    images[np.arange(90), 2 * labels] += 80
    return images, labels


@pytest.fixture(scope="session")
def make_build() -> Callable[..., Any]:
    """Makes functions ``build(hp)`` that no module holds, so they are sent by value."""

    def make_build(largest: int = 12) -> Callable[..., Any]:
        def build(hp: Any) -> Any:
            import keras

            model = keras.Sequential(
                [
                    keras.layers.Input((6, 6, 1)),
                    keras.layers.Flatten(),
                    keras.layers.Dense(hp.Int("units", 4, largest), activation="relu"),
                    keras.layers.Dense(3, activation="softmax"),
                ]
            )
            optimizer = hp.Choice("optimizer", ["sgd", "adam"])
            model.compile(optimizer, "sparse_categorical_crossentropy")
            return model

        return build

    return make_build


@pytest.fixture(scope="session")
def options() -> dict[str, Any]:
    """Options of a search of seconds."""
    small = {"trials": 2, "epochs": 2, "seeds": 2, "workers": 1}
    return small | {"tuner": "random", "skip_default": True, "quiet": True}


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("python") / "results"


@pytest.fixture(scope="session")
def study(
    images: Images,
    make_build: Callable[..., Any],
    results: Path,
    options: dict[str, Any],
) -> bench.Study:
    """A finished study of a function and of arrays, trained by one worker."""
    found = bench.search(make_build(), dataset=images, results=results, **options)
    assert isinstance(found, bench.Study)
    return found
