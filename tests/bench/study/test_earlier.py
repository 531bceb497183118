"""Which trials of earlier studies tell a new one what its epochs will take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.datasets import Task
from bench.records import (
    EPOCH_SHARE,
    Proposal,
    StudyRecord,
    StudySpec,
    StudyState,
    TrialRecord,
    TrialResult,
)
from bench.store import Store

HERE = {"processor": "A", "cores": "2", "platform": "linux", "tensorflow": "2.21"}

RESULT = TrialResult(
    epochs=4,
    parameters=1000,
    multiply_adds=5000,
    seconds=11.0,
    stage_seconds={"training": 6.0, "validation": 2.0, "features": 1.0},
)

SPEC = StudySpec(family="lenet")

PROPOSAL = Proposal(hyperparameters={"batch_size": 64}, epochs=4)


@pytest.fixture
def store(tmp_path: Path, stripes: Task) -> Any:
    with Store(tmp_path) as store:
        store.add_task(stripes.record, stripes.samples())
        yield store


@pytest.fixture
def add(store: Store, stripes: Task) -> Callable[..., None]:
    """Adds a study with one trial, of this machine unless said otherwise."""

    def add(
        id_: str,
        result: TrialResult = RESULT,
        proposal: Proposal = PROPOSAL,
        versions: Mapping[str, str] = HERE,
    ) -> None:
        record = StudyRecord(
            id=id_,
            spec=SPEC,
            task=stripes.record,
            state=StudyState.FINISHED,
            created=float(len(store.studies())),
            versions=versions,
        )
        store.add_study(record)
        trial = TrialRecord(
            number=0, proposal=proposal, seed=0, state=result.state, started=0.0
        )
        store.start_trial(id_, trial)
        store.end_trial(id_, 0, result, 9.0)

    return add


def test_earlier_trial_tells_work_and_seconds(
    store: Store, add: Callable[..., None], stripes: Task
) -> None:
    from bench.study.earlier import timed_trials

    add("first")
    (timed,) = timed_trials(store, SPEC, HERE, besides="second")
    assert (timed.epoch, timed.rest) == (2.0, 2.0)
    assert (timed.train, timed.validation) == (
        len(stripes.train),
        len(stripes.validation),
    )
    assert vars(timed.work) == {
        "multiply_adds": 5000,
        "parameters": 1000,
        "batch_size": 64,
    }
    assert timed_trials(store, SPEC, HERE, besides="first") == []


@pytest.mark.parametrize("name", ["processor", "cores", "tensorflow", "platform"])
def test_studies_of_other_machines_and_backends_do_not_count(
    name: str, store: Store, add: Callable[..., None]
) -> None:
    from bench.study.earlier import timed_trials

    add("other", versions=HERE | {name: "another"})
    assert timed_trials(store, SPEC, HERE, besides="") == []


@pytest.mark.parametrize(
    ("result", "proposal"),
    [
        (replace(RESULT, error="ValueError: no"), PROPOSAL),
        (replace(RESULT, multiply_adds=0), PROPOSAL),  # by an older version
        (replace(RESULT, metrics={EPOCH_SHARE: 0.4}), PROPOSAL),
        (replace(RESULT, stage_seconds={}), PROPOSAL),
        (RESULT, replace(PROPOSAL, parent=0, rung=1)),
        (RESULT, replace(PROPOSAL, fold=1)),
    ],
)
def test_only_whole_trainings_from_the_start_count(
    result: TrialResult,
    proposal: Proposal,
    store: Store,
    add: Callable[..., None],
) -> None:
    from bench.study.earlier import timed_trials

    add("one", result, proposal)
    assert timed_trials(store, SPEC, HERE, besides="") == []


def test_latest_studies_count(
    store: Store, add: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from bench.study import earlier

    monkeypatch.setattr(earlier, "MAX_STUDIES", 2)
    for name in ("a", "b", "c"):
        add(name)
    timed = earlier.timed_trials(store, SPEC, HERE, besides="")
    assert [each.study for each in timed] == ["b", "c"]


def test_start_takes_as_long_as_that_of_the_family(
    store: Store, add: Callable[..., None]
) -> None:
    from bench.study.earlier import start_seconds, timed_trials

    add("one")
    (timed,) = timed_trials(store, SPEC, HERE, besides="")
    others = [replace(timed, family="vgg", rest=9.0)] * 3
    assert start_seconds([timed, *others], "lenet") == 2.0
    assert start_seconds([timed, *others], "resnet") == 9.0
    assert start_seconds([], "lenet") is None


def test_studies_of_another_precision_do_not_count(
    store: Store, add: Callable[..., None]
) -> None:
    from bench.study.earlier import timed_trials

    add("first")
    half = replace(SPEC, precision="bfloat16")
    assert timed_trials(store, half, HERE, besides="") == []
