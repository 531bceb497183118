"""Studies that are interrupted and continued, repeated, or started over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.datasets import Task
from bench.records import Budget, StudySpec, StudyState
from bench.store import Store
from bench.study import run as study
from bench.study.prepare import Crew, plan

pytestmark = pytest.mark.usefixtures("keras_started")

Run = Callable[..., Any]
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


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> str:
    from textwrap import dedent

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


@pytest.fixture(scope="module")
def spec(family: str, dataset: str) -> StudySpec:
    """Two brackets of Hyperband, with a promotion in the first."""
    return StudySpec(
        family=family, dataset=dataset, budget=Budget(trials=3, epochs=3), seeds=2
    )


@pytest.fixture(scope="module")
def run(spec: StudySpec, small_task: Task, watch: Any) -> Run:
    """Run a study in a folder; what was seen of it, interrupt included."""

    def run(folder: Path, interrupt: str | None = None, **options: Any) -> Any:
        asked = options.pop("spec", spec)
        seen = watch(interrupt)
        with Store(folder) as store:
            try:
                study.run(
                    plan(asked, small_task),
                    store,
                    seen,
                    crew=Crew(workers=0),
                    **options,
                )
            except KeyboardInterrupt:
                seen.events.append("interrupted")
        return seen

    return run


@pytest.fixture(scope="module")
def watch() -> Any:
    from tests.bench.conftest import Watch

    return Watch


def without_times(record: Any) -> Any:
    if isinstance(record, dict):
        return {k: without_times(v) for k, v in record.items() if k not in TIMES}
    return record


def content(folder: Path) -> dict[str, Any]:
    """All that a store holds of its one study, times left out."""
    with Store(folder, read_only=True) as store:
        (record,) = store.studies()
        trials = store.trials(record.id)
        finals = store.finals(record.id)
        curves = [
            *(store.epochs(record.id, "trial", trial.number) for trial in trials),
            *(store.epochs(record.id, "final", final.seed) for final in finals),
        ]
        return {
            "study": without_times(asdict(record)),
            "trials": [without_times(asdict(trial)) for trial in trials],
            "finals": [without_times(asdict(final)) for final in finals],
            "curves": [[without_times(asdict(e)) for e in curve] for curve in curves],
            "predictions": [
                store.outputs(record.id, final.seed)["probabilities"].tolist()
                for final in finals
            ],
        }


@pytest.fixture(scope="module")
def undisturbed(
    run: Run, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[str]]:
    """A study that nobody interrupted, and what happened in it."""
    folder = tmp_path_factory.mktemp("undisturbed")
    return folder, run(folder).events


def test_study_searches_promotes_and_tests(undisturbed: tuple) -> None:
    held = content(undisturbed[0])
    assert held["study"]["state"] is StudyState.FINISHED
    assert [t["proposal"]["parent"] for t in held["trials"]] in (
        [None, None, 0, None],
        [None, None, 1, None],
    )
    assert [len(curve) for curve in held["curves"]] == [1, 1, 2, 3, 3, 3]
    assert [final["seed"] for final in held["finals"]] == [0, 1]
    assert held["trials"][0]["result"]["error"] is None
    assert np.shape(held["predictions"]) == (2, 18, 3)


def test_checkpoints_are_gone_when_the_study_is_over(undisturbed: tuple) -> None:
    assert not list(undisturbed[0].glob("checkpoints/*"))


INSTANTS = [
    "trial 0 started, epoch 1",
    "trial 2 started, epoch 1",
    "trial 2 ended",
    "2 finals started, epoch 2",
    "seed 0 ended, epoch 1",
    "seed 1 ended",
]


@pytest.mark.parametrize("instant", INSTANTS)
def test_interrupted_study_goes_on_to_the_same_end(
    instant: str, run: Run, undisturbed: tuple, tmp_path: Path
) -> None:
    before = run(tmp_path, interrupt=instant)
    assert before.events[-2:] == [instant, "interrupted"]
    with Store(tmp_path, read_only=True) as store:
        assert store.studies()[0].state is StudyState.UNFINISHED
    after = run(tmp_path)
    assert content(tmp_path) == content(undisturbed[0])
    for number in range(4):
        started = before.count(f"trial {number}", "started") + after.count(
            f"trial {number}", "started"
        )
        was_in_flight = instant.startswith(f"trial {number} started")
        assert started == 1 + was_in_flight
    assert not list(tmp_path.glob("checkpoints/*"))


def test_study_survives_an_interrupt_at_every_trial(
    run: Run, undisturbed: tuple, tmp_path: Path
) -> None:
    seconds = [0.0]
    for instant in ("trial 0 ended", "trial 1 started, epoch 1", "trial 2 started"):
        assert run(tmp_path, interrupt=instant).events[-1] == "interrupted"
        with Store(tmp_path, read_only=True) as store:
            seconds.append(store.studies()[0].seconds)
    assert sorted(set(seconds)) == seconds  # they add up over the sittings
    run(tmp_path)
    assert content(tmp_path) == content(undisturbed[0])


def test_finished_study_trains_nothing_when_asked_again(
    run: Run, undisturbed: tuple
) -> None:
    held = content(undisturbed[0])
    assert run(undisturbed[0]).events == ["already finished"]
    assert content(undisturbed[0]) == held


def test_same_seed_gives_the_same_study_in_another_folder(
    run: Run, undisturbed: tuple, tmp_path: Path
) -> None:
    assert run(tmp_path).events == undisturbed[1]
    assert content(tmp_path) == content(undisturbed[0])


def test_other_seed_gives_another_study(
    run: Run, spec: StudySpec, undisturbed: tuple, tmp_path: Path
) -> None:
    run(tmp_path, interrupt="trial 0 ended", spec=replace(spec, seed=1))
    other, trial = content(tmp_path), content(undisturbed[0])["trials"][0]
    assert other["study"]["id"] != content(undisturbed[0])["study"]["id"]
    assert other["trials"][0]["seed"] != trial["seed"]
    assert other["trials"][0]["result"]["metrics"] != trial["result"]["metrics"]


def test_fresh_starts_over(run: Run, undisturbed: tuple, tmp_path: Path) -> None:
    run(tmp_path, interrupt="trial 2 ended")
    again = run(tmp_path, fresh=True)
    assert again.events == undisturbed[1]
    assert content(tmp_path) == content(undisturbed[0])


def test_two_studies_share_a_folder(
    run: Run, spec: StudySpec, tmp_path: Path, undisturbed: tuple
) -> None:
    other = replace(spec, budget=Budget(trials=1, epochs=1), seeds=1, tuner="random")
    run(tmp_path, interrupt="trial 1 ended")
    run(tmp_path, spec=other)
    run(tmp_path)
    with Store(tmp_path, read_only=True) as store:
        found = {s.spec.tuner: s for s in store.studies()}
        assert {s.state for s in found.values()} == {StudyState.FINISHED}
        assert len(store.trials(found["random"].id)) == 1
        assert [f.metrics for f in store.finals(found["hyperband"].id)] == [
            final["metrics"] for final in content(undisturbed[0])["finals"]
        ]


@pytest.fixture(scope="module")
def asha(spec: StudySpec) -> StudySpec:
    """Trials that are judged while they train."""
    budget = Budget(trials=6, epochs=9, patience=9)
    return replace(spec, tuner="random", schedule="asha", budget=budget, seeds=1)


@pytest.fixture(scope="module")
def halved(
    run: Run,
    asha: StudySpec,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("asha")
    return folder, run(folder, spec=asha).events


def test_trials_are_paused_and_promoted(halved: tuple) -> None:
    trials = content(halved[0])["trials"]
    epochs = [trial["result"]["epochs"] for trial in trials]
    assert {1, 9} <= set(epochs) <= {1, 3, 9}
    promoted = [t for t in trials if t["proposal"]["parent"] is not None]
    assert promoted
    for trial in promoted:
        parent = trials[trial["proposal"]["parent"]]
        assert trial["seed"] == parent["seed"]
        assert trial["result"]["epochs"] > parent["result"]["epochs"]


@pytest.mark.parametrize(
    "instant",
    ["trial 0 started, epoch 1", "trial 3 ended", "trial 6 started, epoch 1"],
)
def test_interrupted_asha_goes_on_to_the_same_end(
    run: Run,
    asha: StudySpec,
    halved: tuple,
    tmp_path: Path,
    instant: str,
) -> None:
    assert run(tmp_path, interrupt=instant, spec=asha).events[-1] == "interrupted"
    run(tmp_path, spec=asha)
    assert content(tmp_path) == content(halved[0])


def test_schedule_is_named_by_the_store(halved: tuple) -> None:
    with Store(halved[0], read_only=True) as store:
        (study,) = store.studies()
    assert study.state is StudyState.FINISHED
    assert study.spec.searcher == "random+asha"
