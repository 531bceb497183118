"""The families of the benchmarks, which derive from those of the project."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import keras_tuner
import pytest

from search_spaces.family import ImageTask

SHAPES = {"digits": (8, 8, 1), "mnist": (28, 28, 1), "cifar10": (32, 32, 3)}


@pytest.fixture(scope="module")
def spaces() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[2] / "performance"))
        import spaces

        yield spaces
        sys.modules.pop("spaces")


@pytest.mark.parametrize("name", SHAPES)
def test_benchmark_builds_its_default_configuration(
    name: str, spaces: ModuleType
) -> None:
    family = spaces.CASES[name].family
    task = ImageTask(image_shape=SHAPES[name], classes=10)
    model = family(task).build(keras_tuner.HyperParameters())
    assert model.output_shape == (None, 10)
