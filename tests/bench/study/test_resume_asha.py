"""Studies whose trials are paused and promoted, interrupted and continued."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.records import Budget, StudySpec, StudyState
from bench.store import Store

Run = Callable[..., Any]
Content = Callable[[Path], dict[str, Any]]


@pytest.fixture(scope="module")
def asha(hyperband: StudySpec) -> StudySpec:
    """Trials that are compared while they train."""
    budget = Budget(trials=6, epochs=9, patience=9)
    return replace(hyperband, tuner="random", schedule="asha", budget=budget, seeds=1)


@pytest.fixture(scope="module")
def undisturbed(
    run_study: Run, asha: StudySpec, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Folder of a study that was never interrupted."""
    folder = tmp_path_factory.mktemp("asha")
    run_study(asha, folder)
    return folder


def test_trials_are_paused_and_promoted(undisturbed: Path, content: Content) -> None:
    trials = content(undisturbed)["trials"]
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
    [
        pytest.param("trial 0 started, epoch 1", marks=pytest.mark.slow),
        pytest.param("trial 3 ended", marks=pytest.mark.slow),
        "trial 6 started, epoch 1",
    ],
)
def test_interrupted_asha_continues_to_the_same_end(
    run_study: Run,
    asha: StudySpec,
    undisturbed: Path,
    content: Content,
    tmp_path: Path,
    instant: str,
) -> None:
    assert run_study(asha, tmp_path, instant).events[-1] == "interrupted"
    run_study(asha, tmp_path)
    assert content(tmp_path) == content(undisturbed)


def test_schedule_is_named_by_the_store(undisturbed: Path) -> None:
    with Store(undisturbed, read_only=True) as store:
        (study,) = store.studies()
    assert study.state is StudyState.FINISHED
    assert study.spec.searcher == "random+asha"
