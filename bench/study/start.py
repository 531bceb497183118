"""Starts what needs Keras on the backend that was chosen; importing it is light."""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType
from typing import Any

from bench.records import Resources, StudySpec
from bench.text.activity import doing
from bench.text.background import Background
from bench.text.interrupts import interrupts_wait
from bench.training import PRELOAD, backend, devices


def start_session(spec: StudySpec) -> ModuleType:
    """Import ``bench.study.session``, which needs Keras, on a study's backend."""
    with doing("importing Keras"), interrupts_wait():
        backend.start(spec.backend)
        return importlib.import_module("bench.study.session")


def start_with_workers(
    spec: StudySpec,
    resources: Resources,
    beside: Background[Any] | None = None,
    *,
    is_command: bool = False,
) -> ModuleType:
    """Start a session, and the process that workers are forked from.

    Args:
        spec: Of a study.
        resources: That train it.
        beside: What another thread does meanwhile; a copy waits for its end.
        is_command: Whether this process does nothing else, so that the other one may
            be a copy of it; otherwise both import Keras at the same time.

    Raises:
        UsageError: The backend or the resources can't be used.
        BaseException: What was raised beside.
    """
    backend.check_free(spec.backend)
    devices.check_backend(spec.backend, resources.devices)
    devices.check_seeds(spec.backend, resources.seeds_at_once)
    if resources.is_cluster:
        from bench.study import clusters

        clusters.check(resources)
    elif resources.workers != 0:
        _start_server(spec.backend, beside, is_command=is_command)
    session = start_session(spec)
    devices.check_count(resources.devices, resources.workers)
    return session


def _start_server(
    name: str, beside: Background[Any] | None, *, is_command: bool
) -> None:
    from bench.executors import local

    os.environ["KERAS_BACKEND"] = name
    # Another backend's threads may run after its import; this one may have been used.
    is_unused = name == "tensorflow" and not {"keras", name} & sys.modules.keys()
    as_copy = is_command and is_unused and sys.platform == "linux"
    if as_copy:
        with doing("importing Keras"), interrupts_wait():
            importlib.import_module(PRELOAD)
        if beside is not None:
            beside.result()  # a copy is of one thread
    local.prepare([PRELOAD], as_copy=as_copy)
