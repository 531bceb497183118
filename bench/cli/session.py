"""Starts what needs Keras, on the backend that was chosen."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bench.records import Resources, StudySpec

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def start_session(spec: StudySpec) -> ModuleType:
    """Import ``bench.study.session``, which needs Keras, on a study's backend."""
    from bench.training import backend

    backend.start(spec.backend)
    return importlib.import_module("bench.study.session")


def start_with_workers(spec: StudySpec, resources: Resources) -> ModuleType:
    """Start a session, and the process that workers are forked from.

    Both import Keras at the same time.
    """
    if resources.workers != 0:
        from bench.executors import local
        from bench.training import PRELOAD

        os.environ["KERAS_BACKEND"] = spec.backend
        local.prepare([PRELOAD])
    return start_session(spec)


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn Ctrl-C into a line that says how to continue, and an exit code."""
    try:
        yield
    except KeyboardInterrupt:
        print(
            "interrupted; what is finished is kept: give the same command again to "
            "continue",
            file=sys.stderr,
        )
        raise typer.Exit(INTERRUPTED) from None
