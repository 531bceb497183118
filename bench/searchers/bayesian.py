"""Keras Tuner's Bayesian optimization, for trials that run in parallel.

Keras Tuner's own guesses a bad score for each trial in flight and learns from it, so
that with many workers hardly a proposal comes from the model. It also takes ten times
as long for a proposal.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from keras_tuner import oracles
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from bench.records import Origin

POINTS = 2000
"""Number of random points at which the bound is compared."""

STARTS = 5
"""Number of the best of these from which the minimum of the bound is searched."""

RESTARTS = 4
"""Number of restarts to fit the kernel's only length scale; Keras Tuner makes 20."""

ALPHA = 1e-2
"""Variance of the noise of scores, whose own variance is 1; Keras Tuner has 1e-4. Two
seeds of one configuration differ by about a tenth as much as two configurations."""

BETA = 1.5
"""Standard deviations by which a bound lies below the mean. Keras Tuner has 2.6, which
explores so much that 20 trials in four dimensions end with five times the regret."""

MIN_SCORES = 3
"""Minimum number of scores from which the model proposes."""

STEP = 1e-6
"""Step of finite differences in the space, whose sides are 1."""


class BayesianOracle(oracles.BayesianOptimizationOracle):  # type: ignore[misc]
    """Keras Tuner's Bayesian oracle, which learns from finished trials only.

    The Gaussian process is fitted to finished trials. Trials in flight then count as if
    they had ended with the mean that it predicts for them, so that the next proposal
    avoids them (the "kriging believer" of Ginsbourger et al. 2010, "Kriging is well-
    suited to parallelize optimization"). Failed trials are left out.

    In a small space the model may propose a configuration that was tried already. Then
    another is drawn at random, until the space is exhausted.

    Like Keras Tuner it minimizes the lower confidence bound of a Gaussian process. It
    predicts many points at once, while Keras Tuner predicts one at a time, about ten
    thousand times for a proposal.

    Attributes:
        fidelities: Scores by trial id at each fidelity, the lowest first; empty to
            learn from the scores of all finished trials. The model learns from the
            highest fidelity with more scores than the space has dimensions, as in
            BOHB (Falkner et al. 2018), else from the lowest.
        origin: ``MODEL`` after a proposal of the model.
    """

    fidelities: Sequence[Mapping[str, float]] = ()
    origin = Origin.RANDOM

    def populate_space(self, trial_id: str) -> Any:
        # The matrices are tiny: with a thread for each core a proposal takes three
        # times as long. Warnings about length scales are of no use to a user.
        with threadpool_limits(1, user_api="blas"), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            values = self._best_guess()
        if values is None or self._duplicate(values):
            return self._random_populate_space()
        self.origin = Origin.MODEL
        return {"status": "RUNNING", "values": values}

    def _best_guess(self) -> Any:
        """The model's proposal; None before enough trials have ended."""
        scores, bounds = self._known_scores(), self._get_hp_bounds()
        # Trials in flight count among the initial ones: the more workers there are, the
        # fewer proposals would come from the model otherwise.
        has_started = len(self.trials) >= self.num_initial_points
        if not has_started or len(scores) < MIN_SCORES or not len(bounds):
            return None
        process = self._fitted(scores)
        points = self._random_state.uniform(
            bounds[:, 0], bounds[:, 1], size=(POINTS, len(bounds))
        )
        best = np.argsort(self._bounds(points, process), kind="stable")[:STARTS]
        minima = [
            minimize(self._bound_and_gradient, start, process, jac=True, bounds=bounds)
            for start in points[best]
        ]
        point = min(minima, key=lambda minimum: minimum.fun).x
        return self._vector_to_values(point.tolist())

    def _known_scores(self) -> Mapping[str, float]:
        """Scores to learn from, by trial id.

        Scores at different fidelities differ in their scale, and are never mixed.
        """
        for scores in reversed(self.fidelities[1:]):
            if len(scores) > len(self._nonfixed_space()):
                return scores
        if self.fidelities:
            return self.fidelities[0]
        return {
            trial.trial_id: trial.score
            for trial in self.trials.values()
            if trial.status == "COMPLETED"
        }

    def _fitted(self, scores: Mapping[str, float]) -> Any:
        """A Gaussian process of the negated scores, trials in flight imputed.

        Scores are standardized here, so that imputed ones don't change the scale.
        """
        known = np.array([self._vector(self.trials[id_]) for id_ in scores])
        values = -np.array(list(scores.values()), dtype=float)
        values = (values - values.mean()) / (values.std() or 1.0)
        self.gpr.set_params(n_restarts_optimizer=RESTARTS, normalize_y=False)
        self.gpr.fit(known, values)
        pending = [
            self._vector(trial)
            for trial in self.trials.values()
            if trial.status == "RUNNING" and trial.trial_id not in scores
        ]
        if not pending:
            return self.gpr
        believer = clone(self.gpr).set_params(kernel=self.gpr.kernel_, optimizer=None)
        imputed = self.gpr.predict(np.array(pending))
        return believer.fit(
            np.vstack([known, pending]), np.concatenate([values, imputed])
        )

    def _vector(self, trial: Any) -> list[float]:
        """A configuration in the unit cube; inactive hyperparameters at defaults."""
        given = trial.hyperparameters
        return [
            entry.value_to_prob(
                given.values[entry.name]
                if entry.name in given.values and given.is_active(entry)
                else entry.default
            )
            for entry in self._nonfixed_space()
        ]

    def _bound_and_gradient(
        self, point: np.ndarray, process: Any
    ) -> tuple[float, np.ndarray]:
        """The lower confidence bound of the negated score at a point."""
        steps = np.where(point + STEP > 1, -STEP, STEP)
        points = np.vstack([point, point + np.diag(steps)])
        bounds = self._bounds(points, process)
        return float(bounds[0]), (bounds[1:] - bounds[0]) / steps

    def _bounds(self, points: np.ndarray, process: Any) -> np.ndarray:
        """Lower confidence bounds of the negated score, ``(n,)``, at points."""
        mean, deviation = process.predict(points, return_std=True)
        bounds: np.ndarray = mean - self.beta * deviation
        return bounds
