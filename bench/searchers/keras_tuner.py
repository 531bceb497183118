"""Keras Tuner's oracles by ask and tell: the only place that touches them.

Their own project folders aren't used, since the store is the only truth; their
training loops aren't either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras_tuner
import numpy as np
from keras_tuner import HyperParameters, Objective, oracles
from keras_tuner.engine.hyperparameters import Fixed
from keras_tuner.engine.trial import TrialStatus

from bench.records import Budget, Goal, Proposal, TrialResult, Value
from bench.searchers import Accepts
from bench.searchers.bayesian import UnrepeatedBayesianOracle
from bench.searchers.hyperband import FAILED_SCORE, RANDOM_DRAWS, SizedHyperbandOracle
from bench.searchers.one_epoch import OneEpoch

_SCORE = "score"
_BOOKKEEPING = "tuner/"


class OracleSearcher:
    """A searcher around one of Keras Tuner's oracles.

    Args:
        oracle: Fresh, over the whole search space.
        epochs: Fidelity of its trials where the oracle doesn't choose one.
        accepts: Says which configurations may be proposed; None for all.
        goal: Says which result is better.
        tells_failures: Tell a failed trial as ``FAILED_SCORE``, so that a rung
            isn't left waiting for it; else as failed.
    """

    def __init__(
        self,
        oracle: keras_tuner.Oracle,
        *,
        epochs: int,
        accepts: Accepts | None,
        goal: Goal,
        tells_failures: bool = False,
    ) -> None:
        self._oracle = _without_files(oracle)
        self._goal = goal
        self._accepts = accepts or _anything
        # What may not be proposed is drawn anew, as what was proposed before.
        is_known = oracle._duplicate
        oracle._duplicate = lambda values: is_known(values) or not self._accepts(values)
        self._epochs = epochs
        self._tells_failures = tells_failures
        self._trials: dict[int, Any] = {}
        self._numbers: dict[str, int] = {}
        self._brackets: dict[int, int | None] = {}

    def ask(self, number: int) -> Proposal | None:
        trial = self._next(number)
        if trial.status != TrialStatus.RUNNING:
            return None
        self._trials[number] = trial
        self._numbers[trial.trial_id] = number
        values = trial.hyperparameters.values
        past = values.get("tuner/trial_id")
        parent = None if past is None else self._numbers[past]
        # Keras Tuner writes the bracket being filled into promoted trials; they
        # stay in their parents'.
        bracket = (
            values.get("tuner/bracket") if parent is None else self._brackets[parent]
        )
        self._brackets[number] = bracket
        return Proposal(
            hyperparameters={
                name: value
                for name, value in values.items()
                if not name.startswith(_BOOKKEEPING)
            },
            epochs=values.get("tuner/epochs", self._epochs),
            parent=parent,
            bracket=bracket,
            rung=values.get("tuner/round", 0),
        )

    def _next(self, number: int) -> Any:
        """The oracle's next trial. A grid draws nothing, and so skips what may not be
        proposed.
        """
        # A tuner id of its own for each trial, as if each had its own worker.
        trial = self._oracle.create_trial(f"trial-{number}")
        while trial.status == TrialStatus.RUNNING and not self._accepts(
            trial.hyperparameters.values
        ):
            trial.status = TrialStatus.INVALID
            self._oracle.end_trial(trial)
            self._oracle.max_trials += 1
            trial = self._oracle.create_trial(f"trial-{number}")
        return trial

    def tell(self, number: int, result: TrialResult) -> None:
        trial = self._trials[number]
        if result.space is not None:
            found = HyperParameters.from_config(result.space)
            trial.hyperparameters.merge(found.space, overwrite=False)
        if result.error is None:
            score = self._goal.score(result.metrics)
        elif self._tells_failures:
            score = FAILED_SCORE
        else:
            trial.status = TrialStatus.FAILED
            self._oracle.end_trial(trial)
            return
        self._oracle.update_trial(trial.trial_id, {_SCORE: score})
        trial.status = TrialStatus.COMPLETED
        self._oracle.end_trial(trial)


def _anything(values: Mapping[str, Value]) -> bool:
    return True


def random(
    space: HyperParameters,
    budget: Budget,
    seed: int,
    accepts: Accepts | None,
    goal: Goal,
) -> OracleSearcher:
    oracle = oracles.RandomSearchOracle(
        max_trials=budget.trials, **_common(space, seed)
    )
    oracle._max_collisions = RANDOM_DRAWS
    return OracleSearcher(oracle, epochs=budget.epochs, accepts=accepts, goal=goal)


def one_epoch(
    space: HyperParameters,
    budget: Budget,
    seed: int,
    accepts: Accepts | None,
    goal: Goal,
) -> OneEpoch:
    return OneEpoch(random(space, budget, seed, accepts, goal), budget, goal)


def grid(
    space: HyperParameters,
    budget: Budget,
    seed: int,
    accepts: Accepts | None,
    goal: Goal,
) -> OracleSearcher:
    oracle = oracles.GridSearchOracle(max_trials=budget.trials, **_common(space, seed))
    return OracleSearcher(oracle, epochs=budget.epochs, accepts=accepts, goal=goal)


def bayesian(
    space: HyperParameters,
    budget: Budget,
    seed: int,
    accepts: Accepts | None,
    goal: Goal,
) -> OracleSearcher:
    """Bayesian search that leaves random search after a quarter of the budget.

    Keras Tuner's default is three random trials a dimension: with a dozen
    hyperparameters and 20 trials the model would never be asked.
    """
    tuned = [h for h in space.space if not isinstance(h, Fixed)]
    initial = max(3, min(3 * len(tuned), budget.trials // 4))
    oracle = UnrepeatedBayesianOracle(
        max_trials=budget.trials, num_initial_points=initial, **_common(space, seed)
    )
    oracle._max_collisions = RANDOM_DRAWS
    return OracleSearcher(oracle, epochs=budget.epochs, accepts=accepts, goal=goal)


def hyperband(
    space: HyperParameters,
    budget: Budget,
    seed: int,
    accepts: Accepts | None,
    goal: Goal,
) -> OracleSearcher:
    oracle = SizedHyperbandOracle(
        trials=budget.trials, max_epochs=budget.epochs, **_common(space, seed)
    )
    return OracleSearcher(
        oracle, epochs=budget.epochs, accepts=accepts, goal=goal, tells_failures=True
    )


def _common(space: HyperParameters, seed: int) -> dict[str, Any]:
    # Keras Tuner takes seed 0 for no seed, and adds 1 for every value it draws, so
    # that neighbouring seeds would propose nearly the same.
    drawn = int(np.random.SeedSequence(seed).generate_state(1)[0] >> 2) + 1
    return {
        "objective": Objective(_SCORE, direction="max"),
        "hyperparameters": space.copy(),
        "seed": drawn,
    }


def _without_files(oracle: keras_tuner.Oracle) -> keras_tuner.Oracle:
    oracle.verbose = 0
    oracle.save = lambda: None
    oracle._save_trial = lambda trial: None
    # The study decides when failures end it; this looks at all trials after each.
    oracle._check_consecutive_failures = lambda: None
    return oracle
