"""Benchmark Keras image models: search, train the best honestly, rank.

From Python::

    import bench

    study = bench.search("vgg", dataset=(X, y), trials=20, time="10m")
    study.leaderboard(), study.best, study.trials(), study.model()
    bench.leaderboard("results"), bench.load("results")["vgg-digits"]
    bench.families(), bench.plan("vgg")

The command line, ``python -m bench``, has the same words, defaults and errors. The
model families live in the package ``search_spaces``. Importing this package imports
nothing else; what is used is imported then, and Keras when something is trained.

Users of Keras Tuner change one import::

    import bench.keras_tuner as keras_tuner
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.errors import BenchError as BenchError
    from bench.python.results import Studies as Studies
    from bench.python.results import families as families
    from bench.python.results import leaderboard as leaderboard
    from bench.python.results import load as load
    from bench.python.searching import plan as plan
    from bench.python.searching import search as search
    from bench.python.study import Study as Study

__version__ = "0.1.0"

_WHERE = {
    "BenchError": "bench.errors",
    "Studies": "bench.python.results",
    "Study": "bench.python.study",
    "families": "bench.python.results",
    "leaderboard": "bench.python.results",
    "load": "bench.python.results",
    "plan": "bench.python.searching",
    "search": "bench.python.searching",
    "Tuner": "bench.keras_tuner",
}
"""Modules of the names that are imported when they are first used."""

__all__ = [*_WHERE]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_WHERE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_WHERE})
