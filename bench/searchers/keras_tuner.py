"""Searchers around Keras Tuner's oracles.

Neither the project folders nor the training loops of Keras Tuner are used: the store is
the only truth, and trials run on the executor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras_tuner
import numpy as np
from keras_tuner import HyperParameters, Objective, oracles
from keras_tuner.engine.hyperparameters import Fixed
from keras_tuner.engine.trial import TrialStatus

from bench.records import Origin, Proposal, TrialResult, Value
from bench.searchers import Accepts, Searcher, SearchProblem
from bench.searchers.bayesian import ALPHA, BETA, BayesianOracle
from bench.searchers.hyperband import FAILED_SCORE, RANDOM_DRAWS, HyperbandOracle
from bench.searchers.one_epoch import OneEpoch
from bench.searchers.space import active

_SCORE = "score"
_BOOKKEEPING = "tuner/"


class OracleSearcher(Searcher):
    """A searcher around one of Keras Tuner's oracles.

    Args:
        oracle: Fresh oracle over the whole search space.
        problem: Problem that the oracle was made for.
        tells_failures: Whether the oracle is told of a failed trial as one that ended
            with ``FAILED_SCORE``, so that its rung doesn't wait for it.
    """

    def __init__(
        self,
        oracle: keras_tuner.Oracle,
        problem: SearchProblem,
        *,
        tells_failures: bool = False,
    ) -> None:
        self._oracle = _without_files(oracle)
        self._task_type = problem.task_type
        self._accepts = problem.accepts or _anything
        self._is_avoided: Accepts = _nothing
        self._adopted: Mapping[str, Value] | None = None
        # A refused configuration is drawn again, like one that was proposed before.
        is_known = oracle._duplicate
        oracle._duplicate = lambda values: is_known(values) or self._refuses(values)
        self._epochs = problem.budget.epochs
        self._tells_failures = tells_failures
        self._trials: dict[int, Any] = {}
        self._numbers: dict[str, int] = {}
        self._brackets: dict[int, int | None] = {}
        self._origins: dict[int, Origin] = {}
        self._draw = oracle._random_values
        oracle._random_values = self._first_or_drawn
        oracle.origin = Origin.GRID  # a grid never draws
        self._default = default = active(oracle.hyperparameters, {})
        self._first = [
            (Origin.DEFAULT, default),
            *((Origin.START, dict(values)) for values in problem.starts),
        ]

    def ask(self, number: int) -> Proposal | None:
        trial = self._next(number)
        if trial.status != TrialStatus.RUNNING:
            return None
        self._trials[number] = trial
        self._numbers[trial.trial_id] = number
        values = trial.hyperparameters.values
        past = values.get("tuner/trial_id")
        parent = None if past is None else self._numbers[past]
        # Keras Tuner gives promoted trials the bracket that is being filled instead
        # of their parents'.
        bracket = (
            values.get("tuner/bracket") if parent is None else self._brackets[parent]
        )
        self._brackets[number] = bracket
        own = {n: v for n, v in values.items() if not n.startswith(_BOOKKEEPING)}
        self._origins[number] = (
            self._origin(own) if parent is None else self._origins[parent]
        )
        return Proposal(
            hyperparameters=own,
            epochs=values.get("tuner/epochs", self._epochs),
            parent=parent,
            bracket=bracket,
            rung=values.get("tuner/round", 0),
            origin=self._origins[number],
            image_share=self._image_share(bracket, values.get("tuner/round", 0)),
        )

    def _image_share(self, bracket: int | None, rung: int) -> float:
        """Share of the training images that a trial takes; less than 1 in Hyperband."""
        if bracket is None:
            return 1.0
        share: float = self._oracle.image_share(bracket, rung)
        return share

    def _origin(self, values: Mapping[str, Value]) -> Origin:
        """Where a configuration came from; a grid may hold the default one."""
        return Origin.DEFAULT if values == self._default else self._oracle.origin

    def _next(self, number: int) -> Any:
        """The oracle's next trial that the problem accepts.

        A grid doesn't draw its trials, so refused ones are skipped here.
        """
        # Each trial has its own tuner id, as if it had its own worker.
        trial = self._oracle.create_trial(f"trial-{number}")
        while trial.status == TrialStatus.RUNNING and not self._accepts(
            trial.hyperparameters.values
        ):
            trial.status = TrialStatus.INVALID
            self._oracle.end_trial(trial)
            self._oracle.max_trials += 1
            trial = self._oracle.create_trial(f"trial-{number}")
        return trial

    def _refuses(self, values: Mapping[str, Value]) -> bool:
        return not self._accepts(values) or self._is_avoided(values)

    def _first_or_drawn(self) -> Any:
        """A configuration of those that come first, else a random draw of the oracle.

        If everything that is left is avoided, it is what it would be if nothing were.
        Draws that were in vain then don't count, so that a replay, which knows what it
        looks for, finds it as well.
        """
        if self._adopted is not None:
            return dict(self._adopted)
        before = self._oracle._seed_state
        values = self._next_values()
        if values is not None:
            return values
        self._oracle._seed_state = before
        is_avoided, self._is_avoided = self._is_avoided, _nothing
        try:
            return self._next_values()
        finally:
            self._is_avoided = is_avoided

    def _next_values(self) -> Any:
        """The next configuration that isn't avoided; None if there is none.

        The oracle's ``origin`` says from then on where it came from.
        """
        for first in self._first:
            self._oracle.origin, values = first
            if not self._oracle._duplicate(values):
                self._first.remove(first)
                return values
        self._oracle.origin = Origin.RANDOM
        return self._draw()

    def avoid(self, is_avoided: Accepts) -> None:
        self._is_avoided = is_avoided

    def resume(self, number: int, proposal: Proposal) -> Proposal | None:
        """Replay a stored proposal: what was avoided before it is drawn again."""
        stored, is_avoided = proposal.hyperparameters, self._is_avoided

        def is_another(values: Mapping[str, Value]) -> bool:
            return any(
                stored.get(name, value) != value for name, value in values.items()
            )

        self._is_avoided = is_another
        try:
            resumed = self.ask(number)
        finally:
            self._is_avoided = is_avoided
        if resumed is None or resumed.origin is proposal.origin:
            return resumed
        # In a small space the draw that was made may equal one that was avoided.
        self._origins[number] = proposal.origin or Origin.RANDOM
        return replace(resumed, origin=proposal.origin)

    def adopt(self, number: int, proposal: Proposal) -> Proposal | None:
        """Take a stored proposal in place of a draw or of the model's."""
        self._adopted = proposal.hyperparameters
        try:
            return self.resume(number, proposal)
        finally:
            self._adopted = None

    def tell(self, number: int, result: TrialResult) -> None:
        trial = self._trials[number]
        if result.space is not None:
            space = HyperParameters.from_config(result.space)
            trial.hyperparameters.merge(space.space, overwrite=False)
        if result.error is None:
            score = self._task_type.score(result.metrics)
        elif self._tells_failures:
            score = FAILED_SCORE
        else:
            trial.status = TrialStatus.FAILED
            self._oracle.end_trial(trial)
            return
        self._oracle.update_trial(trial.trial_id, {_SCORE: score})
        trial.status = TrialStatus.COMPLETED
        self._oracle.end_trial(trial)

    def learn_from(self, fidelities: Sequence[Mapping[int, float]]) -> None:
        self._oracle.fidelities = [
            {self._trials[number].trial_id: score for number, score in scores.items()}
            for scores in fidelities
        ]


