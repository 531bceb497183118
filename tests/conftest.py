"""Small tasks, and what stores hold; loading them imports no Keras and no backend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import datasets
from bench.datasets import Task
from bench.records import Role
from bench.store import Store

pytest_plugins = ["reliability", "chromium", "ray_cluster"]

FRACTIONS = {"validation_fraction": 0.15, "test_fraction": 0.15}

TIMES = {
    "started",
    "ended",
    "seconds",
    "core_seconds",
    "stage_seconds",
    "created",
    "latency_ms_1",
    "latency_ms_64",
}


@pytest.fixture(scope="session")
def keras_started() -> None:
    """Starts Keras on TensorFlow, as a search does."""
    from bench.training import backend

    backend.start("tensorflow")


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


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a data set of 90 images whose class is the position of a bright row."""
    random = np.random.default_rng(0)
    labels = np.arange(90) % 3
    images = random.integers(0, 150, (90, 6, 6, 1), np.uint8)
    images[np.arange(90), 2 * labels] += 80
    path = tmp_path_factory.mktemp("data") / "bright.npz"
    np.savez(path, X=images, y=labels)
    return f"npz:{path}"


@pytest.fixture(scope="session")
def content() -> Callable[[Path], dict[str, Any]]:
    """Reads everything that a store holds of its only study, times left out."""

    def content(folder: Path) -> dict[str, Any]:
        with Store(folder, read_only=True) as store:
            (record,) = store.studies()
            trials = store.trials(record.id)
            roles = (Role.FINAL, Role.DEFAULT, Role.RUNNER_UP, Role.MEMBER)
            finals = [f for role in roles for f in store.finals(record.id, role)]
            keys = [(Role.TRIAL, trial.number) for trial in trials]
            keys += [(final.role, final.number) for final in finals]
            curves = [store.epochs(record.id, role, number) for role, number in keys]
            return {
                "study": without_times(asdict(record)),
                "trials": [without_times(asdict(trial)) for trial in trials],
                "finals": [without_times(asdict(final)) for final in finals],
                "curves": [
                    [without_times(asdict(epoch)) for epoch in curve]
                    for curve in curves
                ],
                "predictions": [
                    store.outputs(record.id, f.number, f.role)["probabilities"].tolist()
                    for f in finals
                ],
            }

    return content


def without_times(record: Any) -> Any:
    if isinstance(record, dict):
        return {k: without_times(v) for k, v in record.items() if k not in TIMES}
    return record


def _load(dataset: str) -> Task:
    return datasets.load(
        datasets.DataSetRequest(
            dataset=dataset,
            **FRACTIONS,
        )
    )
