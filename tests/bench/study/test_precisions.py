"""The precision of a study where the user leaves it open."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.datasets import Task, stand_in
from bench.machine import precision
from bench.records import (
    AUTO,
    BFLOAT16,
    FLOAT32,
    Budget,
    Resources,
    StudySpec,
    StudyState,
)
from bench.report import search_command
from bench.store import Store
from bench.study import requests
from bench.study.precisions import settled
from bench.training import devices

HERE = Resources(workers=0)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Lets this machine be one that is faster in bfloat16, or not."""

    def is_one(is_faster: bool) -> None:
        monkeypatch.setattr(precision, "gains_by_bfloat16", lambda: is_faster)
        monkeypatch.setattr(precision, "has_gpu", lambda: False)

    return is_one


def images(side: int) -> Task:
    return stand_in((side, side, 1), 10)


@pytest.mark.parametrize(
    ("asked", "side", "is_faster", "expected"),
    [
        ({}, 28, True, BFLOAT16),
        ({}, 28, False, FLOAT32),
        ({}, 8, True, FLOAT32),
        ({"family": "dense"}, 28, True, FLOAT32),
        ({"family": "mine.py:build"}, 28, True, FLOAT32),
        ({"backend": "jax"}, 28, True, FLOAT32),
        ({"precision": FLOAT32}, 28, True, FLOAT32),
        ({"precision": BFLOAT16}, 8, False, BFLOAT16),
    ],
)
def test_measured_families_where_it_is_faster_train_in_bfloat16(
    asked: dict[str, Any], side: int, is_faster: bool, expected: str, machine: Callable
) -> None:
    machine(is_faster)
    spec = StudySpec(**{"family": "lenet", "precision": AUTO} | asked)
    assert settled(spec, images(side), HERE).precision == expected


def test_nodes_of_a_cluster_may_have_other_processors(machine: Callable) -> None:
    machine(True)
    spec = StudySpec(family="lenet", precision=AUTO)
    resources = replace(HERE, workers=1, executor="ray")
    assert settled(spec, images(28), resources).precision == FLOAT32


@pytest.mark.parametrize("is_faster", [False, True])
@pytest.mark.parametrize("chosen", [FLOAT32, BFLOAT16])
@pytest.mark.parametrize("dataset", ["digits", "mnist", "folder:photos"])
@pytest.mark.parametrize("family", ["lenet", "dense"])
def test_the_command_of_a_study_asks_for_its_precision(
    family: str, dataset: str, chosen: str, is_faster: bool, machine: Callable
) -> None:
    machine(is_faster)
    spec = StudySpec(family=family, dataset=dataset, precision=chosen)
    words = shlex.split(search_command(spec, "bench"))
    given = words[words.index("--precision") + 1] if "--precision" in words else None
    (asked,) = requests.request([family], {"precision": given}).specs
    for side in {"digits": [8], "mnist": [28]}.get(dataset, [8, 28]):
        assert settled(asked, images(side), HERE).precision == chosen


@pytest.mark.parametrize("chosen", [FLOAT32, BFLOAT16])
def test_the_call_of_a_search_in_memory_names_the_precision(
    chosen: str, machine: Callable
) -> None:
    machine(True)
    spec = StudySpec(family="lenet", dataset="memory:mine", precision=chosen)
    assert f"precision={chosen!r}" in search_command(spec)


@pytest.fixture
def spec(dataset: str, monkeypatch: pytest.MonkeyPatch) -> StudySpec:
    monkeypatch.setattr(precision, "MIN_SIDE", 1)
    return StudySpec(
        family="simple_cnn",
        dataset=dataset,
        validation_fraction=0.2,
        test_fraction=0.2,
        tuner="random",
        budget=Budget(trials=2, epochs=1),
        seeds=1,
        skip_default=True,
        portfolio="none",
        precision=AUTO,
    )


@pytest.mark.parametrize("interrupt", [None, "trial 0 ended"])
def test_stored_study_goes_on_in_its_precision(
    interrupt: str | None,
    spec: StudySpec,
    machine: Callable,
    run_study: Callable,
    stored: Callable,
    tmp_path: Path,
) -> None:
    machine(False)
    run_study(spec, tmp_path, interrupt)
    machine(True)
    again = run_study(spec, tmp_path)
    record, trials, _ = stored(tmp_path)  # there is no other study
    assert record.spec.precision == FLOAT32
    assert record.state is StudyState.FINISHED
    assert again.count("trial", "started") == (0 if interrupt is None else 1)
    assert len(trials) == 2


@pytest.mark.parametrize("interrupt", [None, "trial 0 ended"])
def test_study_in_a_precision_that_this_machine_lacks_is_only_shown(
    interrupt: str | None,
    spec: StudySpec,
    machine: Callable,
    run_study: Callable,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine(True)
    run_study(spec, tmp_path, interrupt)
    machine(False)
    monkeypatch.setattr(devices, "computes_bfloat16", lambda: False)
    run_study(spec, tmp_path)
    with Store(tmp_path, read_only=True) as store:
        precisions = {study.spec.precision for study in store.studies()}
    assert precisions == ({BFLOAT16} if interrupt is None else {BFLOAT16, FLOAT32})
