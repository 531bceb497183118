"""Studies that run in this process, and everything that their store holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from bench.datasets import Task
from bench.records import (
    Budget,
    ImageSource,
    Resources,
    Role,
    StudySpec,
    TrialResult,
)
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


class Clock:
    """A monotonic clock that stands still until time passes."""

    def __init__(self) -> None:
        self.passed, self._start = 0.0, 1_000_000.0

    @property
    def now(self) -> float:
        return self._start + self.passed

    def __call__(self) -> float:
        return self.now

    def passes(self, seconds: float) -> None:
        self.passed += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, keras_started: None) -> Clock:
    clock = Clock()
    monkeypatch.setattr("time.monotonic", clock)
    monkeypatch.setattr("time.perf_counter", clock)
    return clock


@pytest.fixture
def search_wins(monkeypatch: pytest.MonkeyPatch, keras_started: None) -> None:
    """The best trial keeps its place, which after few epochs is a matter of chance."""
    monkeypatch.setattr("bench.study.run_off.is_default_better", lambda *_: False)


class TwoWorkers:
    """An executor of two workers that keeps requests, and fails all of them."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.keys: list[int] = []
        self._waiting: list[int] = []

    @property
    def free(self) -> int:
        return 2 - len(self._waiting)

    @property
    def in_flight(self) -> int:
        return len(self._waiting)

    def submit(self, key: int, request: Any, **_: Any) -> None:
        self.requests.append(request)
        self.keys.append(key)
        self._waiting.append(key)

    def collect(self, on_epoch: Callable[..., bool]) -> tuple[int, Any]:
        return self._waiting.pop(0), TrialResult(error="failed")


@pytest.fixture
def interrupted(
    run_study: Callable[..., Any],
    prepare: Callable[..., Any],
    write_family: Callable[[str], str],
    clock: Clock,
    tmp_path: Path,
) -> Iterator[Any]:
    """A study of 100 s and three seeds, after its first trial, on two workers."""
    from bench.study.context import RunContext
    from bench.study.progress import Progress
    from bench.study.time_budget import TimeBudget

    spec = StudySpec(
        family=write_family(""),
        tuner="random",
        budget=Budget(trials=2, epochs=1, seconds=100.0),
        seeds=3,
        skip_default=True,
    )
    run_study(spec, tmp_path, "trial 0 ended")
    with Store(tmp_path) as store:
        yield RunContext(
            prepared=prepare(spec),
            store=store,
            progress=Progress(),
            time_budget=TimeBudget(100.0),
            executor=TwoWorkers(),
            timed_seeds=3,
            timed_members=0,
            scratch=tmp_path,
        )


@pytest.fixture(scope="session")
def learn() -> Callable[[Any, str, float], None]:
    """Lets a study know what an epoch of some configurations takes."""

    def learn(context: Any, kind: str, seconds: float) -> None:
        timed = TrialResult(seconds=seconds, stage_seconds={"training": seconds})
        context.forecast.learn({"kind": kind}, timed, trained=1, asked=1)

    return learn
