"""TensorBoard: a folder of event files, with hyperparameters for its HParams table.

The events are written without TensorFlow. TensorBoard's own writers import it if it is
installed, but its protocol buffers and its format of records do not.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.api_pb2 import Status
from tensorboard.plugins.hparams.plugin_data_pb2 import (
    HParamsPluginData,
    SessionEndInfo,
    SessionStartInfo,
)
from tensorboard.plugins.text import metadata as text_metadata
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util import tensor_util

from bench.records import EpochRecord, Value
from bench.trackers.entry import Entry, Kind, State

FOLDER = "tensorboard"
"""Folder beside the store; ``tensorboard --logdir`` takes it."""

_STATUS = {
    State.RUNNING: Status.STATUS_RUNNING,
    State.FINISHED: Status.STATUS_SUCCESS,
    State.FAILED: Status.STATUS_FAILURE,
}


class TensorBoard:
    """The tracker TensorBoard.

    Args:
        results: The results folder.
    """

    name = "tensorboard"

    def __init__(self, results: Path) -> None:
        self._folder = results / FOLDER
        self.address = str(self._folder)
        # Of several files in a folder, TensorBoard reads on in the last one.
        self._file = f"events.out.tfevents.{time.time_ns()}.{os.getpid()}"

    def connect(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)

    def open(self, entry: Entry, parent: str | None) -> str:
        """Begin an entry's folder; one that is there was forgotten, and is replaced."""
        if parent is None:
            identity = f"{_name(entry.name)}-{entry.texts['study'][:8]}"
        else:
            identity = f"{parent}/{entry.key}"
        shutil.rmtree(self._folder / identity, ignore_errors=True)
        if parent is None:
            self._write(identity, [_text("command", entry.texts["command"])])
        else:
            self._write(identity, [_session_start(entry, parent)])
        return identity

    def add(self, identity: str, entry: Entry, epochs: Sequence[EpochRecord]) -> None:
        self._write(identity, map(_scalars_of_epoch, epochs))

    def end(self, identity: str, entry: Entry) -> None:
        events = [_scalars(entry.metrics, 0, entry.ended or entry.started)]
        events += [_text(name, text) for name, text in entry.texts.items() if text]
        if entry.kind is not Kind.STUDY:
            events.append(_session_end(entry))
        self._write(identity, events)

    def withdraw(self, identity: str, key: str) -> None:
        shutil.rmtree(self._folder / identity, ignore_errors=True)

    def close(self) -> None:
        """All is written already."""

    def _write(self, identity: str, events: Iterable[Any]) -> None:
        path = self._folder / identity / self._file
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        with path.open("ab") as file:
            writer = RecordWriter(file)
            if is_new:
                first = Event(wall_time=time.time(), file_version="brain.Event:2")
                writer.write(first.SerializeToString())
            for event in events:
                writer.write(event.SerializeToString())


def _name(text: str) -> str:
    """A name that folders may have."""
    return re.sub(r"[^\w.-]+", "-", text).strip("-.")


def _scalars_of_epoch(epoch: EpochRecord) -> Any:
    return _scalars(epoch.metrics, epoch.epoch, epoch.ended)


def _scalars(metrics: Mapping[str, float], step: int, wall_time: float) -> Any:
    values = [
        Summary.Value(tag=name, simple_value=value) for name, value in metrics.items()
    ]
    return Event(wall_time=wall_time, step=step, summary=Summary(value=values))


def _text(name: str, text: str) -> Any:
    value = Summary.Value(
        tag=name,
        metadata=text_metadata.create_summary_metadata(name, ""),
        tensor=tensor_util.make_tensor_proto([f"    {text}"]),  # Markdown for code
    )
    return Event(wall_time=time.time(), summary=Summary(value=[value]))


def _session_start(entry: Entry, parent: str) -> Any:
    # The table shows the beginning of this name alone.
    name = f"{entry.key} of {parent}"
    info = SessionStartInfo(group_name=name, start_time_secs=entry.started)
    for name, value in entry.parameters.items():
        _set(info.hparams[name], value)
    info.hparams["kind"].string_value = entry.kind
    data = HParamsPluginData(session_start_info=info)
    return _hparams(metadata.SESSION_START_INFO_TAG, data)


def _set(target: Any, value: Value) -> None:
    if isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    else:
        target.string_value = value


def _session_end(entry: Entry) -> Any:
    info = SessionEndInfo(
        status=_STATUS[entry.state], end_time_secs=entry.ended or entry.started
    )
    data = HParamsPluginData(session_end_info=info)
    return _hparams(metadata.SESSION_END_INFO_TAG, data)


def _hparams(tag: str, data: Any) -> Any:
    value = Summary.Value(
        tag=tag,
        metadata=metadata.create_summary_metadata(data),
        tensor=metadata.NULL_TENSOR,
    )
    return Event(wall_time=time.time(), summary=Summary(value=[value]))
