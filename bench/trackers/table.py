"""The trackers, and what each of them needs."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bench.errors import UsageError
from bench.trackers.tracker import Tracker


@dataclass(frozen=True, kw_only=True)
class _Needs:
    """What a tracker needs.

    Attributes:
        kind: Name of its class, in the module of this package that has its name.
        extra: That installs the package of its name.
        variable: Of the environment, that must be set; empty for none.
        value: An example of its value.
    """

    kind: str
    extra: str = ""
    variable: str = ""
    value: str = ""


_NEEDS: Mapping[str, _Needs] = {
    "tensorboard": _Needs(kind="TensorBoard"),
    "mlflow": _Needs(
        kind="MLflow",
        extra="mlflow",
        variable="MLFLOW_TRACKING_URI",
        value="http://127.0.0.1:5000",
    ),
    "wandb": _Needs(kind="WeightsAndBiases", extra="wandb"),
}


def check(names: Iterable[str]) -> None:
    """Refuse trackers that can't be used here.

    Raises:
        UsageError: A package is missing, or a variable that says where the tracker is.
    """
    for name in names:
        needs = _NEEDS[name]
        if find_spec(name) is None:
            raise UsageError(
                f"the tracker {name} needs a package; {name} is not installed: "
                f"pip install 'keras-leaderboard[{needs.extra}]'"
            )
        if needs.variable and not os.environ.get(needs.variable):
            raise UsageError(
                f"the tracker {name} is where {needs.variable} says; it is not set: "
                f"export {needs.variable}={needs.value}"
            )


def tracker(name: str, results: Path) -> Tracker:
    """A tracker, not connected yet.

    Args:
        name: A key of ``TRACKERS``.
        results: The results folder, which holds files of trackers that write some.
    """
    module = importlib.import_module(f"bench.trackers.{name}")
    made: Tracker = getattr(module, _NEEDS[name].kind)(results)
    return made
