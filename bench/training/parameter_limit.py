"""Keeps configurations with too many parameters out of a search."""

from __future__ import annotations

from collections.abc import Mapping

import keras

from bench.errors import SpaceError
from bench.records import Value
from bench.training.compiled.cache import affinity
from bench.training.hypermodel import FamilySource
from bench.training.models import configured, parameters

DRAWS = 200
"""Configurations in a row that may be over the cap before any is below it."""


class ParameterCap:
    """Says whether a configuration has at most so many parameters.

    Args:
        source: The family; a model of each structure is built once.
        most: The cap.
    """

    def __init__(self, source: FamilySource, most: int) -> None:
        self._source = source
        self._most = most
        self._known: dict[str, int] = {}
        self._refused = 0

    def __call__(self, hyperparameters: Mapping[str, Value]) -> bool:
        """Whether a configuration may be trained.

        Raises:
            SpaceError: None of the first 200 may.
        """
        structure = affinity(self._source, hyperparameters)
        if structure not in self._known:
            self._known[structure] = self._count(hyperparameters)
        is_below = self._known[structure] <= self._most
        self._refused += not is_below
        self._check_leaves_some()
        return is_below

    def _count(self, hyperparameters: Mapping[str, Value]) -> int:
        keras.utils.clear_session(free_memory=False)
        return parameters(self._source.hypermodel.build(configured(hyperparameters)))

    def _check_leaves_some(self) -> None:
        least = min(self._known.values())
        if least > self._most and self._refused >= DRAWS:
            raise SpaceError(
                f"--max-parameters must leave something to search; of {DRAWS} "
                f"configurations none has at most {self._most:,}, the smallest has "
                f"{least:,}: raise it, or hold what makes them large with --fix"
            )
