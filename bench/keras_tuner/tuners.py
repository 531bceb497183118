"""The tuners of Keras Tuner, with ``search`` by this toolkit's workers."""

from __future__ import annotations

from typing import Any

import keras_tuner
from keras_tuner.tuners import SklearnTuner

from bench.executors.local import prepare
from bench.keras_tuner.mended_oracles import mend
from bench.keras_tuner.search import search
from bench.records import Resources
from bench.training import PRELOAD, backend

__all__ = [
    "BayesianOptimization",
    "GridSearch",
    "Hyperband",
    "RandomSearch",
    "SklearnTuner",
    "Tuner",
]

_ZERO = 2**31 - 1
"""Seed that stands for 0, which Keras Tuner takes for no seed."""


class Tuner(keras_tuner.Tuner):  # type: ignore[misc]
    """A ``keras_tuner.Tuner`` that trains several trials at once, by compiled epochs.

    Everything else is Keras Tuner's: the oracle, ``run_trial`` and its callbacks, the
    files of the project, and all methods that read them.

    Args:
        oracle: As ``keras_tuner.Tuner`` takes it.
        hypermodel: As ``keras_tuner.Tuner`` takes it.
        workers: Number of processes that train; 0 trains in this process, None takes
            one for each core or accelerator.
        kwargs: As ``keras_tuner.Tuner`` takes them.
    """

    def __init__(
        self,
        oracle: keras_tuner.Oracle,
        hypermodel: Any = None,
        *args: Any,
        workers: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.workers = Resources(workers=workers).workers
        if workers != 0:
            backend.share()
            prepare([PRELOAD])  # imports Keras while this process goes on
        mend(oracle)
        super().__init__(oracle, hypermodel, *args, **kwargs)

    def search(self, *fit_args: Any, **fit_kwargs: Any) -> None:
        """Search as ``keras_tuner.Tuner.search`` does, with its arguments."""
        search(self, fit_args, fit_kwargs, super().search)


class _Seeded:
    """Takes seed 0 for a seed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("seed") == 0:
            kwargs["seed"] = _ZERO
        super().__init__(*args, **kwargs)


# Keras Tuner's classes come first: they make the oracle that ``Tuner`` is given.


class RandomSearch(_Seeded, keras_tuner.RandomSearch, Tuner):  # type: ignore[misc]
    """``keras_tuner.RandomSearch`` by workers and compiled epochs; see ``Tuner``."""


class BayesianOptimization(
    _Seeded,
    keras_tuner.BayesianOptimization,  # type: ignore[misc]
    Tuner,
):
    """``keras_tuner.BayesianOptimization`` by workers; see ``Tuner``."""


class Hyperband(_Seeded, keras_tuner.Hyperband, Tuner):  # type: ignore[misc]
    """``keras_tuner.Hyperband`` by workers and compiled epochs; see ``Tuner``."""


class GridSearch(_Seeded, keras_tuner.GridSearch, Tuner):  # type: ignore[misc]
    """``keras_tuner.GridSearch`` by workers and compiled epochs; see ``Tuner``."""
