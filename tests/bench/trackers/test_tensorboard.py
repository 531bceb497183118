"""Event files, read as their format has it and as TensorBoard shows them."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.plugins.hparams import metadata

from bench.trackers.entry import Kind
from bench.trackers.memory import FOLDER
from bench.trackers.sending import send_once
from bench.trackers.tensorboard import TensorBoard

NAME = "vgg-on-digits-cccccccc"


def events(folder: Path) -> Iterator[Any]:
    """The events of a folder: records of a length, its checksum, data and theirs."""
    for path in sorted(folder.glob("events.out.tfevents.*")):
        data = path.read_bytes()
        while data:
            (length,) = struct.unpack("<Q", data[:8])
            yield Event.FromString(data[12 : 12 + length])
            data = data[12 + length + 4 :]


def scalars(folder: Path, tag: str) -> list[tuple[int, float]]:
    return [
        (event.step, value.simple_value)
        for event in events(folder)
        for value in event.summary.value
        if value.tag == tag
    ]


def test_curves_lie_in_a_folder_for_each_training(study: Any) -> None:
    results = study.store.folder
    send_once(study.store, study.complete(), TensorBoard(results))
    folder = results / "tensorboard" / NAME
    names = ["seed-0", "seed-1", "trial-0", "trial-1"]
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == names
    assert scalars(folder / "trial-0", "loss") == [(1, 1.0), (2, 0.5)]
    assert scalars(folder / "seed-0", "test_accuracy") == [(0, pytest.approx(0.8))]


def test_trials_have_hyperparameters_and_a_state(study: Any) -> None:
    results = study.store.folder
    send_once(study.store, study.complete(), TensorBoard(results))
    folder = results / "tensorboard" / NAME / "trial-1"
    found = {
        value.tag: value.metadata.plugin_data.content
        for event in events(folder)
        for value in event.summary.value
        if value.tag.startswith("_hparams_")
    }
    start = metadata.parse_session_start_info_plugin_data(
        found[metadata.SESSION_START_INFO_TAG]
    )
    assert start.hparams["units"].number_value == 1
    assert start.hparams["optimizer"].string_value == "sgd"
    end = metadata.parse_session_end_info_plugin_data(
        found[metadata.SESSION_END_INFO_TAG]
    )
    assert end.status == 2  # failure


def test_another_process_goes_on_in_a_file_of_its_own(study: Any) -> None:
    results = study.store.folder
    study.start_trial(0)
    study.add_epochs(0, 1)
    send_once(study.store, study.record, TensorBoard(results))
    study.add_epochs(0, 2)
    send_once(study.store, study.record, TensorBoard(results))
    folder = results / "tensorboard" / NAME / "trial-0"
    assert scalars(folder, "loss") == [(1, 1.0), (2, 0.5)]
    assert len([*folder.iterdir()]) == 2


def test_folder_is_written_anew_if_what_was_sent_is_forgotten(study: Any) -> None:
    results = study.store.folder
    send_once(study.store, study.complete(), TensorBoard(results))
    for path in (results / FOLDER / study.record.id).iterdir():
        path.unlink()
    count = send_once(study.store, study.record, TensorBoard(results))
    assert count[Kind.TRIAL] == 2
    folder = results / "tensorboard" / NAME / "trial-0"
    assert scalars(folder, "loss") == [(1, 1.0), (2, 0.5)]


def test_curve_of_another_winner_replaces_that_of_the_first(study: Any) -> None:
    results = study.store.folder
    send_once(study.store, study.complete(), TensorBoard(results))
    study.extend(2)
    send_once(study.store, study.record, TensorBoard(results))
    folder = results / "tensorboard" / NAME
    assert scalars(folder / "seed-0", "loss") == [(1, 1.0), (2, 0.5)]
    assert not (folder / "seed-1").exists()


def test_command_sends_a_study_without_tensorflow(study: Any) -> None:
    study.complete()
    results = study.store.folder
    script = (
        "import sys; from bench.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print('tensorflow' in sys.modules, 'keras' in sys.modules)"
    )
    words = ["track", "cccc", "--to", "tensorboard", "--results", str(results)]
    command = [sys.executable, "-c", script, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        f"{results / 'tensorboard'}: vgg on digits: 2 trials and 2 final "
        "trainings sent",
        "False False",
    ]


@pytest.fixture
def tensorboard(study: Any) -> Iterator[str]:
    """Where TensorBoard shows the results folder."""
    folder = study.store.folder / "tensorboard"
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "tensorboard.main", "--logdir", str(folder)),
            *("--port", "0", "--host", "127.0.0.1", "--reload_interval", "1"),
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stderr is not None
        line = next(line for line in server.stderr if "http://127.0.0.1:" in line)
        yield next(word for word in line.split() if word.startswith("http://"))
    finally:
        server.kill()
        server.communicate()


@pytest.mark.slow
def test_tensorboard_shows_trials_in_its_table(study: Any, tensorboard: str) -> None:
    send_once(study.store, study.complete(), TensorBoard(study.store.folder))
    asked = {
        "experimentName": "",
        "allowedStatuses": ["STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"],
        "colParams": [{"hparam": "units"}, {"metric": {"tag": "loss"}}],
        "startIndex": 0,
        "sliceSize": 100,
    }
    request = urllib.request.Request(
        f"{tensorboard}data/plugin/hparams/session_groups",
        json.dumps(asked).encode(),
        {"Content-Type": "application/json"},
    )
    groups: list[Any] = []
    until = time.monotonic() + 60
    while len(groups) < 4 and time.monotonic() < until:
        time.sleep(0.5)
        with urllib.request.urlopen(request) as answer:
            groups = json.load(answer).get("sessionGroups", [])
    shown = {group["name"]: group for group in groups}
    names = ("trial-0", "trial-1", "seed-0", "seed-1")
    assert set(shown) == {f"{name} of {NAME}" for name in names}
    trial = shown[f"trial-1 of {NAME}"]
    assert trial["hparams"]["units"] == 1
    assert trial["sessions"][0]["status"] == "STATUS_FAILURE"
