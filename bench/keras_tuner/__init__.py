"""Keras Tuner with tuners that train in this toolkit's workers by compiled epochs.

    import bench.keras_tuner as keras_tuner

gives everything of Keras Tuner under its own names. ``Tuner``, ``RandomSearch``,
``BayesianOptimization``, ``Hyperband`` and ``GridSearch`` are subclasses of those of
Keras Tuner: their oracles propose the trials, their files keep them, and their
``run_trial`` trains them. So a project that either has begun is continued by the other.
"""

import sys
from typing import Any

import keras_tuner as _keras_tuner
from keras_tuner import *  # noqa: F403

from bench.keras_tuner import tuners
from bench.keras_tuner.tuners import (
    BayesianOptimization,
    GridSearch,
    Hyperband,
    RandomSearch,
    Tuner,
)

__all__ = [
    "BayesianOptimization",
    "GridSearch",
    "Hyperband",
    "RandomSearch",
    "Tuner",
    "tuners",
]

for _name in ("applications", "engine", "errors", "oracles"):
    # So that these packages are imported from here too.
    sys.modules[f"{__name__}.{_name}"] = getattr(_keras_tuner, _name)


def __getattr__(name: str) -> Any:
    """Names that a star import leaves out, such as ``__version__``."""
    return getattr(_keras_tuner, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(_keras_tuner)})
