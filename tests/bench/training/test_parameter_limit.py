"""Configurations with too many parameters are never proposed."""

from __future__ import annotations

import keras_tuner
import pytest

from bench import searchers
from bench.errors import SpaceError
from bench.records import Budget, TrialResult
from bench.searchers import space as spaces
from bench.training import hypermodel
from bench.training import parameter_limit as cap
from bench.training.models import configured, parameters
from bench.training.parameter_limit import ParameterCap
from search_spaces.family import ImageTask

TASK = ImageTask(image_shape=(8, 8, 1), classes=3)
CAP = 40_000


@pytest.fixture(scope="module")
def source() -> hypermodel.FamilySource:
    return hypermodel.load("mlp", TASK)


def space(source: hypermodel.FamilySource) -> keras_tuner.HyperParameters:
    return spaces.narrow(
        spaces.discover(source.hypermodel), ["units_1", "units_2", "dropout"], {}
    )


def proposed(source: hypermodel.FamilySource, tuner: str, trials: int) -> list[dict]:
    budget = Budget(trials=trials, epochs=3)
    searcher = searchers.create(
        tuner, space(source), budget, 0, accepts=ParameterCap(source, CAP)
    )
    found: list[dict] = []
    while len(found) < 60 and (proposal := searcher.ask(len(found))) is not None:
        metrics = {"validation_accuracy": len(found) / 100, "validation_log_loss": 1.0}
        found.append(dict(proposal.hyperparameters))
        searcher.tell(
            len(found) - 1, TrialResult(metrics=metrics, epochs=proposal.epochs)
        )
    return found


@pytest.mark.parametrize("tuner", ["random", "grid", "bayesian", "hyperband"])
def test_all_that_is_proposed_is_below_the_cap(
    source: hypermodel.FamilySource, tuner: str
) -> None:
    found = proposed(source, tuner, trials=12)
    sizes = [parameters(source.hypermodel.build(configured(one))) for one in found]
    assert max(sizes) <= CAP
    assert len({str(one) for one in found}) == 12


def test_grid_goes_through_everything_below_the_cap(
    source: hypermodel.FamilySource,
) -> None:
    units = [
        (one, other)
        for one in (100, 200, 400, 800)
        for other in (30, 60, 120, 240)
        if 65 * one + (one + 1) * other + (other + 1) * 3 <= CAP
    ]
    found = proposed(source, "grid", trials=1000)
    assert {(one["units_1"], one["units_2"]) for one in found} == set(units)
    assert len(found) == 6 * len(units)  # values of dropout


def test_cap_that_leaves_nothing_says_so(
    source: hypermodel.FamilySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cap, "DRAWS", 5)
    budget = Budget(trials=5)
    searcher = searchers.create(
        "random", space(source), budget, 0, accepts=ParameterCap(source, 100)
    )
    with pytest.raises(SpaceError, match="none has at most 100, the smallest has"):
        searcher.ask(0)


def test_small_filters_stay_below_their_own_cap() -> None:
    task = ImageTask(image_shape=(32, 32, 3), classes=100)
    source = hypermodel.load("small_filters", task)
    accepts = ParameterCap(source, source.hypermodel.max_parameters)
    searcher = searchers.create(
        "random",
        spaces.discover(source.hypermodel),
        Budget(trials=6),
        0,
        accepts=accepts,
    )
    for number in range(6):
        proposal = searcher.ask(number)
        assert proposal is not None
        model = source.hypermodel.build(configured(proposal.hyperparameters))
        assert parameters(model) <= 57_332
