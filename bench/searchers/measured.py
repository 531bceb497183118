"""Scores of families' configurations on several data sets, known without Keras.

``portfolios.json`` holds them, which ``performance/portfolio.py`` writes. Portfolios
are chosen from them, not stored: on a data set that scores were taken on, the choice is
made without these.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from bench.records import Value

FILE = "portfolios.json"

SIZE = 7
"""Maximum number of configurations of a portfolio, beside the default one."""

Configuration = Mapping[str, Value]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Scores of a family's configurations on several data sets.

    Attributes:
        data_sets: Each data set's name, or the hash of its content.
        titles: How each data set is called.
        configurations: The default one first.
        scores: ``(configurations, data sets)``, higher is better; NaN for a training
            that failed.
    """

    data_sets: tuple[str, ...]
    titles: tuple[str, ...]
    configurations: tuple[Configuration, ...]
    scores: np.ndarray

    def without(self, data_set: str) -> Measured:
        """The same without the scores on a data set."""
        kept = [i for i, each in enumerate(self.data_sets) if each != data_set]
        return Measured(
            data_sets=tuple(self.data_sets[i] for i in kept),
            titles=tuple(self.titles[i] for i in kept),
            configurations=self.configurations,
            scores=self.scores[:, kept],
        )

    def chosen(self, size: int = SIZE) -> list[int]:
        """Indices of the portfolio's configurations in the order of their trials.

        The default configuration is taken for granted, and left out. The choice ends
        early when no configuration improves the best score on any data set.
        """
        regrets = self.regrets()
        best, chosen = regrets[0], [0]
        while len(chosen) <= size and best.size:
            totals = np.minimum(best, regrets).sum(axis=1)
            index = int(totals.argmin())
            if totals[index] >= best.sum():
                break
            best = np.minimum(best, regrets[index])
            chosen.append(index)
        return chosen[1:]

    def best(self) -> np.ndarray:
        """The best score on each data set; NaN where every training failed."""
        best: np.ndarray = np.fmax.reduce(self.scores, axis=0)
        return best

    def regrets(self) -> np.ndarray:
        """What each score is below the best, ``(configurations, data sets)``.

        In units of what the median configuration is below the best, and at most 1, so
        that data sets count alike and bad configurations are bad. Where more than half
        of the trainings failed, the unit is that of the worst one that didn't.
        """
        trained = ~np.isnan(self.scores)
        below = np.where(trained, self.best() - self.scores, np.inf)
        worst = np.max(below, axis=0, where=trained, initial=0.0)
        unit = np.minimum(np.median(below, axis=0), worst)
        regrets: np.ndarray = np.minimum(below / np.where(unit > 0, unit, 1.0), 1.0)
        return regrets


@cache
def shipped() -> Mapping[str, Measured]:
    """What this project measured, by family."""
    text = resources.files("bench.searchers").joinpath(FILE).read_text("utf-8")
    return {name: measured(entry) for name, entry in json.loads(text).items()}


def measured(entry: Mapping[str, Any]) -> Measured:
    """Scores as a file holds them; None stands for a training that failed."""
    trials = entry["trials"]
    scores = [
        [math.nan if score is None else score for score in trial["scores"]]
        for trial in trials
    ]
    return Measured(
        data_sets=tuple(each["data_set"] for each in entry["data_sets"]),
        titles=tuple(each["title"] for each in entry["data_sets"]),
        configurations=tuple(trial["hyperparameters"] for trial in trials),
        scores=np.array(scores, dtype=float),
    )
