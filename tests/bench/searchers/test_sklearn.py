"""Searches led by scikit-learn."""

from collections import Counter
from collections.abc import Callable

import keras_tuner
import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

from bench import searchers
from bench.datasets.folds import Folds
from bench.records import EVERY, Budget, Proposal, TrialResult
from bench.searchers import SearchProblem, param_grid
from bench.searchers.sklearn import CrossValidation


def result(proposal: Proposal, fails: bool = False) -> TrialResult:
    """A result that is better the larger the width, with a share from the fold."""
    if fails:
        return TrialResult(error="ValueError: this trial fails")
    assert proposal.fold is not None
    score = proposal.hyperparameters["width"] / 100 + proposal.fold / 1000
    return TrialResult(
        metrics={"validation_accuracy": score, "validation_log_loss": 1.0},
        epochs=proposal.epochs,
        seconds=3.0 + proposal.fold,
        stage_seconds={"validation": 1.0},
    )


@pytest.fixture
def widths() -> keras_tuner.HyperParameters:
    hp = keras_tuner.HyperParameters()
    hp.Choice("width", [8, 16, 32, 64])
    hp.Int("depth", 1, 3)
    hp.Fixed("dropout", 0.2)
    return hp


@pytest.fixture
def create(widths: keras_tuner.HyperParameters, folds: Folds) -> Callable:
    def create(
        tuner: str,
        trials: int = EVERY,
        epochs: int = 9,
        space: keras_tuner.HyperParameters = widths,
    ) -> CrossValidation:
        budget = Budget(trials=trials, epochs=epochs)
        problem = SearchProblem(space=space, budget=budget, seed=0, folds=folds)
        return searchers.create(tuner, problem)

    return create


def test_every_candidate_is_tried_on_every_fold(
    create: Callable, search: Callable
) -> None:
    done = search(create("sklearn-grid"), result=result)
    tried = Counter(
        (p.hyperparameters["width"], p.hyperparameters["depth"], p.fold)
        for p in done.proposals
    )
    assert len(tried) == 4 * 3 * 3
    assert set(tried.values()) == {1}
    assert {p.epochs for p in done.proposals} == {9}
    assert {p.hyperparameters["dropout"] for p in done.proposals} == {0.2}


def test_table_is_that_of_scikit_learn_with_the_times_of_trials(
    create: Callable, search: Callable
) -> None:
    searcher = create("sklearn-grid")
    assert searcher.cv_results() is None
    search(searcher, result=result)
    table = searcher.cv_results()
    widest = np.array([p["width"] == 64 for p in table["params"]])
    assert np.allclose(table["mean_test_score"][widest], 0.641)
    assert (table["rank_test_score"][widest] == 1).all()
    assert np.allclose(table["split2_test_score"][widest], 0.642)
    assert np.allclose(table["mean_fit_time"], 3.0)
    assert np.allclose(table["mean_score_time"], 1.0)


@pytest.mark.parametrize("at_once", [1, 4])
def test_halving_continues_the_best_third_fold_by_fold(
    create: Callable, search: Callable, at_once: int
) -> None:
    searcher = create("sklearn-halving")
    done = search(searcher, result=result, at_once=at_once)
    rungs = [[p for p in done.proposals if p.rung == rung] for rung in range(3)]
    assert [len(rung) for rung in rungs] == [36, 12, 6]
    assert [{p.epochs for p in rung} for rung in rungs] == [{1}, {3}, {9}]
    assert {p.hyperparameters["width"] for p in rungs[2]} == {64}
    for proposal in rungs[1] + rungs[2]:
        parent = done.proposals[proposal.parent]
        assert parent.fold == proposal.fold
        assert parent.hyperparameters == proposal.hyperparameters
        assert parent.rung == proposal.rung - 1
    assert list(searcher.cv_results()["n_resources"]) == [1] * 12 + [3] * 4 + [9] * 2


def test_candidate_with_a_failed_fold_has_no_mean_and_is_not_tried_for_longer(
    create: Callable, search: Callable
) -> None:
    searcher = create("sklearn-halving")
    # The first fold of the last candidate, which is among the widest.
    done = search(searcher, result=result, fails=lambda number: number == 33)
    failed = done.proposals[33].hyperparameters
    longer = [p for p in done.proposals if p.rung and p.hyperparameters == failed]
    assert not longer
    table = searcher.cv_results()
    index = [bool(np.isnan(score)) for score in table["mean_test_score"]].index(True)
    assert table["params"][index]["depth"] == failed["depth"]


def test_random_search_draws_between_the_points_of_a_grid(
    space: keras_tuner.HyperParameters, create: Callable, search: Callable
) -> None:
    searcher = create("sklearn-random", trials=20, epochs=2, space=space)
    rates = {
        p.hyperparameters["rate"]
        for p in search(searcher).configurations[1:]
        if "rate" in p.hyperparameters
    }
    (entry,) = [e for e in space.space if e.name == "rate"]
    assert len(rates) > 5
    assert not rates & set(param_grid.values(entry))


def test_candidate_that_is_drawn_twice_is_trained_once(
    create: Callable, search: Callable
) -> None:
    hp = keras_tuner.HyperParameters()
    hp.Choice("optimizer", ["adam", "sgd"])
    with hp.conditional_scope("optimizer", ["adam"]):
        hp.Float("rate", 1e-4, 1e-2, sampling="log")
    with hp.conditional_scope("optimizer", ["sgd"]):
        hp.Choice("momentum", [0.8, 0.9])
    searcher = create("sklearn-random", trials=20, epochs=2, space=hp)
    done = search(searcher)
    trained = [str((p.hyperparameters, p.fold)) for p in done.proposals]
    assert len(set(trained)) == len(trained) < 60
    assert not np.isnan(searcher.cv_results()["mean_test_score"]).any()


def test_folds_are_those_of_scikit_learn(folds: Folds) -> None:
    images, labels = np.zeros((12, 2)), folds.labels
    assert isinstance(folds.splitter, StratifiedKFold)
    search = GridSearchCV(
        DecisionTreeClassifier(), {"max_depth": [1]}, cv=folds.splitter
    ).fit(images, labels)
    assert search.n_splits_ == 3
    held_out = np.concatenate([folds.indices(fold).validation for fold in range(3)])
    assert sorted(held_out) == list(range(12))
    for fold in range(3):
        indices = folds.indices(fold)
        assert not set(indices.train) & set(indices.validation)
        assert np.bincount(labels[indices.validation]).tolist() == [2, 2]
