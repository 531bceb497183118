"""The maximum number of parameters of the configurations in a search."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from bench.errors import SpaceError
from bench.records import Value
from bench.training import models
from bench.training.hypermodel import FamilySource

DRAWS = 200
"""Number of configurations above the maximum after which a search is refused, if it
has found none below."""


class ParameterLimit:
    """Accepts configurations up to a maximum number of parameters.

    Args:
        source: The family; the parameters of each structure are counted once.
        limit: Maximum number of parameters.
        count: Returns the parameter count of a configuration; None to build its model
            in this process.
    """

    def __init__(
        self,
        source: FamilySource,
        limit: int,
        count: Callable[[Mapping[str, Value]], int] | None = None,
    ) -> None:
        self._source = source
        self._limit = limit
        self._count = count or partial(models.count, source)
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

    def _check_space_is_not_empty(self) -> None:
        smallest = min(self._counts.values())
        if smallest > self._limit and self._refused >= DRAWS:
            raise SpaceError(
                f"--max-parameters must leave something to search; of {DRAWS} "
                f"configurations none has at most {self._limit:,}, the smallest has "
                f"{smallest:,}: raise it, or hold what makes them large with --fix"
            )
