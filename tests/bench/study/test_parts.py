"""Searches that compare trials on parts of the training images first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.datasets import Task
from bench.records import Budget, Role, StudySpec
from bench.store import Store


@pytest.fixture(scope="session")
def in_parts(hyperband: StudySpec) -> StudySpec:
    """A Hyperband of three brackets, two of which begin on parts of 58 images."""
    return replace(
        hyperband,
        budget=Budget(trials=4, epochs=2),
        smallest_part=6,
        seeds=1,
        skip_default=True,
    )


@pytest.fixture(scope="module")
def undisturbed(
    run_study: Callable[..., Any],
    in_parts: StudySpec,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    run_study(in_parts, folder)
    return folder


def test_promoted_trial_begins_anew_on_more_images_with_the_same_seed(
    undisturbed: Path,
) -> None:
    with Store(undisturbed, read_only=True) as store:
        (study,) = store.studies()
        trials = store.trials(study.id)
        curves = [store.epochs(study.id, Role.TRIAL, t.number) for t in trials]
    assert study.spec.part_rungs == 2
    shares = [round(1 / trial.proposal.image_share) for trial in trials]
    assert {9, 3, 1} == set(shares)
    for trial, curve in zip(trials, curves, strict=True):
        assert [epoch.epoch for epoch in curve] == [1, 2]
        if (parent := trial.proposal.parent) is not None:
            assert shares[parent] == 3 * shares[trial.number]
            assert trial.seed == trials[parent].seed


@pytest.mark.parametrize(
    "instant",
    [
        "trial 1 started, epoch 1",
        pytest.param("trial 2 ended", marks=pytest.mark.slow),
    ],
)
def test_interrupted_search_on_parts_continues_to_the_same_end(
    instant: str,
    run_study: Callable[..., Any],
    in_parts: StudySpec,
    undisturbed: Path,
    content: Callable[[Path], Any],
    tmp_path: Path,
) -> None:
    assert run_study(in_parts, tmp_path, instant).events[-1] == "interrupted"
    run_study(in_parts, tmp_path)
    assert content(tmp_path) == content(undisturbed)


def test_few_images_are_never_divided_further(
    prepare: Callable[..., Any], hyperband: StudySpec
) -> None:
    whole = prepare(hyperband)
    assert whole.problem.part_rungs == 0
    assert "part" not in whole.spec.to_json().replace("bright", "")
    assert prepare(replace(hyperband, smallest_part=6)).id != whole.id


@pytest.mark.parametrize(
    ("changes", "rungs"),
    [
        ({}, 2),
        ({"tuner": "random", "schedule": "asha"}, 2),
        ({"tuner": "random"}, 0),
        ({"tuner": "one-epoch"}, 0),
        ({"smallest_part": 15}, 1),
        ({"smallest_part": 0}, 0),
    ],
)
def test_searches_with_rungs_have_rungs_on_parts(
    changes: dict, rungs: int, prepare: Callable[..., Any]
) -> None:
    spec = StudySpec(family="dense", smallest_part=6)
    assert prepare(replace(spec, **changes)).problem.part_rungs == rungs


def test_denoisers_are_compared_on_all_images(
    prepare: Callable[..., Any], stripes: Task
) -> None:
    spec = StudySpec(family="autoencoder", smallest_part=6)
    assert prepare(spec, stripes).problem.part_rungs == 0


def test_asha_on_parts_promotes_though_its_epochs_have_no_rung(
    run_study: Callable[..., Any], in_parts: StudySpec, tmp_path: Path
) -> None:
    asha = {"tuner": "random", "schedule": "asha"}
    run_study(replace(in_parts, **asha, budget=Budget(trials=3, epochs=1)), tmp_path)
    with Store(tmp_path, read_only=True) as store:
        (study,) = store.studies()
        shares = {t.proposal.image_share for t in store.trials(study.id)}
    assert 1 / 3 in shares
