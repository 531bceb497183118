"""Searchers around scikit-learn's searches, and the classifier of a family.

scikit-learn decides which candidates are tried, on which folds, for how many epochs,
and which of them is best. Its search uses an estimator whose ``fit`` doesn't train: it
looks up the result of a candidate on a fold, and notes the candidate if there is no
result yet. Noted candidates are proposed as trials, which train like any others, on all
workers. Once all results are told, scikit-learn's search is repeated from its start and
gets further than before. Since its searches are deterministic, each repetition asks for
the same candidates.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from keras_tuner import HyperParameters

from bench.datasets.folds import Folds
from bench.records import Origin, Proposal, TrialResult, Value
from bench.searchers import Searcher, SearchProblem, param_grid
from bench.searchers.estimator import FamilyClassifier, classifier
from bench.searchers.space import active

__all__ = ["CrossValidation", "classifier", "grid", "halving", "random"]

FACTOR = 3
"""Number of candidates of which halving keeps one in each iteration."""

RESOURCE = "epochs"


class _UntrainedError(Exception):
    """scikit-learn's search can't continue before the noted candidates are trained."""


class CrossValidated(FamilyClassifier):
    """A family's classifier whose results are looked up instead of trained."""

    def fit(  # type: ignore[override]
        self, X: np.ndarray, y: Any, *, search: CrossValidation
    ) -> CrossValidated:
        """Look up the result of the hyperparameters.

        Args:
            X: Indices ``(n, 1)`` of the training images in the pool.
            y: Labels of these images, which are not used.
            search: Searcher that has the results and notes missing ones.
        """
        self.result_ = search.result(self.hyperparameters, self.epochs, X[:, 0])
        return self


class CrossValidation(Searcher):
    """A searcher around one of scikit-learn's searches.

    Args:
        make: Makes scikit-learn's search from an estimator.
        problem: Problem of the search, with folds.
        is_exhaustive: Whether the search tries every candidate of a grid.
    """

    def __init__(
        self,
        make: Callable[..., Any],
        problem: SearchProblem,
        *,
        is_exhaustive: bool = False,
    ) -> None:
        self._make = make
        self._space = problem.space
        self._starts = problem.starts
        self._folds = _folds(problem)
        self._epochs = problem.budget.epochs
        self._task_type = problem.task_type
        self._is_exhaustive = is_exhaustive
        self._by_indices = {
            self._folds.indices(fold).train.tobytes(): fold
            for fold in range(self._folds.count)
        }
        self._noted: dict[str, Proposal] = {}
        self._asked: dict[int, Proposal] = {}
        self._numbers: dict[str, int] = {}
        self._trainings: dict[str, list[int]] = {}
        self._results: dict[int, TrialResult] = {}
        self._search: Any = None

    @property
    def is_fresh(self) -> bool:
        """Whether no trial was proposed yet."""
        return not self._asked

    @property
    def candidates(self) -> int | None:
        if not self._is_exhaustive:
            return None
        self._advance()
        return len(self._noted) // self._folds.count

    def ask(self, number: int) -> Proposal | None:
        self._advance()
        if not self._noted:
            return None
        key = next(iter(self._noted))
        proposal = self._noted.pop(key)
        self._asked[number] = proposal
        self._numbers[key] = number
        self._trainings.setdefault(_candidate(proposal), []).append(number)
        return proposal

    def resume(self, number: int, proposal: Proposal) -> Proposal | None:
        asked = self.ask(number)  # older versions had other origins
        return asked and replace(asked, origin=proposal.origin)

    def tell(self, number: int, result: TrialResult) -> None:
        self._results[number] = result

    def result(
        self, values: Mapping[str, Any], epochs: int, indices: np.ndarray
    ) -> TrialResult | None:
        """Return the result of a candidate on a fold; if missing, note it for a trial.

        Args:
            values: Hyperparameters of the candidate.
            epochs: Number of epochs.
            indices: Indices of the fold's training images in the pool.

        Raises:
            _UntrainedError: The result is missing and can't be noted, because noted
                candidates have another number of epochs.
        """
        proposal = self._proposal(values, epochs, self._by_indices[indices.tobytes()])
        key = _key(proposal)
        if (number := self._numbers.get(key)) is not None:
            return self._results.get(number)
        before = self._results.get(-1 if proposal.parent is None else proposal.parent)
        if before is not None and before.error is not None:
            return before  # a failed candidate isn't trained for longer
        first = next(iter(self._noted.values()), proposal)
        if first.epochs != proposal.epochs:
            raise _UntrainedError
        self._noted[key] = proposal  # only once if it was drawn twice
        return None

    def cv_results(self) -> dict[str, Any] | None:
        """Return scikit-learn's ``cv_results_``; None before all results are told.

        Times are those of the trials, for training and for validation.
        """
        self._advance()
        if self._search is None:
            return None
        table = dict(self._search.cv_results_)
        seconds = np.array(
            [self._times(table, index) for index in range(len(table["params"]))]
        )
        for column, name in enumerate(("fit", "score")):
            table[f"mean_{name}_time"] = seconds[..., column].mean(axis=1)
            table[f"std_{name}_time"] = seconds[..., column].std(axis=1)
        return table

    def _times(self, table: Mapping[str, Any], index: int) -> list[tuple[float, float]]:
        """Seconds of a candidate's training and validation, fold by fold."""
        epochs = int(table.get("n_resources", [self._epochs] * (index + 1))[index])
        times = []
        for fold in range(self._folds.count):
            proposal = self._proposal(table["params"][index], epochs, fold)
            number = self._numbers.get(_key(proposal))
            result = None if number is None else self._results.get(number)
            if result is None:
                times.append((math.nan, 0.0))
                continue
            validation = result.stage_seconds.get("validation", 0.0)
            times.append((result.seconds - validation, validation))
        return times

    def _advance(self) -> None:
        """Run scikit-learn's search as far as results allow, and note missing ones."""
        is_waiting = self._noted or len(self._results) < len(self._asked)
        if is_waiting or self._search is not None:
            return
        search = self._make(CrossValidated(**_declared(self._space, self._epochs)))
        search.set_params(
            cv=self._folds.splitter,
            scoring=self._score,
            refit=False,
            error_score="raise",
        )
        indices = np.arange(len(self._folds.labels))[:, None]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about missing scores, which are NaN
            try:
                search.fit(indices, self._folds.labels, search=self)
            except _UntrainedError:
                return
        if not self._noted:
            self._search = search

    def _score(self, estimator: CrossValidated, X: np.ndarray, y: np.ndarray) -> float:
        """Objective on the held-out fold; NaN if the trial failed or hasn't ended."""
        task_type, result = self._task_type, estimator.result_
        if result is None or task_type.validated not in result.metrics:
            return math.nan
        return task_type.objective.better(result.metrics[task_type.validated])

    def _proposal(self, values: Mapping[str, Any], epochs: int, fold: int) -> Proposal:
        configuration = active(self._space, param_grid.plain(values))
        proposal = Proposal(
            hyperparameters=configuration,
            epochs=int(epochs),
            fold=fold,
            origin=self._origin(configuration),
        )
        asked = self._trainings.get(_candidate(proposal), [])
        fewer = [n for n in asked if self._asked[n].epochs < proposal.epochs]
        if not fewer:
            return proposal
        return replace(proposal, parent=fewer[-1], rung=len(fewer))

    def _origin(self, configuration: Mapping[str, Value]) -> Origin:
        if configuration == active(self._space, {}):
            return Origin.DEFAULT
        if self._is_exhaustive:
            return Origin.GRID
        return Origin.START if configuration in self._starts else Origin.RANDOM


