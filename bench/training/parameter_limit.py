"""The maximum number of parameters of the configurations in a search."""

from __future__ import annotations

from collections.abc import Mapping

from bench.errors import SpaceError
from bench.records import Value
from bench.training.hypermodel import FamilySource
from bench.training.models import build, parameters

DRAWS = 200
"""Number of configurations above the maximum after which a search is refused, if it
has found none below."""


class ParameterLimit:
    """Accepts configurations up to a maximum number of parameters.

    Args:
        source: The family; one model of each structure is built to count parameters.
        limit: Maximum number of parameters.
    """

    def __init__(self, source: FamilySource, limit: int) -> None:
        self._source = source
        self._limit = limit
        self._counts: dict[str, int] = {}
        self._refused = 0

    def __call__(self, hyperparameters: Mapping[str, Value]) -> bool:
        """Whether a configuration may be trained.

        Raises:
            SpaceError: None of the first 200 configurations may be trained.
        """
        structure = self._source.affinity(hyperparameters)
        if structure not in self._counts:
            self._counts[structure] = self._count(hyperparameters)
        is_within = self._counts[structure] <= self._limit
        self._refused += not is_within
        self._check_space_is_not_empty()
        return is_within

    def _count(self, hyperparameters: Mapping[str, Value]) -> int:
        return parameters(build(self._source, hyperparameters, seed=0)[0])

    def _check_space_is_not_empty(self) -> None:
        smallest = min(self._counts.values())
        if smallest > self._limit and self._refused >= DRAWS:
            raise SpaceError(
                f"--max-parameters must leave something to search; of {DRAWS} "
                f"configurations none has at most {self._limit:,}, the smallest has "
                f"{smallest:,}: raise it, or hold what makes them large with --fix"
            )
