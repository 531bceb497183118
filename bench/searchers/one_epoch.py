"""The baseline of every schedule: one epoch for all, all epochs for a few.

Egele et al. 2023, "Is one epoch all you need for
multi-fidelity hyperparameter optimization?", arXiv 2307.15422.
"""

from __future__ import annotations

import math
from dataclasses import replace

from bench.records import Budget, Goal, Proposal, TrialResult
from bench.searchers import Searcher

FINISHED = 3
"""Configurations that are trained fully."""


class OneEpoch:
    """Trains every configuration for one epoch and finishes the best few.

    Args:
        sampler: Proposes configurations.
        budget: Bounds the epochs of those that are finished.
        goal: Says which result is better.
    """

    def __init__(self, sampler: Searcher, budget: Budget, goal: Goal) -> None:
        self._sampler = sampler
        self._goal = goal
        self._epochs = budget.epochs
        self._proposals: dict[int, Proposal] = {}
        self._scores: dict[int, float] = {}
        self._finished: list[int] = []

    def ask(self, number: int) -> Proposal | None:
        proposal = None if self._finished else self._sampler.ask(number)
        if proposal is not None:
            self._proposals[number] = replace(proposal, epochs=1)
            return self._proposals[number]
        if len(self._scores) < len(self._proposals):
            return None
        return self._finish_next()

    def tell(self, number: int, result: TrialResult) -> None:
        if number not in self._proposals:
            return
        failed = result.error is not None
        self._scores[number] = -math.inf if failed else self._goal.score(result.metrics)
        self._sampler.tell(number, result)

    def _finish_next(self) -> Proposal | None:
        ranked = sorted(self._scores, key=lambda n: (-self._scores[n], n))
        left = [
            number
            for number in ranked[:FINISHED]
            if number not in self._finished and self._scores[number] > -math.inf
        ]
        if not left or self._epochs == 1:
            return None
        self._finished.append(left[0])
        return replace(
            self._proposals[left[0]], epochs=self._epochs, parent=left[0], rung=1
        )
