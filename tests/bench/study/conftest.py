"""Studies that run in this process, and everything that their store holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from bench.datasets import Task
from bench.records import Budget, ImageSource, Resources, Role, StudySpec
from bench.store import Store

INLINE = Resources(workers=0)


@pytest.fixture(scope="session")
def prepare(small_task: Task, keras_started: None) -> Callable[..., Any]:
    """Prepares a study, by default on the small task."""
    from bench.study.prepare import prepare

    return lambda spec, task=small_task: prepare(spec, task)


@pytest.fixture(scope="session")
def run_study(
    prepare: Callable[..., Any], make_progress: Callable[..., Any]
) -> Callable[..., Any]:
    """Runs a study in a folder; returns its progress, even after an interrupt."""
    from bench.study.run import run

    def run_study(
        spec: StudySpec,
        folder: Path,
        interrupt: str | None = None,
        *,
        resources: Resources = INLINE,
        fresh: bool = False,
    ) -> Any:
        progress = make_progress(interrupt)
        with Store(folder) as store:
            try:
                run(prepare(spec), store, progress, resources=resources, fresh=fresh)
            except KeyboardInterrupt:
                progress.events.append("interrupted")
        return progress

    return run_study


@pytest.fixture(scope="session")
def stored() -> Callable[[Path], Any]:
    """Reads the only study of a folder, its trials and its final trainings."""

    def stored(folder: Path) -> Any:
        with Store(folder, read_only=True) as store:
            (record,) = store.studies()
            return record, store.trials(record.id), store.finals(record.id)

    return stored


@pytest.fixture(scope="session")
def reproduced(keras_started: None) -> Callable[[Path], Any]:
    """Trains the finals of the only study of a folder again."""
    from bench.study.reproduce import reproduce

    def reproduced(folder: Path) -> Any:
        with Store(folder, read_only=True) as store:
            (study,) = store.studies()
            return reproduce(
                store,
                study,
                Role.FINAL,
                source=ImageSource(),
                resources=INLINE,
                keep=False,
                tell=lambda line: None,
            )

    return reproduced


@pytest.fixture(scope="session")
def family(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A family of a user, whose optimizer and width are searched."""
    path = tmp_path_factory.mktemp("family") / "theirs.py"
    path.write_text(
        dedent(
            """
            import keras


            def build(hp):
                hp.Fixed("batch_size", 64)
                model = keras.Sequential(
                    [
                        keras.layers.Input((6, 6, 1)),
                        keras.layers.Flatten(),
                        keras.layers.Dense(hp.Int("units", 4, 40)),
                        keras.layers.Dropout(0.2),
                        keras.layers.Dense(3, activation="softmax"),
                    ]
                )
                model.compile(
                    hp.Choice("optimizer", ["sgd", "adam"]),
                    "sparse_categorical_crossentropy",
                    metrics=["accuracy"],
                    run_eagerly=True,
                )
                return model
            """
        )
    )
    return f"{path}:build"


@pytest.fixture(scope="session")
def hyperband(family: str, dataset: str) -> StudySpec:
    """Two brackets of Hyperband, with a promotion in the first."""
    return StudySpec(
        family=family, dataset=dataset, budget=Budget(trials=3, epochs=3), seeds=2
    )
