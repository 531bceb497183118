"""Keeps what the code of a model does to its process from the next training."""

from __future__ import annotations

import os
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psutil

from bench.machine import is_worker
from bench.training.global_state import GlobalState, Setting
from bench.training.hypermodel import FamilySource
from bench.training.process_state import import_state, process_state

GRACE = 0.5
"""Seconds in which threads and processes of a training may end after it."""


@dataclass
class Aftermath:
    """What a training has left behind in its process.

    Attributes:
        notes: What the user should know, each in a line.
        is_spoilt: Whether not everything could be undone, so that nothing else
            should be trained in this process.
    """

    notes: list[str] = field(default_factory=list)
    is_spoilt: bool = False


@contextmanager
def contained(source: FamilySource) -> Iterator[Aftermath]:
    """Train a model under the settings of its family, and undo what it changes.

    Args:
        source: The family.

    Yields:
        Is filled when the block ends.
    """
    outside, imports = process_state(), import_state()
    threads, children = set(_threads()), set(_children())
    aftermath = Aftermath()
    source.process_state.restore()
    try:
        with warnings.catch_warnings():
            yield aftermath
    finally:
        states = [source.process_state, imports, source.global_state]
        _restore(states, aftermath)
        outside.restore()
        _end_children(children, aftermath)
        _find_threads(threads, aftermath)


def _restore(states: list[GlobalState], aftermath: Aftermath) -> None:
    changed = [setting for state in states for setting in state.restore()]
    if not changed:
        return
    lasting = [setting for state in states for setting in state.changed()]
    if named := _named(changed):
        aftermath.notes.append(f"its code changed {named}; this was undone")
    if lasting:
        aftermath.notes.append(f"{_named(lasting)} could not be restored")
        aftermath.is_spoilt = True


def _named(settings: list[Setting]) -> str:
    return ", ".join(setting.name for setting in settings if setting.matters)


def _children() -> list[psutil.Process]:
    """Processes that this one started, and those that they started."""
    if hasattr(os, "waitid"):  # much quicker than looking at all processes
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return []
    children: list[psutil.Process] = psutil.Process().children(recursive=True)
    return children


def _end_children(known: set[psutil.Process], aftermath: Aftermath) -> None:
    """End the processes that a training has left running, if this is a worker."""
    left = [child for child in _children() if child not in known]
    if not left:
        return
    _, left = psutil.wait_procs(left, timeout=GRACE)
    if not left:
        return
    note = f"its code left processes running ({len(left)})"
    if is_worker():
        for child in left:
            with suppress(psutil.Error):
                child.kill()
        psutil.wait_procs(left, timeout=GRACE)
        note += ", which were ended"
    aftermath.notes.append(note)


def _threads() -> list[threading.Thread]:
    """Threads of Python; those of other code that called Python are named Dummy."""
    return [t for t in threading.enumerate() if not t.name.startswith("Dummy-")]


def _find_threads(known: set[threading.Thread], aftermath: Aftermath) -> None:
    """Note the threads that a training has left running, which can't be ended."""
    ends = time.monotonic() + GRACE
    for thread in set(_threads()) - known:
        thread.join(max(0.0, ends - time.monotonic()))
    left = [thread for thread in _threads() if thread not in known]
    if left:
        note = f"its code left threads running ({len(left)})"
        if is_worker():
            note += "; its worker was replaced"
        aftermath.notes.append(note)
        aftermath.is_spoilt = True
