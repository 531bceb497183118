"""What a tracker is sent of a study, and what it isn't sent twice."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bench.errors import TrackerError
from bench.records import Role
from bench.store import model_file
from bench.trackers.entry import Kind, State
from bench.trackers.memory import FOLDER
from bench.trackers.sending import send_once


def test_trainings_are_nested_in_their_study(study: Any, recorded: Any) -> None:
    count = send_once(study.store, study.complete(), recorded)
    assert count == {Kind.STUDY: 1, Kind.TRIAL: 2, Kind.FINAL: 2}
    whole, *trainings = recorded.parents
    assert recorded.parents[whole] is None
    assert {recorded.parents[each] for each in trainings} == {whole}
    assert [*recorded.by_key] == ["study", "trial-0", "trial-1", "seed-0", "seed-1"]


def test_trial_is_sent_with_hyperparameters_curve_and_result(
    study: Any, recorded: Any
) -> None:
    send_once(study.store, study.complete(), recorded)
    trial = recorded.by_key["trial-0"]
    assert trial.parameters == {"units": 0, "optimizer": "sgd"}
    assert recorded.epochs["trial-0"] == [1, 2]
    assert trial.metrics["best_validation_accuracy"] == 0.5
    assert trial.state is State.FINISHED


def test_failed_trial_is_sent_with_its_error(study: Any, recorded: Any) -> None:
    send_once(study.store, study.complete(), recorded)
    trial = recorded.by_key["trial-1"]
    assert trial.state is State.FAILED
    assert trial.texts["error"] == "ValueError: too wide"


def test_final_training_is_sent_with_its_configuration_and_model(
    study: Any, recorded: Any
) -> None:
    send_once(study.store, study.complete(), recorded)
    final = recorded.by_key["seed-1"]
    assert final.metrics["test_accuracy"] == 0.6
    assert final.parameters == {"units": 0, "optimizer": "sgd"}
    assert [path.name for path in final.files] == ["seed-1.keras"]


def test_study_is_sent_with_means_of_its_tests_and_the_leaderboard(
    study: Any, recorded: Any
) -> None:
    send_once(study.store, study.complete(), recorded)
    whole = recorded.by_key["study"]
    assert whole.metrics["test_accuracy"] == pytest.approx(0.7)
    assert (whole.metrics["trials_finished"], whole.metrics["trials_failed"]) == (1, 1)
    assert whole.parameters["trials"] == 5
    assert whole.texts["command"].startswith("python -m bench search vgg")
    names = ["leaderboard.md", "leaderboard.csv", "model.json"]
    assert [path.name for path in whole.files] == names


def test_study_that_was_sent_is_not_sent_again(study: Any, recorded: Any) -> None:
    send_once(study.store, study.complete(), recorded)
    calls = [*recorded.calls]
    assert not send_once(study.store, study.record, recorded)
    assert recorded.calls == [*calls, "connect", "close"]


def test_running_trial_is_sent_epoch_by_epoch(study: Any, recorded: Any) -> None:
    study.start_trial(0)
    study.add_epochs(0, 1, 2)
    send_once(study.store, study.record, recorded)
    assert recorded.by_key["trial-0"].state is State.RUNNING
    study.add_epochs(0, 3)
    send_once(study.store, study.record, recorded)
    assert recorded.epochs["trial-0"] == [1, 2, 3]
    assert "end trial-0" not in recorded.calls
    study.end_trial(0)
    send_once(study.store, study.record, recorded)
    assert recorded.calls.count("open trial-0") == recorded.calls.count("end trial-0")


def test_sending_goes_on_where_a_tracker_failed(study: Any, recorded: Any) -> None:
    study.complete()
    recorded.failures = {"end trial-1"}
    with pytest.raises(TrackerError, match=r"recorded \(here\).*no end trial-1"):
        send_once(study.store, study.record, recorded)
    recorded.failures = set()
    before = len(recorded.calls)
    send_once(study.store, study.record, recorded)
    rest = recorded.calls[before:]
    assert rest[:3] == ["connect", "end trial-1", "open seed-0"]
    assert recorded.epochs["trial-1"] == [1, 2]


def test_study_that_grows_is_sent_again_with_its_new_results(
    study: Any, recorded: Any
) -> None:
    send_once(study.store, study.complete(), recorded)
    study.final(2, 1.0)
    count = send_once(study.store, study.record, recorded)
    assert count == {Kind.FINAL: 1, Kind.STUDY: 1}
    assert recorded.by_key["study"].metrics["test_accuracy"] == pytest.approx(0.8)


def test_tests_of_another_winner_replace_those_of_the_first(
    study: Any, recorded: Any
) -> None:
    send_once(study.store, study.complete(), recorded)
    before = {entry.key: identity for identity, entry in recorded.entries.items()}
    recorded.epochs.clear()
    study.extend(2)
    send_once(study.store, study.record, recorded)
    assert recorded.withdrawn == [before["seed-0"], before["seed-1"]]
    final = recorded.by_key["seed-0"]
    assert final.parameters["units"] == 2
    assert recorded.epochs["seed-0"] == [1, 2]
    assert recorded.by_key["study"].metrics["test_accuracy"] == pytest.approx(0.9)
    assert not send_once(study.store, study.record, recorded)


def test_training_that_an_older_version_sent_is_kept_without_its_model(
    study: Any, recorded: Any
) -> None:
    send_once(study.store, study.complete(), recorded)
    (memory,) = (study.store.folder / FOLDER / study.record.id).iterdir()
    lines = map(json.loads, filter(None, memory.read_text().splitlines()))
    old = ({k: v for k, v in line.items() if k != "training"} for line in lines)
    memory.write_text("\n".join(map(json.dumps, old)))
    model_file(study.store.folder, study.record.id, Role.FINAL, 0).unlink()
    send_once(study.store, study.record, recorded)
    assert recorded.withdrawn == []
    study.store.change_study(replace(study.record, stages=(5, 9)))
    study.extend(2)
    send_once(study.store, study.record, recorded)
    assert len(recorded.withdrawn) == 2


def test_training_that_could_not_be_withdrawn_is_withdrawn_later(
    study: Any, recorded: Any
) -> None:
    send_once(study.store, study.complete(), recorded)
    study.extend(2)
    recorded.failures = {"withdraw seed-1"}
    with pytest.raises(TrackerError, match="no withdraw seed-1"):
        send_once(study.store, study.record, recorded)
    recorded.failures = set()
    send_once(study.store, study.record, recorded)
    assert recorded.calls.count("withdraw seed-0") == 1
    assert recorded.calls.count("withdraw seed-1") == 1


def test_study_that_was_started_over_is_another_one(study: Any, recorded: Any) -> None:
    record = study.complete()
    send_once(study.store, record, recorded)
    study.store.remove_study(record.id)
    study.begin(record.created + 60)
    study.trial(0)
    send_once(study.store, study.record, recorded)
    assert recorded.calls.count("open trial-0") == 2


def test_memory_that_a_killed_process_left_is_read(study: Any, recorded: Any) -> None:
    send_once(study.store, study.complete(), recorded)
    (path,) = (study.store.folder / FOLDER / study.record.id).iterdir()
    path.write_bytes(path.read_bytes()[:-20])  # the end of the study, cut short
    assert send_once(study.store, study.record, recorded) == {Kind.STUDY: 1}
    assert recorded.calls[-3:] == ["connect", "end study", "close"]
    assert not send_once(study.store, study.record, recorded)
