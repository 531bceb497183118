"""Measures the regret of Bayesian searches on toy problems, by the number of workers.

    python performance/regret.py --trials 20 --seeds 20

A toy problem is a function of four variables in [0, 1] with a known maximum, in place
of the validation accuracy. The regret of a search is that maximum minus the best value
that it finds; the table has its mean over seeds. Trials end in the order of their
start, and as many are in flight as in a study with that number of workers. Nothing is
trained, and the default configuration is the lowest corner of the space, where every
problem has a low value.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from statistics import fmean
from typing import Annotated, Any

import numpy as np
import typer
from common import write

from bench import searchers
from bench.records import Budget, TrialResult, Value
from bench.searchers import SearchProblem

NAMES = ("a", "b", "c", "d")
OPTIMUM = np.array([0.2, 0.7, 0.35, 0.85])

WORKERS = (1, 2, 8)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def bowl(point: np.ndarray) -> float:
    """1 at the optimum, less by the squared distance from it."""
    return float(1 - np.sum((point - OPTIMUM) ** 2))


def ridge(point: np.ndarray) -> float:
    """1 at the optimum, less by the mean absolute distance from it."""
    return float(1 - np.mean(np.abs(point - OPTIMUM)))


def hartmann(point: np.ndarray) -> float:
    """Hartmann's function of four variables, with several maxima, divided by its best.

    Reference: Picheny et al. 2012, "A benchmark of kriging-based infill criteria for
    noisy optimization".
    """
    scales = np.array(
        [[10, 3, 17, 3.5], [0.05, 10, 17, 0.1], [3, 3.5, 1.7, 10], [17, 8, 0.05, 10]]
    )
    centers = 1e-4 * np.array(
        [
            [1312, 1696, 5569, 124],
            [2329, 4135, 8307, 3736],
            [2348, 1451, 3522, 2883],
            [4047, 8828, 8732, 5743],
        ]
    )
    distances = (scales * (point - centers) ** 2).sum(axis=1)
    return float(np.exp(-distances) @ [1.0, 1.2, 3.0, 3.2] / 3.7298)


PROBLEMS: dict[str, Callable[[np.ndarray], float]] = {
    "bowl": bowl,
    "ridge": ridge,
    "hartmann": hartmann,
}
"""Toy problems, whose best value is 1."""


@app.command()
def main(
    trials: Annotated[int, typer.Option(help="Of each search.", min=3)] = 20,
    seeds: Annotated[int, typer.Option(help="Number of searches.", min=2)] = 20,
) -> None:
    """Search the toy problems; print and write the mean regrets."""
    rows = []
    for name, problem in PROBLEMS.items():
        row: dict[str, Any] = {"problem": name}
        row["random"] = round(mean_regret(problem, "random", 0, trials, seeds), 4)
        for workers in WORKERS:
            pending = searchers.lookahead("bayesian", workers, trials)
            regret = mean_regret(problem, "bayesian", pending, trials, seeds)
            row[f"bayesian, {workers} workers"] = round(regret, 4)
        rows.append(row)
    typer.echo(write("regret", rows, f"{trials} trials, mean of {seeds} seeds"))


def mean_regret(
    problem: Callable[[np.ndarray], float],
    tuner: str,
    pending: int,
    trials: int,
    seeds: int,
) -> float:
    """Mean regret of searches with some trials always in flight."""
    return fmean(
        _regret(problem, tuner, pending, trials, seed) for seed in range(seeds)
    )


def _regret(
    problem: Callable[[np.ndarray], float],
    tuner: str,
    pending: int,
    trials: int,
    seed: int,
) -> float:
    searcher = searchers.create(tuner, _search_problem(trials, seed))
    values: list[float] = []
    in_flight: deque[int] = deque()
    while True:
        number = len(values)
        proposal = searcher.ask(number)
        if proposal is not None:
            values.append(problem(_point(proposal.hyperparameters)))
            in_flight.append(number)
        if len(in_flight) > pending or (proposal is None and in_flight):
            ended = in_flight.popleft()
            searcher.tell(ended, _result(values[ended]))
        elif proposal is None:
            return 1 - max(values)


def _search_problem(trials: int, seed: int) -> SearchProblem:
    from keras_tuner import HyperParameters

    space = HyperParameters()
    for name in NAMES:
        space.Float(name, 0.0, 1.0)
    return SearchProblem(space=space, budget=Budget(trials=trials, epochs=1), seed=seed)


def _point(values: Mapping[str, Value]) -> np.ndarray:
    return np.array([values[name] for name in NAMES], float)


def _result(value: float) -> TrialResult:
    metrics = {"validation_accuracy": value, "validation_log_loss": 0.0}
    return TrialResult(metrics=metrics, epochs=1)


if __name__ == "__main__":
    app()