def grid(problem: SearchProblem) -> CrossValidation:
    from sklearn.model_selection import GridSearchCV

    return _over_grid(GridSearchCV, problem)


def random(problem: SearchProblem) -> CrossValidation:
    from sklearn.model_selection import ParameterGrid, RandomizedSearchCV

    class InOrder(RandomizedSearchCV):  # type: ignore[misc]
        """Tries the given candidates in their order, the default one first."""

        def _run_search(self, evaluate_candidates: Callable[[Any], Any]) -> None:
            evaluate_candidates(ParameterGrid(self.param_distributions))

    candidates = param_grid.draws(
        problem.space,
        problem.budget.trials,
        _folds(problem).random_state,
        problem.accepts,
        problem.starts,
    )
    return CrossValidation(
        lambda estimator: InOrder(estimator, candidates, n_iter=len(candidates)),
        problem,
    )


def halving(problem: SearchProblem) -> CrossValidation:
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.model_selection import HalvingGridSearchCV

    kind = partial(
        HalvingGridSearchCV,
        factor=FACTOR,
        resource=RESOURCE,
        max_resources=problem.budget.epochs,
        random_state=_folds(problem).random_state,
    )
    return _over_grid(kind, problem)


def _over_grid(kind: Callable[..., Any], problem: SearchProblem) -> CrossValidation:
    """The searcher around a kind of search that takes lists of values."""
    state = _folds(problem).random_state
    values = param_grid.grid(
        problem.space, problem.budget.trials, state, problem.accepts
    )
    return CrossValidation(
        lambda estimator: kind(estimator, values),
        problem,
        is_exhaustive=True,
    )


def _folds(problem: SearchProblem) -> Folds:
    assert problem.folds is not None  # as every tuner that cross-validates has
    return problem.folds


def _declared(space: HyperParameters, epochs: int) -> dict[str, Any]:
    """Arguments of an estimator with the defaults of a space."""
    defaults: dict[str, Value] = {entry.name: entry.default for entry in space.space}
    return {"family": "", "task": None, "epochs": epochs, **defaults}


def _key(proposal: Proposal) -> str:
    """Text that identifies a proposal."""
    return f"{proposal.epochs} {_candidate(proposal)}"


def _candidate(proposal: Proposal) -> str:
    """Text that identifies a proposal, whatever its number of epochs."""
    values = dict(proposal.hyperparameters)
    return json.dumps([proposal.fold, values], sort_keys=True)
