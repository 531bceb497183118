"""Replays stored searches under time budgets: should searchers prefer cheap trials?

    python performance/gain_per_second.py RESULTS

Each stored search of random configurations, all of them trained for the same epochs, is
a pool. A rule takes configurations from it one by one, and spends the seconds that each
took; what it knows of these beforehand is off by a factor of 1.25. The regret at a
budget is the best validation score of the pool minus the best that was seen so far, in
units of the pool's best minus its median. The table has its mean over pools and orders,
and the difference to the rule above it that ignores seconds, with its standard error
over pools.

``bound`` is the bound by which ``bayesian`` proposes; ``bound - log`` lowers it by the
logarithm of the seconds, each in standard deviations of the scores. ``improvement`` is
the expected improvement, and is divided by the seconds as in Snoek et al. 2012,
"Practical Bayesian optimization of machine learning algorithms".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from common import write
from scipy.stats import norm
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern

from bench.records import Role, StudyRecord, TrialRecord
from bench.store import Store

NOISE = 1.25
SHARES = (0.15, 0.3, 0.5)
"""Budgets, as shares of what all trials of a pool took."""

INITIAL = 4
SCALES = (0.3, 0.6, 1.2, 2.4)
"""Length scales of the Gaussian process; the likeliest one is taken."""


@dataclass(frozen=True)
class Pool:
    """Trials of a search: learning curves, seconds, and points of the unit cube."""

    curves: Sequence[np.ndarray]
    epochs: np.ndarray
    starts: np.ndarray
    points: np.ndarray

    @property
    def seconds(self) -> np.ndarray:
        lengths = np.array([len(curve) for curve in self.curves])
        return self.starts + self.epochs * lengths

    @property
    def scores(self) -> np.ndarray:
        return np.array([curve[-1] for curve in self.curves])


Rule = Callable[[np.ndarray, np.ndarray, float, np.ndarray], np.ndarray]
"""Values of candidates: mean and deviation of their scores, the best score so far, and
the logarithms of their seconds."""


def improvement(
    mean: np.ndarray, deviation: np.ndarray, best: float, _: np.ndarray
) -> np.ndarray:
    z = (mean - best) / deviation
    gain = deviation * (z * norm.cdf(z) + norm.pdf(z))
    return np.log(np.maximum(gain, 1e-30))


RULES: dict[str, Rule | None] = {
    "random": None,
    "random, over half of the budget last": None,
    "random, cheapest of five first": None,
    "bound": lambda mean, deviation, _, __: mean + 1.5 * deviation,
    "bound - 0.1 log": lambda m, d, _, log: m + 1.5 * d - 0.1 * log,
    "bound - 0.5 log": lambda m, d, _, log: m + 1.5 * d - 0.5 * log,
    "improvement": improvement,
    "improvement / second": lambda *known: improvement(*known) - known[-1],
}
BASES = ("random", "bound", "improvement")


def main(
    folders: Annotated[list[Path], typer.Argument(help="Results.")],
    orders: Annotated[int, typer.Option(help="Of each pool.")] = 20,
) -> None:
    """Print the regret of each rule at each budget."""
    pools = [pool for folder in folders for pool in _pools(folder)]
    rows: list[dict[str, Any]] = []
    base = np.zeros((len(pools), len(SHARES)))
    for name in RULES:
        regrets = np.array([_regrets(pool, name, orders) for pool in pools])
        base = regrets if name in BASES else base
        row: dict[str, Any] = {"rule": name}
        for number, share in enumerate(SHARES):
            difference = (regrets - base)[:, number]
            error = difference.std(ddof=1) / math.sqrt(len(pools))
            row[f"{share:.0%}"] = round(regrets[:, number].mean(), 3)
            row[f"{share:.0%}, difference"] = f"{difference.mean():+.3f} ± {error:.3f}"
        rows.append(row)
    typer.echo(write("gain-per-second", rows, f"{len(pools)} pools"))


def _pools(folder: Path) -> Iterator[Pool]:
    with Store(folder, read_only=True) as store:
        for study in store.studies():
            trials = [t for t in store.trials(study.id) if _counts(study, t)]
            if len(trials) >= 12:
                yield _pool(store, study, trials)


def _counts(study: StudyRecord, trial: TrialRecord) -> bool:
    is_random = study.spec.tuner == "random" and study.spec.schedule is None
    result = trial.result
    return (
        is_random
        and result is not None
        and result.error is None
        and result.epochs == study.spec.budget.epochs
        and result.stage_seconds.get("training", 0.0) > 0
    )


def _pool(store: Store, study: StudyRecord, trials: list[TrialRecord]) -> Pool:
    kind = study.spec.task_type
    curves, epochs, starts = [], [], []
    for trial in trials:
        assert trial.result is not None
        curve = store.epochs(study.id, Role.TRIAL, trial.number)
        curves.append(np.maximum.accumulate([kind.score(e.metrics) for e in curve]))
        stages = trial.result.stage_seconds
        trained = stages.get("training", 0.0) + stages.get("validation", 0.0)
        epochs.append(trained / trial.result.epochs)
        starts.append(max(0.0, trial.result.seconds - trained))
    return Pool(curves, np.array(epochs), np.array(starts), _points(trials))


def _points(trials: list[TrialRecord]) -> np.ndarray:
    """Configurations as points whose sides have the ranks of the values."""
    names = sorted({name for t in trials for name in t.proposal.hyperparameters})
    columns = []
    for name in names:
        values = [trial.proposal.hyperparameters.get(name) for trial in trials]
        ordered = sorted({v for v in values if v is not None})
        scale = max(1, len(ordered) - 1)
        columns.append([0.5 if v is None else ordered.index(v) / scale for v in values])
    return np.array(columns).T


def _regrets(pool: Pool, name: str, orders: int) -> np.ndarray:
    """Mean regret at each budget."""
    budgets = np.array(SHARES) * pool.seconds.sum()
    best, middle = pool.scores.max(), np.median(pool.scores)
    seen = [
        [
            _seen(pool, order, budget)
            for order, budget in zip(each, budgets, strict=True)
        ]
        for each in (_orders(pool, name, budgets, seed) for seed in range(orders))
    ]
    regrets: np.ndarray = (best - np.mean(seen, axis=0)) / max(best - middle, 1e-3)
    return regrets


def _orders(
    pool: Pool, name: str, budgets: np.ndarray, seed: int
) -> list[Sequence[int]]:
    """The order in which a rule takes the configurations, for each budget."""
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(pool.curves))
    known = pool.seconds * NOISE ** draw.standard_normal(len(order))
    rule = RULES[name]
    if rule is not None:
        return [_proposed(pool, rule, order, known)] * len(budgets)
    if name.endswith("last"):
        return [
            np.array(sorted(order, key=lambda n: known[n] > b / 2)) for b in budgets
        ]
    if name.endswith("first"):
        parts = [order[start : start + 5] for start in range(0, len(order), 5)]
        order = np.concatenate([part[np.argsort(known[part])] for part in parts])
    return [order] * len(budgets)


def _proposed(
    pool: Pool, rule: Rule, order: np.ndarray, known: np.ndarray
) -> list[int]:
    """What a model proposes after the first trials, up to the largest budget."""
    budget, done = SHARES[-1] * pool.seconds.sum(), list(order[:INITIAL])
    while len(done) < len(order) and pool.seconds[done].sum() < budget:
        left = np.array([n for n in order if n not in done])
        mean, deviation, best = _predicted(pool, done, left)
        values = rule(mean, deviation, best, np.log(known[left]))
        done.append(left[np.argmax(values)])
    return done


def _predicted(
    pool: Pool, done: list[int], left: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    scores = pool.scores[done]
    scores = (scores - scores.mean()) / (scores.std() or 1.0)
    fits = (
        GaussianProcessRegressor(Matern(scale, nu=2.5), alpha=1e-2, optimizer=None)
        for scale in SCALES
    )
    fitted = [fit.fit(pool.points[done], scores) for fit in fits]
    likeliest = max(fitted, key=lambda fit: fit.log_marginal_likelihood_value_)
    mean, deviation = likeliest.predict(pool.points[left], return_std=True)
    return mean, np.maximum(deviation, 1e-6), float(scores.max())


def _seen(pool: Pool, order: Sequence[int], budget: float) -> float:
    """Best score that is known once a budget is spent; the lowest if none is."""
    spent, best = 0.0, float(pool.scores.min())
    for number in order:
        epochs = (budget - spent - pool.starts[number]) // pool.epochs[number]
        reached = int(min(len(pool.curves[number]), epochs))
        if reached > 0:
            best = max(best, float(pool.curves[number][reached - 1]))
        spent += pool.seconds[number]
        if spent >= budget:
            break
    return best


if __name__ == "__main__":
    typer.run(main)
