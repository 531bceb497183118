"""Configurations drawn at random, as a study draws them, to learn what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bench import searchers
from bench.records import Value
from bench.searchers import Searcher
from bench.study.prepare import PreparedStudy


def random_sampler(
    prepared: PreparedStudy, trials: int, starts: Sequence[Mapping[str, Value]] = ()
) -> Searcher:
    """A searcher that draws configurations at random, after the default and others."""
    budget = replace(prepared.spec.budget, trials=trials)
    problem = replace(prepared.problem, budget=budget, starts=tuple(starts))
    return searchers.create("random", problem)
