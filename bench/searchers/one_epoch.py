"""A baseline for early stopping: one epoch for all, all epochs for a few.

Egele et al. 2023, "Is one epoch all you need for
multi-fidelity hyperparameter optimization?", arXiv 2307.15422.
"""

from __future__ import annotations

import math
from dataclasses import replace

from bench.records import Proposal, TrialResult
from bench.searchers import Accepts, Again, Searcher, SearchProblem

FINISHED = 3
"""Number of configurations that are trained for all epochs."""


class OneEpoch(Searcher):
    """Trains every configuration for one epoch, then the best for all epochs.

    Args:
        sampler: Proposes the configurations.
        problem: Problem that the sampler was made for.
    """

    def __init__(self, sampler: Searcher, problem: SearchProblem) -> None:
        self._sampler = sampler
        self._task_type = problem.task_type
        self._epochs = problem.budget.epochs
        self._proposals: dict[int, Proposal] = {}
        self._scores: dict[int, float] = {}
        self._finished: list[int] = []

    def ask(self, number: int) -> Proposal | None:
        return self._next(number, None if self._finished else self._sampler.ask(number))

    def resume(self, number: int, proposal: Proposal) -> Proposal | None:
        return self._again(number, proposal, self._sampler.resume)

    def adopt(self, number: int, proposal: Proposal) -> Proposal | None:
        return self._again(number, proposal, self._sampler.adopt)

    def _again(
        self, number: int, proposal: Proposal, sampled: Again
    ) -> Proposal | None:
        is_drawn = proposal.parent is None and not self._finished
        return self._next(number, sampled(number, proposal) if is_drawn else None)

    def avoid(self, is_avoided: Accepts) -> None:
        self._sampler.avoid(is_avoided)

    def tell(self, number: int, result: TrialResult) -> None:
        if number not in self._proposals:
            return
        failed = result.error is not None
        self._scores[number] = (
            -math.inf if failed else self._task_type.score(result.metrics)
        )
        self._sampler.tell(number, result)

    def _next(self, number: int, drawn: Proposal | None) -> Proposal | None:
        """A configuration that was drawn, or one of the best if there is no other."""
        if drawn is not None:
            self._proposals[number] = replace(drawn, epochs=1)
            return self._proposals[number]
        if len(self._scores) < len(self._proposals):
            return None
        return self._finish_next()

    def _finish_next(self) -> Proposal | None:
        ranked = sorted(self._scores, key=lambda n: (-self._scores[n], n))
        unfinished = [
            number
            for number in ranked[:FINISHED]
            if number not in self._finished and self._scores[number] > -math.inf
        ]
        if not unfinished or self._epochs == 1:
            return None
        parent = unfinished[0]
        self._finished.append(parent)
        return replace(
            self._proposals[parent], epochs=self._epochs, parent=parent, rung=1
        )
