"""Asynchronous successive halving around any sampler of configurations.

Li et al. 2020, "A system for massively parallel hyperparameter tuning",
arXiv 1810.05934. Whenever a worker is free, a configuration among the best third of
its rung continues; if there is none, a new one starts. No rung waits until it is full.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from bench.records import Proposal, TrialResult
from bench.searchers import (
    MAX_RUNGS,
    Accepts,
    Again,
    Searcher,
    SearchProblem,
    parts,
)


class Asha(Searcher):
    """A searcher that compares trials while they train.

    A trial that reaches a rung among the best continues. Any other is paused; if it is
    among the best later, a new trial continues it from its last epoch. On the rungs of
    parts of the images each trial ends, and a promoted one begins anew.

    Args:
        sampler: Proposes the configurations. It is told the result of a
            configuration's first trial, and learns from the scores at every rung.
        problem: Problem that the sampler was made for.
        factor: Factor between rungs; the best ``1 / factor`` of a rung continue.

    Attributes:
        rungs: As in ``Searcher``.
    """

    def __init__(
        self, sampler: Searcher, problem: SearchProblem, factor: int = 3
    ) -> None:
        self._sampler = sampler
        self._task_type = problem.task_type
        self._epochs = epochs = problem.budget.epochs
        self._factor = factor
        self.rungs = rung_epochs(problem.budget.epochs, factor)
        # Rungs are counted from the lowest one, those on parts first.
        self._parts = problem.part_rungs
        rungs = range(self._parts + len(self.rungs))
        self._promoted: list[set[int]] = [set() for _ in rungs]
        # The last of these holds the scores of configurations trained to their end.
        self._scores: list[dict[int, float]] = [{} for _ in (*rungs, epochs)]
        self._configurations: dict[int, Proposal] = {}
        self._roots: dict[int, int] = {}
        self._best: dict[int, float] = {}
        self._stopped_at: dict[int, int] = {}
        self._paused: dict[int, int] = {}
        self._on_part: dict[int, int] = {}
        self._in_flight: set[int] = set()

    def ask(self, number: int) -> Proposal | None:
        promotion = self._promotion(at_least=0)
        if promotion is not None:
            return self._promote(number, *promotion)
        self._sampler.learn_from(self._scores)
        proposal = self._sampler.ask(number)
        if proposal is not None:
            return self._begun(number, proposal)
        if self._in_flight:
            return None
        # The sampler is exhausted: the best of the highest rung is trained to its end.
        promotion = self._promotion(at_least=1)
        return None if promotion is None else self._promote(number, *promotion)

    def avoid(self, is_avoided: Accepts) -> None:
        self._sampler.avoid(is_avoided)

    def report(self, number: int, epoch: int, metrics: Mapping[str, float]) -> bool:
        """Learn the metrics of an epoch; return whether the trial continues."""
        root = self._roots[number]
        score = self._task_type.score(metrics)
        self._best[root] = max(score, self._best.get(root, -math.inf))
        if number in self._on_part or epoch not in self.rungs:
            return True
        rung = self._parts + self.rungs.index(epoch)
        self._scores[rung][root] = self._best[root]
        if root in self._promoted[rung] or root in self._leaders(rung, at_least=0):
            self._promoted[rung].add(root)
            return True
        self._stopped_at[number] = rung
        return False

    def tell(self, number: int, result: TrialResult) -> None:
        root = self._roots[number]
        self._in_flight.discard(number)
        rung = self._stopped_at.pop(number, None)
        if number in self._on_part and root in self._best:
            rung = self._on_part[number]
            self._scores[rung][root] = self._best[root]
        if result.error is not None:
            for scores in self._scores:
                scores.pop(root, None)
        elif rung is not None:
            self._paused[root] = number
        elif root in self._best:
            self._scores[-1][root] = self._best[root]
        if number == root:
            self._sampler.tell(number, result)

    def resume(self, number: int, proposal: Proposal) -> Proposal | None:
        """Replay a stored proposal; a promotion is repeated as it was stored."""
        return self._again(number, proposal, self._sampler.resume)

    def adopt(self, number: int, proposal: Proposal) -> Proposal | None:
        return self._again(number, proposal, self._sampler.adopt)

    def _again(
        self,
        number: int,
        proposal: Proposal,
        sampled: Again,
    ) -> Proposal | None:
        if proposal.parent is None:
            self._sampler.learn_from(self._scores)
            return self._begun(number, sampled(number, proposal))
        root = self._roots[proposal.parent]
        self._paused.pop(root, None)
        self._start_promoted(number, root, proposal.rung - 1)
        return proposal

    def _begun(self, number: int, proposal: Proposal | None) -> Proposal | None:
        """A proposal of the sampler, to be trained from its first epoch."""
        if proposal is None:
            return None
        self._configurations[number] = proposal
        return self._start(number, root=number, rung=0)

    def _promote(self, number: int, root: int, rung: int) -> Proposal:
        parent = self._paused.pop(root)
        return replace(self._start_promoted(number, root, rung), parent=parent)

    def _start_promoted(self, number: int, root: int, rung: int) -> Proposal:
        self._promoted[rung].add(root)
        if rung < self._parts:  # its epochs begin anew
            self._best.pop(root, None)
        return self._start(number, root=root, rung=rung + 1)

    def _start(self, number: int, *, root: int, rung: int) -> Proposal:
        """Start a trial that is compared at a rung first."""
        self._roots[number] = root
        self._in_flight.add(number)
        is_on_part = rung < self._parts
        if is_on_part:
            self._on_part[number] = rung
        return replace(
            self._configurations[root],
            epochs=min((*self.rungs, self._epochs)) if is_on_part else self._epochs,
            rung=rung,
            image_share=parts.image_share(self._parts - rung),
        )

    def _promotion(self, *, at_least: int) -> tuple[int, int] | None:
        """A paused configuration that may continue, and its rung; the highest first."""
        for rung in reversed(range(len(self._promoted))):
            for root in self._leaders(rung, at_least=at_least):
                if root in self._paused and root not in self._promoted[rung]:
                    return root, rung
            if at_least and self._scores[rung]:
                return None
        return None

    def _leaders(self, rung: int, *, at_least: int) -> list[int]:
        """The configurations of a rung that may continue, the best first."""
        scores = self._scores[rung]
        size = max(at_least, len(scores) // self._factor)
        return sorted(scores, key=lambda root: (-scores[root], root))[:size]


def rung_epochs(epochs: int, factor: int = 3) -> tuple[int, ...]:
    """Return the epochs at which trials are compared, rising and below ``epochs``.

    As in Hyperband, each is a ``factor``-th of the next: 2, 6 and 17 of 50. There are
    at most ``MAX_RUNGS``.
    """
    parts = (epochs / factor**rung for rung in range(1, MAX_RUNGS + 1))
    rungs = {round(part) for part in parts if part >= 1}
    return tuple(sorted(rungs - {epochs}))
