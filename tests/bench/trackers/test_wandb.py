"""Studies as Weights & Biases writes them without a network."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.trackers.following import Followed
from bench.trackers.sending import send_once
from bench.trackers.wandb import WeightsAndBiases

wandb = pytest.importorskip("wandb")
Record = pytest.importorskip("wandb.proto.wandb_internal_pb2").Record
pytestmark = pytest.mark.slow

BLOCK = 32_768
WHOLE, LAST = 1, 4
"""Kinds of parts of a record after which it is complete."""


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")


def log(path: Path) -> Iterator[bytes]:
    """The records of a log in LevelDB's format, after the seven bytes that name it."""
    data, at, record = path.read_bytes(), 7, b""
    while at + 7 <= len(data):
        if BLOCK - at % BLOCK < 7:  # no header fits in the rest of a block
            at += BLOCK - at % BLOCK
            continue
        _, length, kind = struct.unpack("<IHB", data[at : at + 7])
        record += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (WHOLE, LAST):
            yield record
            record = b""


def written(results: Path) -> dict[str, list[Any]]:
    """The records of all runs, by the names of the runs."""
    wandb.teardown()  # as at the end of a process, it waits for its files
    found = {}
    for path in (results / "wandb").glob("offline-run-*/*.wandb"):
        records = [Record.FromString(data) for data in log(path)]
        (run,) = [
            each.run for each in records if each.WhichOneof("record_type") == "run"
        ]
        found[run.display_name] = records
    return found


def of_kind(records: list[Any], kind: str) -> list[Any]:
    found = [r for r in records if r.WhichOneof("record_type") == kind]
    return [getattr(record, kind) for record in found]


def values(items: Any) -> dict[str, Any]:
    return {i.key or i.nested_key[0]: json.loads(i.value_json) for i in items}


def test_study_is_a_group_of_runs(study: Any) -> None:
    send_once(study.store, study.complete(), WeightsAndBiases(study.store.folder))
    found = written(study.store.folder)
    assert set(found) == {"vgg on digits", "trial 0", "trial 1", "seed 0", "seed 1"}
    runs = [of_kind(records, "run")[0] for records in found.values()]
    assert len({run.run_group for run in runs}) == 1
    assert {run.job_type for run in runs} == {"study", "trial", "final"}


def test_trial_has_its_configuration_curve_and_exit_code(study: Any) -> None:
    send_once(study.store, study.complete(), WeightsAndBiases(study.store.folder))
    found = written(study.store.folder)
    (run,) = of_kind(found["trial 1"], "run")
    config = values(run.config.update)
    assert config["units"] == 1
    curve = [values(each.item) for each in of_kind(found["trial 1"], "history")]
    assert [(point["epoch"], point["loss"]) for point in curve] == [(1, 1.0), (2, 0.5)]
    (ended,) = of_kind(found["trial 1"], "exit")
    assert ended.exit_code == 1


def test_nothing_is_written_twice(study: Any) -> None:
    send_once(study.store, study.complete(), WeightsAndBiases(study.store.folder))
    folder = study.store.folder / "wandb"
    before = sorted(folder.glob("offline-run-*"))
    assert not send_once(
        study.store, study.record, WeightsAndBiases(study.store.folder)
    )
    assert sorted(folder.glob("offline-run-*")) == before


def test_replaced_trainings_are_named_as_such(study: Any) -> None:
    results = study.store.folder
    send_once(study.store, study.complete(), WeightsAndBiases(results))
    study.extend(2)
    send_once(study.store, study.record, WeightsAndBiases(results))
    found = written(results)
    assert {"seed 0, replaced", "seed 1, replaced"} < set(found)
    (run,) = of_kind(found["seed 0"], "run")
    assert values(run.config.update)["units"] == 2


def test_running_study_is_written_from_a_thread(
    study: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with Followed(study.store.folder, ["wandb"]) as trackers:
        trackers.follow(study.record.id)
        study.complete()
    assert capsys.readouterr().err == ""
    assert len(written(study.store.folder)) == 5
