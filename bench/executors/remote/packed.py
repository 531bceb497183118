"""Requests, results and what runs them, packed for their way to another machine.

Hosts carry them without opening them: only workers import what they need. Results are
packed too since arrays of a pool must not lie in memory that it shares with a cluster,
which it may leave before it has used them.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bench.executors import Runner
from bench.executors.remote.files import Files, place_of
from bench.records import EpochRecord

Place = Callable[[Path], Path]
"""Returns where a node has a file of the search's machine."""


def _as_sent(thing: Any, place: Place, shift: float) -> Any:
    return thing


@dataclass(frozen=True, kw_only=True)
class HostPlan:
    """How workers are started.

    Attributes:
        make_runner: Called once in each worker with the worker's slot, from 0. It
            must be picklable, and so must requests and results.
        preload: Modules that are imported before a worker starts.
        environment: Variables of the environment that workers need.
        versions: Returns what must be the same here and on all nodes.
        files: Returns which files a request, or ``make_runner``, reads and writes.
        moved: Returns a request, or ``make_runner``, with its paths as a function from
            paths to paths gives them, and its times later by some seconds.
        home: Folder of these files, by which a node shows that it sees them.
    """

    make_runner: Callable[[int], Runner[Any, Any]]
    preload: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    versions: Callable[[], Mapping[str, str]] = dict
    files: Callable[[Any], Files] = lambda _: Files()
    moved: Callable[[Any, Place, float], Any] = _as_sent
    home: Path | None = None

    def packed(self, token: Path | None) -> PackedPlan:
        """The plan as it travels to hosts.

        Args:
            token: File of this machine that nodes with the same files see.
        """
        return PackedPlan(
            pickled=pickle.dumps((self.make_runner, self.moved)),
            preload=self.preload,
            environment=self.environment,
            versions=self.versions,
            files=self.files(self.make_runner),
            token=token,
        )

    def parcel(self, request: Any) -> Parcel:
        """A request as it travels to a host."""
        return Parcel(
            pickled=pickle.dumps(request),
            files=self.files(request),
            sent=time.monotonic(),
        )


@dataclass(frozen=True, kw_only=True)
class PackedPlan:
    """A plan that a host carries without opening it; see ``HostPlan``.

    Only the worker imports what runners, requests and results need.
    """

    pickled: bytes
    preload: Sequence[str]
    environment: Mapping[str, str]
    versions: Callable[[], Mapping[str, str]]
    files: Files
    token: Path | None


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A request that a host carries without opening it.

    Attributes:
        pickled: The request.
        files: Files that it reads and writes.
        sent: When it was sent, by the monotonic clock of the search's machine.
    """

    pickled: bytes
    files: Files
    sent: float


@dataclass(frozen=True)
class PackedFactory:
    """Makes the runner of a worker on a node whose files lie below a root."""

    pickled: bytes
    root: Path | None

    def __call__(self, slot: int) -> PackedRunner:
        make_runner, moved = pickle.loads(self.pickled)
        place = partial(place_of, self.root)
        return PackedRunner(moved(make_runner, place, 0.0)(slot), moved, place)


class PackedRunner:
    """Runs pickled requests, and returns pickled results."""

    def __init__(
        self,
        runner: Runner[Any, Any],
        moved: Callable[[Any, Place, float], Any],
        place: Place,
    ) -> None:
        self._runner = runner
        self._moved = moved
        self._place = place

    @property
    def is_spoilt(self) -> bool:
        return getattr(self._runner, "is_spoilt", False)

    def __call__(
        self, packed: tuple[bytes, float], report: Callable[[EpochRecord], bool]
    ) -> bytes:
        pickled, shift = packed
        request = self._moved(pickle.loads(pickled), self._place, shift)
        return pickle.dumps(self._runner(request, report))
