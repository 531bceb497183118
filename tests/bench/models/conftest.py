"""A folder of tiny images, and a results folder with two studies of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bench.cli import main
from bench.models.selection import Selected, select
from bench.store import Store

CLASSES = ("bottom", "middle", "top")


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images of 8x8 pixels, 40 a class: a bright row at the bottom, middle or top."""
    folder = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(0)
    for row, name in ((6, "bottom"), (4, "middle"), (1, "top")):
        for index in range(40):
            image = random.integers(0, 90, (8, 8), np.uint8)
            image[row] += 120
            (folder / name).mkdir(exist_ok=True)
            Image.fromarray(image).save(folder / name / f"{name}-{index:02}.png")
    return folder


@pytest.fixture(scope="session")
def bench() -> Callable[..., int]:
    """Runs a command in this process; returns its exit code."""

    def bench(*words: Any) -> int:
        with pytest.raises(SystemExit) as exit:
            main(list(map(str, words)))
        return int(exit.value.code or 0)

    return bench


@pytest.fixture(scope="session")
def searched(
    keras_started: None,
    photos: Path,
    bench: Callable[..., int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A results folder with a study of ``linear`` and one of ``autoencoder``."""
    results = tmp_path_factory.mktemp("searched")
    common = "--trials 1 --seeds 2 --workers 0 --quiet --tuner random --skip-default"
    for family, epochs in (("linear", 12), ("autoencoder", 1)):
        words = f"search {family} --epochs {epochs} {common}".split()
        places = ("--dataset", f"folder:{photos}", "--results", results)
        assert bench(*words, *places) == 0
    return results


@pytest.fixture(scope="session")
def chosen(searched: Path) -> Callable[[str], Selected]:
    """Selects a study of the results folder."""

    def chosen(name: str) -> Selected:
        with Store(searched, read_only=True) as store:
            return select(name, store)

    return chosen
