"""scikit-learn's searches by ask and tell.

Where the seam lies: scikit-learn decides which candidates are tried, on which folds,
for how many epochs, and which of them is best. It runs over an estimator of the family
whose ``fit`` looks up what came of a candidate on a fold and notes what isn't known
yet. What was noted is proposed as trials, which train like any other, on all workers;
once all are told, scikit-learn's search runs again, from its start, and gets further.
As its searches are deterministic, it asks for the same each time.
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
from bench.records import Budget, Goal, Proposal, TrialResult, Value
from bench.searchers import Accepts
from bench.searchers import param_grid as layout
from bench.searchers.estimator import FamilyClassifier, classifier
from bench.searchers.space import active

__all__ = ["CrossValidation", "classifier", "grid", "halving", "random"]

FACTOR = 3
"""Of the candidates of an iteration of halving, the best third goes on."""

RESOURCE = "epochs"


class _UntrainedError(Exception):
    """scikit-learn can't go on before what was noted is trained."""


class CrossValidated(FamilyClassifier):
    """A family's classifier that is looked up instead of trained."""

    def fit(  # type: ignore[override]
        self, X: np.ndarray, y: Any, *, search: CrossValidation
    ) -> CrossValidated:
        """Look up what came of these hyperparameters.

        Args:
            X: ``(n, 1)``, rows of the pool.
            y: Their labels.
            search: Knows, or notes what it doesn't.
        """
        self.result_ = search.result(self.hyperparameters, self.epochs, X[:, 0])
        return self


class CrossValidation:
    """A searcher around one of scikit-learn's searches.

    Args:
        make: Makes the search from an estimator and what all searches share.
        space: Narrowed.
        folds: Of the task.
        epochs: Of a full training.
    """

    def __init__(
        self,
        make: Callable[..., Any],
        space: HyperParameters,
        folds: Folds,
        epochs: int,
    ) -> None:
        self._make = make
        self._space = space
        self._folds = folds
        self._epochs = epochs
        self._by_rows = {
            folds.rows(fold).train.tobytes(): fold for fold in range(folds.count)
        }
        self._noted: dict[str, Proposal] = {}
        self._asked: dict[int, Proposal] = {}
        self._numbers: dict[str, int] = {}
        self._rungs: dict[str, list[int]] = {}
        self._results: dict[int, TrialResult] = {}
        self._search: Any = None

    @property
    def is_fresh(self) -> bool:
        """Whether it wasn't asked for anything yet."""
        return not self._asked

    @property
    def candidates(self) -> int:
        """That the search starts with."""
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
        self._rungs.setdefault(_candidate(proposal), []).append(number)
        return proposal

    def tell(self, number: int, result: TrialResult) -> None:
        self._results[number] = result

    def result(
        self, values: Mapping[str, Any], epochs: int, rows: np.ndarray
    ) -> TrialResult | None:
        """What came of a candidate on a fold; noted, and None, where it isn't known.

        Raises:
            _UntrainedError: It wasn't asked for so many epochs before, and results of
                fewer are missing.
        """
        proposal = self._proposal(values, epochs, self._by_rows[rows.tobytes()])
        key = _key(proposal)
        if (number := self._numbers.get(key)) is not None:
            return self._results.get(number)
        before = self._results.get(-1 if proposal.parent is None else proposal.parent)
        if before is not None and before.error is not None:
            return before  # it isn't tried for longer
        first = next(iter(self._noted.values()), proposal)
        if first.epochs != proposal.epochs:
            raise _UntrainedError
        self._noted[key] = proposal  # once, where it was drawn twice
        return None

    def cv_results(self) -> dict[str, Any] | None:
        """scikit-learn's ``cv_results_`` once all is told, None before.

        The times are those that the trials took: to train, and to be judged.
        """
        self._advance()
        if self._search is None:
            return None
        found = dict(self._search.cv_results_)
        times = [self._times(found, index) for index in range(len(found["params"]))]
        for name, column in (("fit", 0), ("score", 1)):
            seconds = np.array([[fold[column] for fold in one] for one in times])
            found[f"mean_{name}_time"] = seconds.mean(axis=1)
            found[f"std_{name}_time"] = seconds.std(axis=1)
        return found

    def _times(self, found: Mapping[str, Any], index: int) -> list[tuple[float, float]]:
        """Seconds of training and of judging a candidate, fold by fold."""
        epochs = int(found.get("n_resources", [self._epochs] * (index + 1))[index])
        times = []
        for fold in range(self._folds.count):
            proposal = self._proposal(found["params"][index], epochs, fold)
            number = self._numbers.get(_key(proposal))
            result = None if number is None else self._results.get(number)
            judged = (
                0.0 if result is None else result.stage_seconds.get("validation", 0)
            )
            whole = math.nan if result is None else result.seconds
            times.append((whole - judged, judged))
        return times

    def _advance(self) -> None:
        """Let scikit-learn search as far as the results reach; note what is missing."""
        is_waiting = self._noted or len(self._results) < len(self._asked)
        if is_waiting or self._search is not None:
            return
        search = self._make(CrossValidated(**_declared(self._space, self._epochs)))
        search.set_params(
            cv=self._folds.splitter, scoring=_score, refit=False, error_score="raise"
        )
        rows = np.arange(len(self._folds.labels))[:, None]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of scores that aren't known yet
            try:
                search.fit(rows, self._folds.labels, search=self)
            except _UntrainedError:
                return
        if not self._noted:
            self._search = search

    def _proposal(self, values: Mapping[str, Any], epochs: int, fold: int) -> Proposal:
        proposal = Proposal(
            hyperparameters=active(self._space, layout.plain(values)),
            epochs=int(epochs),
            fold=fold,
        )
        asked = self._rungs.get(_candidate(proposal), [])
        fewer = [n for n in asked if self._asked[n].epochs < proposal.epochs]
        if not fewer:
            return proposal
        return replace(proposal, parent=fewer[-1], rung=len(fewer))


