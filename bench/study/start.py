"""Starts what needs Keras on the backend that was chosen; importing it is light."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

from bench.records import Resources, StudySpec
from bench.text.activity import doing
from bench.training import PRELOAD, backend, devices


def start_session(spec: StudySpec) -> ModuleType:
    """Import ``bench.study.session``, which needs Keras, on a study's backend."""
    with doing("importing Keras"):
        backend.start(spec.backend)
        return importlib.import_module("bench.study.session")


def start_with_workers(spec: StudySpec, resources: Resources) -> ModuleType:
    """Start a session, and the process that workers are forked from.

    Both import Keras at the same time.
    """
    backend.check_free(spec.backend)
    devices.check_backend(spec.backend, resources.devices)
    if resources.is_cluster:
        from bench.study import clusters

        clusters.check(resources)
    if resources.workers != 0 and not resources.is_cluster:
        from bench.executors import local

        os.environ["KERAS_BACKEND"] = spec.backend
        local.prepare([PRELOAD])
    session = start_session(spec)
    devices.check_count(resources.devices, resources.workers)
    return session
