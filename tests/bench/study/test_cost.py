"""Predicted costs of studies, against what the studies do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import searchers
from bench.datasets import Task
from bench.errors import StudyError
from bench.records import Budget, Origin, Resources, StudySpec, Value
from bench.searchers import SearchProblem
from bench.training.probe import ProbeResult
from tests.bench.searchers.conftest import make_space

INLINE = Resources(workers=0)


@pytest.fixture
def cost(prepare: Callable[..., Any]) -> Callable[[StudySpec], Any]:
    """Predicts the cost of a study on the small task, trained in this process."""
    from bench.study.cost import cost

    return lambda spec: cost(prepare(spec), INLINE)


def rehearsed(tuner: str, schedule: str | None = None) -> list[int]:
    from bench.study.cost import rehearse

    problem = SearchProblem(
        space=make_space(), budget=Budget(trials=9, epochs=9), seed=0
    )
    return rehearse(searchers.create(tuner, problem, schedule), problem)


def test_rehearsal_counts_the_epochs_of_each_search(keras_started: None) -> None:
    assert rehearsed("random") == [9] * 9
    assert rehearsed("one-epoch") == [1] * 9 + [8] * 3
    halved = rehearsed("random", "asha")
    assert sum(halved) < 9 * 9 / 2
    # Nine for one epoch, three of them for three, one of them for nine.
    assert sum(halved) >= 9 + 3 * 2 + 6
    assert 9 < len(rehearsed("hyperband")) < 18


def test_configurations_are_sampled_without_those_that_a_search_tries_first(
    prepare: Callable[..., Any],
) -> None:
    from bench.study.probes import SAMPLES
    from bench.study.samples import random_sampler

    prepared = prepare(StudySpec(family="dense"))
    first = {**prepared.default, "batch_size": 999}
    problem = replace(prepared.problem, starts=(first,))
    sampler = random_sampler(replace(prepared, problem=problem), SAMPLES)
    origins = [sampler.ask(number).origin for number in range(SAMPLES)]
    assert origins == [Origin.DEFAULT, *[Origin.RANDOM] * (SAMPLES - 1)]


def test_references_that_take_long_are_forecast(
    prepare: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from bench.study.references import reference_seconds
    from bench.training.evaluators import regression

    monkeypatch.setattr(regression, "_iteration_seconds", lambda *_: 0.0)
    scored = reference_seconds(prepare(StudySpec(family="dense")))
    monkeypatch.setattr(regression, "_iteration_seconds", lambda *_: 50.0)
    forecast = reference_seconds(prepare(StudySpec(family="dense")))
    assert 0 < scored < 1000
    assert forecast > regression.MIN_ITERATIONS * 50.0


@pytest.mark.slow
def test_cost_is_made_of_what_was_measured(cost: Callable[[StudySpec], Any]) -> None:
    budget = Budget(trials=4, epochs=3)
    predicted = cost(StudySpec(family="dense", tuner="random", budget=budget))
    counts = (predicted.configurations, predicted.trainings, predicted.epochs)
    assert counts == (4, 4, 12)
    shortest, longest = predicted.epoch_seconds
    assert 0 < shortest <= longest
    assert 12 * shortest < predicted.search_seconds
    assert predicted.core_seconds > predicted.search_seconds > 0
    assert predicted.final_seconds > 0
    assert 100 < predicted.memory_mib < 100_000
    assert (predicted.failed, predicted.error) == (0, None)
    repeated = predicted.times(5)
    assert (repeated.repeats, repeated.trainings, repeated.epochs) == (5, 20, 60)
    assert repeated.core_seconds == 5 * predicted.core_seconds
    assert repeated.memory_mib == predicted.memory_mib


@pytest.mark.parametrize(
    ("family", "fixed", "networks"),
    [
        ("transfer", {"resolution": 32}, 1),
        ("transfer", {}, 2),
        ("finetune", {"resolution": 32, "blocks": 1}, 2),
    ],
)
def test_each_frozen_network_sees_all_images_once(
    small_task: Task,
    prepare: Callable[..., Any],
    family: str,
    fixed: dict[str, Value],
    networks: int,
) -> None:
    from bench.study.probes import feature_seconds

    values = {"backbone": "mobilenet_v2", "augmentation": "off"} | fixed
    prepared = prepare(
        StudySpec(
            family=family,
            budget=Budget(trials=20),
            options={"weights": "random"},
            fixed=tuple(sorted(values.items())),
        )
    )
    probe = ProbeResult(network="another", feature_seconds=0.5)
    images = sum(len(getattr(small_task, s)) for s in ("train", "validation", "test"))
    assert feature_seconds(prepared, [probe], 20) == 0.5 * networks * images
    assert feature_seconds(prepared, [ProbeResult()], 20) == 0


@pytest.mark.slow
def test_more_trials_take_longer(
    cost: Callable[[StudySpec], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.study.probes.SAMPLES", 2)
    few, many = (
        cost(
            StudySpec(family="dense", tuner="random", budget=Budget(trials=n, epochs=9))
        )
        for n in (2, 40)
    )
    assert many.search_seconds > 5 * few.search_seconds


BROKEN = """
from search_spaces.family import Family

class Broken(Family):
    def declare(self, hp):
        hp.Int("units", 1, 99)

    def features(self, hp, images):
        raise ValueError("never")
"""


def test_family_of_which_nothing_trains_is_refused(
    cost: Callable[[StudySpec], Any], tmp_path: Path
) -> None:
    path = tmp_path / "broken.py"
    path.write_text(BROKEN)
    with pytest.raises(StudyError, match="ValueError: never"):
        cost(StudySpec(family=f"{path}:Broken"))