def grid(
    space: HyperParameters,
    budget: Budget,
    seed: int,
    accepts: Accepts | None,
    goal: Goal,
    folds: Folds,
) -> CrossValidation:
    from sklearn.model_selection import GridSearchCV

    return _over_grid(GridSearchCV, space, budget, accepts, folds)


def random(
    space: HyperParameters,
    budget: Budget,
    seed: int,
    accepts: Accepts | None,
    goal: Goal,
    folds: Folds,
) -> CrossValidation:
    from sklearn.model_selection import RandomizedSearchCV

    drawn_from = layout.distributions(space, budget.trials, folds.random_state, accepts)
    return CrossValidation(
        lambda estimator: RandomizedSearchCV(
            estimator, drawn_from, n_iter=budget.trials, random_state=folds.random_state
        ),
        space,
        folds,
        budget.epochs,
    )


def halving(
    space: HyperParameters,
    budget: Budget,
    seed: int,
    accepts: Accepts | None,
    goal: Goal,
    folds: Folds,
) -> CrossValidation:
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.model_selection import HalvingGridSearchCV

    kind = partial(
        HalvingGridSearchCV,
        factor=FACTOR,
        resource=RESOURCE,
        max_resources=budget.epochs,
        random_state=folds.random_state,
    )
    return _over_grid(kind, space, budget, accepts, folds)


def _over_grid(
    kind: Callable[..., Any],
    space: HyperParameters,
    budget: Budget,
    accepts: Accepts | None,
    folds: Folds,
) -> CrossValidation:
    """A search of a kind that takes lists of values."""
    values = layout.grid(space, budget.trials, folds.random_state, accepts)
    return CrossValidation(
        lambda estimator: kind(estimator, values), space, folds, budget.epochs
    )


def _score(estimator: CrossValidated, X: np.ndarray, y: np.ndarray) -> float:
    """Accuracy on the fold that was held out, NaN where it isn't known or failed."""
    result = estimator.result_
    metrics: Mapping[str, float] = {} if result is None else result.metrics
    return metrics.get("validation_accuracy", math.nan)


def _declared(space: HyperParameters, epochs: int) -> dict[str, Any]:
    """Arguments of an estimator that has the space's defaults."""
    defaults: dict[str, Value] = {entry.name: entry.default for entry in space.space}
    return {"family": "", "task": None, "epochs": epochs, **defaults}


def _key(proposal: Proposal) -> str:
    """What tells a proposal from others."""
    return f"{proposal.epochs} {_candidate(proposal)}"


def _candidate(proposal: Proposal) -> str:
    """What tells a proposal from others but those of more or fewer epochs."""
    values = dict(proposal.hyperparameters)
    return json.dumps([proposal.fold, values], sort_keys=True)
