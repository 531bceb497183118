"""How many results a searcher may lack when it is asked for a trial."""

import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from bench.records import Budget, Resources, StudySpec


@pytest.mark.parametrize(
    ("workers", "trials", "expected"),
    [(1, 20, 0), (2, 20, 1), (4, 20, 3), (8, 20, 5), (8, 100, 7), (2, 2, 1)],
)
def test_model_lacks_few_results(
    prepare: Callable, workers: int, trials: int, expected: int
) -> None:
    from bench.study.execution import lookahead

    spec = StudySpec(family="dense", tuner="bayesian", budget=Budget(trials=trials))
    assert lookahead(prepare(spec), Resources(workers=workers)) == expected


@pytest.mark.parametrize(("tuner", "more"), [("random", 10), ("hyperband", 3)])
def test_searchers_without_a_model_keep_workers_busy(
    prepare: Callable, tuner: str, more: int
) -> None:
    from bench.study.execution import lookahead

    spec = StudySpec(family="dense", tuner=tuner, budget=Budget(trials=4))
    assert lookahead(prepare(spec), Resources(workers=1)) == 0
    assert lookahead(prepare(spec), Resources(workers=3)) == 2 * more


@pytest.mark.parametrize(("count", "workers"), [(2, 4), (3, 2)])
def test_each_group_of_devices_has_a_worker_however_many_cores_there_are(
    prepare: Callable, monkeypatch: pytest.MonkeyPatch, count: int, workers: int
) -> None:
    from bench.study.execution import lookahead

    prepared = prepare(StudySpec(family="dense", tuner="random", backend="jax"))
    virtual = [SimpleNamespace(platform="cpu", id=number) for number in range(8)]
    jax = SimpleNamespace(local_devices=lambda: virtual)
    monkeypatch.setitem(sys.modules, "jax", jax)
    expected = lookahead(prepared, Resources(workers=workers))
    assert lookahead(prepared, Resources(devices=count)) == expected
