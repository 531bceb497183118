"""Configurations above the maximum number of parameters are never proposed."""

from __future__ import annotations

import keras_tuner
import pytest

from bench import searchers
from bench.errors import SpaceError
from bench.records import Budget, TrialResult
from bench.searchers import Searcher, SearchProblem
from bench.searchers import space as spaces
from bench.training import hypermodel, parameter_limit
from bench.training.models import configured, parameters
from bench.training.parameter_limit import ParameterLimit
from search_spaces.family import ImageTask

TASK = ImageTask(image_shape=(8, 8, 1), classes=3)
LIMIT = 40_000


@pytest.fixture(scope="module")
def source() -> hypermodel.FamilySource:
    return hypermodel.load("mlp", TASK)


def space(source: hypermodel.FamilySource) -> keras_tuner.HyperParameters:
    return spaces.narrow(
        spaces.discover(source.hypermodel), ["units_1", "units_2", "dropout"], {}
    )


def make_searcher(
    source: hypermodel.FamilySource, tuner: str, *, budget: Budget, limit: int = LIMIT
) -> Searcher:
    problem = SearchProblem(
        space=space(source),
        budget=budget,
        seed=0,
        accepts=ParameterLimit(source, limit),
    )
    return searchers.create(tuner, problem)


def proposed(source: hypermodel.FamilySource, tuner: str, trials: int) -> list[dict]:
    """Configurations that a searcher proposes, told of made-up results."""
    searcher = make_searcher(source, tuner, budget=Budget(trials=trials, epochs=3))
    proposals: list[dict] = []
    while len(proposals) < 60:
        number = len(proposals)
        proposal = searcher.ask(number)
        if proposal is None:
            break
        metrics = {"validation_accuracy": number / 100, "validation_log_loss": 1.0}
        proposals.append(dict(proposal.hyperparameters))
        searcher.tell(number, TrialResult(metrics=metrics, epochs=proposal.epochs))
    return proposals


@pytest.mark.parametrize("tuner", ["random", "grid", "bayesian", "hyperband"])
def test_all_proposals_are_within_the_limit(
    source: hypermodel.FamilySource, tuner: str
) -> None:
    proposals = proposed(source, tuner, trials=12)
    sizes = [
        parameters(source.hypermodel.build(configured(values))) for values in proposals
    ]
    assert max(sizes) <= LIMIT
    assert len({str(values) for values in proposals}) == 12


def test_grid_contains_every_configuration_within_the_limit(
    source: hypermodel.FamilySource,
) -> None:
    units = {
        (first, second)
        for first in (100, 200, 400, 800)
        for second in (30, 60, 120, 240)
        if 65 * first + (first + 1) * second + (second + 1) * 3 <= LIMIT
    }
    proposals = proposed(source, "grid", trials=1000)
    assert {(values["units_1"], values["units_2"]) for values in proposals} == units
    assert len(proposals) == 6 * len(units)  # dropout has 6 values


def test_limit_that_leaves_nothing_is_refused(
    source: hypermodel.FamilySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parameter_limit, "DRAWS", 5)
    searcher = make_searcher(source, "random", budget=Budget(trials=5), limit=100)
    with pytest.raises(SpaceError, match="none has at most 100, the smallest has"):
        searcher.ask(0)


def test_small_filters_stay_within_the_limit_of_their_family() -> None:
    task = ImageTask(image_shape=(32, 32, 3), classes=100)
    source = hypermodel.load("small_filters", task)
    problem = SearchProblem(
        space=spaces.discover(source.hypermodel),
        budget=Budget(trials=6),
        seed=0,
        accepts=ParameterLimit(source, source.hypermodel.max_parameters),
    )
    searcher = searchers.create("random", problem)
    for number in range(6):
        proposal = searcher.ask(number)
        assert proposal is not None
        model = source.hypermodel.build(configured(proposal.hyperparameters))
        assert parameters(model) <= 57_332
