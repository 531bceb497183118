"""What a search is said to cost, against what it does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench import searchers
from bench.datasets import Task
from bench.errors import StudyError
from bench.records import Budget, StudySpec, Value
from bench.study.cost import _feature_seconds, estimate, rehearse
from bench.study.prepare import Crew, plan
from bench.training.probe import ProbeResult
from tests.bench.searchers.conftest import make_space


def rehearsed(tuner: str, schedule: str | None = None, **budget: int) -> list[int]:
    limits = Budget(**({"trials": 9, "epochs": 9} | budget))
    return rehearse(searchers.create(tuner, make_space(), limits, 0, schedule), limits)


def test_rehearsal_counts_the_epochs_of_each_search() -> None:
    assert rehearsed("random") == [9] * 9
    assert rehearsed("one-epoch") == [1] * 9 + [8] * 3
    halved = rehearsed("random", "asha")
    assert sum(halved) < 9 * 9 / 2
    # Nine for one epoch, three of them for three, one of them for nine.
    assert sum(halved) >= 9 + 3 * 2 + 6
    assert 9 < len(rehearsed("hyperband")) < 18


def test_estimate_holds_what_was_measured(
    small_task: Task, keras_started: None
) -> None:
    spec = StudySpec(family="dense", tuner="random", budget=Budget(trials=4, epochs=3))
    made = estimate(plan(spec, small_task), Crew(workers=0))
    assert (made.configurations, made.trainings, made.epochs) == (4, 4, 12)
    low, high = made.epoch_seconds
    assert 0 < low <= high
    assert 12 * low < made.search_seconds
    assert made.core_seconds > made.search_seconds > 0
    assert made.final_seconds > 0
    assert 100 < made.memory_mib < 100_000
    assert (made.failed, made.error) == (0, None)


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
    keras_started: None,
    family: str,
    fixed: dict[str, Value],
    networks: int,
) -> None:
    held = {"backbone": "mobilenet_v2", "augmentation": "off"} | fixed
    asked = plan(
        StudySpec(
            family=family,
            budget=Budget(trials=20),
            weights="random",
            fixed=tuple(sorted(held.items())),
        ),
        small_task,
    )
    probe = ProbeResult(network="another", feature_seconds=0.5)
    images = sum(len(getattr(small_task, s)) for s in ("train", "validation", "test"))
    assert _feature_seconds(asked, [probe]) == 0.5 * networks * images
    assert _feature_seconds(asked, [ProbeResult()]) == 0


def test_more_trials_take_longer(small_task: Task, keras_started: None) -> None:
    few, many = (
        estimate(
            plan(
                StudySpec(
                    family="dense", tuner="random", budget=Budget(trials=n, epochs=9)
                ),
                small_task,
            ),
            Crew(workers=0),
        )
        for n in (2, 40)
    )
    assert many.search_seconds > 5 * few.search_seconds


def test_family_of_which_nothing_trains_is_refused(
    small_task: Task, write_family: Callable[[str], str], keras_started: None
) -> None:
    broken = write_family("if hp.Int('n', 0, 10**6): raise ValueError('never')")
    with pytest.raises(StudyError, match="ValueError: never"):
        estimate(plan(StudySpec(family=broken), small_task), Crew(workers=0))
