"""An extended search with a searcher that plans all of its trials beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from bench.records import Proposal, TrialResult, Value
from bench.searchers import Accepts, Searcher, SearchProblem


class Extended(Searcher):
    """Searches in stages: each extension is a search of its own for what it adds.

    So a Hyperband of 8 configurations that is extended to 20 goes on with brackets for
    12 further ones. A configuration of an earlier stage is not proposed again.

    Args:
        make: Makes the searcher of a stage.
        problem: The problem with the stages.
    """

    def __init__(
        self, make: Callable[[SearchProblem], Searcher], problem: SearchProblem
    ) -> None:
        self._make = make
        self._problem = problem
        self._stage = -1
        self._first = 0
        self._told = 0
        self._proposed: list[Mapping[str, Value]] = []
        self._known: list[Mapping[str, Value]] = []
        self._is_avoided: Accepts | None = None
        self._searcher = self._next(0)

    def ask(self, number: int) -> Proposal | None:
        return self._asked(number, lambda own: self._searcher.ask(own))

    def resume(self, number: int, proposal: Proposal) -> Proposal | None:
        return self._asked(
            number, lambda own: self._searcher.resume(own, self._own(proposal))
        )

    def adopt(self, number: int, proposal: Proposal) -> Proposal | None:
        return self._asked(
            number, lambda own: self._searcher.adopt(own, self._own(proposal))
        )

    def _own(self, proposal: Proposal) -> Proposal:
        """A stored proposal with the parent's number in the searcher of this stage."""
        parent = proposal.parent
        shifted = None if parent is None else parent - self._first
        return replace(proposal, parent=shifted)

    def avoid(self, is_avoided: Accepts) -> None:
        self._is_avoided = is_avoided
        self._searcher.avoid(is_avoided)

    def _asked(
        self, number: int, ask: Callable[[int], Proposal | None]
    ) -> Proposal | None:
        """What the searcher of this stage proposes, or that of the next."""
        proposal = ask(number - self._first)
        while proposal is None and self._told == number and not self._is_last:
            self._searcher = self._next(number)
            proposal = ask(0)
        if proposal is None:
            return None
        self._proposed.append(proposal.hyperparameters)
        if proposal.parent is None:
            return proposal
        return replace(proposal, parent=proposal.parent + self._first)

    def tell(self, number: int, result: TrialResult) -> None:
        self._told += 1
        self._searcher.tell(number - self._first, result)

    @property
    def _is_last(self) -> bool:
        return self._stage + 1 == len(self._problem.stages)

    def _next(self, number: int) -> Searcher:
        """The searcher of the next stage, whose first trial has a number."""
        self._stage += 1
        self._first = number
        self._known = list(self._proposed)
        sizes = np.diff((0, *self._problem.stages))
        budget = replace(self._problem.budget, trials=int(sizes[self._stage]))
        problem = replace(self._problem, budget=budget)
        if self._stage:
            key = np.random.SeedSequence([self._problem.seed, self._stage])
            seed = int(key.generate_state(1)[0])
            problem = replace(problem, seed=seed, accepts=self._accepts)
        searcher = self._make(problem)
        if self._is_avoided is not None:
            searcher.avoid(self._is_avoided)
        return searcher

    def _accepts(self, values: Mapping[str, Value]) -> bool:
        """Whether a configuration is new to this stage, and the problem accepts it."""
        is_known = any(
            all(values.get(name) == value for name, value in known.items())
            for known in self._known
        )
        accepts = self._problem.accepts
        return not is_known and (accepts is None or accepts(values))
