"""MLflow: runs on a tracking server; trainings are nested in the run of their study."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.records import EpochRecord
from bench.remote import public
from bench.trackers.entry import Entry, State

EXPERIMENT = "keras-leaderboard"
"""Name of the experiment on the server, unless ``MLFLOW_EXPERIMENT_NAME`` is set."""

_SETTINGS = {
    # Seconds and retries after which a server counts as down; else it takes minutes.
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    # Else two lines are printed for each run that ends.
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""Variables that MLflow reads, unless the user has set them."""

_STATUS = {
    State.RUNNING: "RUNNING",
    State.FINISHED: "FINISHED",
    State.FAILED: "FAILED",
}
_MAX_METRICS, _MAX_PARAMETERS = 1000, 100
"""Maximum numbers that a server takes in one request."""

_MAX_TEXT = 5000
"""Maximum length of a text that all servers take."""


class MLflow:
    """The tracker MLflow.

    Args:
        results: The results folder; nothing is written there.
    """

    name = "mlflow"

    def __init__(self, results: Path) -> None:
        self._uri = os.environ["MLFLOW_TRACKING_URI"]
        self._experiment = os.environ.get("MLFLOW_EXPERIMENT_NAME") or EXPERIMENT
        self.address = f"{public(self._uri)}, experiment {self._experiment}"

    def connect(self) -> None:
        for name, value in _SETTINGS.items():
            os.environ.setdefault(name, value)
        from mlflow import MlflowClient

        self._client = MlflowClient(self._uri)
        known = self._client.get_experiment_by_name(self._experiment)
        self._id: str = (
            self._client.create_experiment(self._experiment)
            if known is None
            else known.experiment_id
        )

    def open(self, entry: Entry, parent: str | None) -> str:
        tags = {"bench.key": entry.key, "bench.kind": str(entry.kind)}
        if parent is not None:
            tags["mlflow.parentRunId"] = parent
        run = self._client.create_run(
            self._id, _milliseconds(entry.started), tags, run_name=entry.name
        )
        identity: str = run.info.run_id
        self._log_parameters(identity, entry)
        return identity

    def add(self, identity: str, entry: Entry, epochs: Sequence[EpochRecord]) -> None:
        from mlflow.entities import Metric

        metrics = [
            Metric(_name(name), value, _milliseconds(epoch.ended), epoch.epoch)
            for epoch in epochs
            for name, value in epoch.metrics.items()
        ]
        for part in _parts(metrics, _MAX_METRICS):
            self._client.log_batch(identity, metrics=part)

    def end(self, identity: str, entry: Entry) -> None:
        from mlflow.entities import Metric, RunTag

        ended = _milliseconds(entry.ended or entry.started)
        metrics = [
            Metric(_name(name), value, ended, 0)
            for name, value in entry.metrics.items()
        ]
        tags = [
            RunTag(f"bench.{_name(name)}", text[:_MAX_TEXT])
            for name, text in entry.texts.items()
        ]
        self._client.log_batch(identity, metrics=metrics, tags=tags)
        for path in entry.files:
            self._client.log_artifact(identity, str(path))
        self._client.set_terminated(identity, _STATUS[entry.state], ended)

    def withdraw(self, identity: str, key: str) -> None:
        """Delete a run, which the server keeps among those that can be restored."""
        info = self._client.get_run(identity).info
        if info.lifecycle_stage == "active":
            self._client.delete_run(identity)

    def close(self) -> None:
        """Every request was answered already."""

    def _log_parameters(self, identity: str, entry: Entry) -> None:
        from mlflow.entities import Param

        parameters = [
            Param(_name(name), str(value)[:_MAX_TEXT])
            for name, value in entry.parameters.items()
        ]
        for part in _parts(parameters, _MAX_PARAMETERS):
            self._client.log_batch(identity, params=part)


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _name(name: str) -> str:
    """A name of the characters that all servers take."""
    return re.sub(r"[^\w.\-: /]", "_", name)[:250]


def _parts(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