def _anything(values: Mapping[str, Value]) -> bool:
    return True


def _nothing(values: Mapping[str, Value]) -> bool:
    return False


def random(problem: SearchProblem) -> OracleSearcher:
    budget = problem.budget
    oracle = oracles.RandomSearchOracle(max_trials=budget.trials, **_common(problem))
    oracle._max_collisions = RANDOM_DRAWS
    return OracleSearcher(oracle, problem)


def one_epoch(problem: SearchProblem) -> OneEpoch:
    return OneEpoch(random(problem), problem)


def grid(problem: SearchProblem) -> OracleSearcher:
    budget = problem.budget
    oracle = oracles.GridSearchOracle(max_trials=budget.trials, **_common(problem))
    return OracleSearcher(oracle, problem)


def bayesian(problem: SearchProblem) -> OracleSearcher:
    """Bayesian optimization after random trials for a quarter of the budget.

    Where more configurations are to be tried first, it begins after these.

    Keras Tuner's default is three random trials for each dimension: with a dozen
    hyperparameters and 20 trials its model would never be used.
    """
    budget = problem.budget
    tuned = [h for h in problem.space.space if not isinstance(h, Fixed)]
    first = next(iter(problem.stages), budget.trials)
    oracle = BayesianOracle(
        max_trials=budget.trials,
        num_initial_points=max(
            3, min(3 * len(tuned), first // 4), 1 + len(problem.starts)
        ),
        alpha=ALPHA,
        beta=BETA,
        **_common(problem),
    )
    oracle._max_collisions = RANDOM_DRAWS
    return OracleSearcher(oracle, problem)


def hyperband(problem: SearchProblem) -> OracleSearcher:
    budget = problem.budget
    oracle = HyperbandOracle(
        trials=budget.trials,
        max_epochs=budget.epochs,
        max_rungs=problem.max_rungs,
        part_rungs=problem.part_rungs,
        **_common(problem),
    )
    return OracleSearcher(oracle, problem, tells_failures=True)


def _common(problem: SearchProblem) -> dict[str, Any]:
    # Keras Tuner takes seed 0 for no seed, and adds 1 for every value that it draws,
    # so that neighbouring seeds would propose nearly the same configurations.
    state = np.random.SeedSequence(problem.seed).generate_state(1)
    return {
        "objective": Objective(_SCORE, direction="max"),
        "hyperparameters": problem.space.copy(),
        "seed": int(state[0] >> 2) + 1,
    }


def _without_files(oracle: keras_tuner.Oracle) -> keras_tuner.Oracle:
    oracle.verbose = 0
    oracle.save = lambda: None
    oracle._save_trial = lambda trial: None
    # The search stops after failures itself; this check visits all trials after each.
    oracle._check_consecutive_failures = lambda: None
    return oracle
