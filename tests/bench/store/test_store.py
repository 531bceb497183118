"""The store returns what was written, and changes nothing else."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.records import (
    Budget,
    EpochRecord,
    FinalRecord,
    Proposal,
    ReferenceRecord,
    Role,
    Samples,
    StudyRecord,
    StudySpec,
    StudyState,
    TaskRecord,
    TrialRecord,
    TrialResult,
    TrialState,
)
from bench.store import Store

TASK = TaskRecord(
    dataset="digits",
    fingerprint="all",
    test_fingerprint="test",
    image_shape=(2, 2, 1),
    class_names=("0", "ü"),
    train=10,
    validation=4,
    test=3,
    seed=0,
)
SAMPLES = Samples(
    train_images=np.arange(8, dtype=np.uint8).reshape(2, 2, 2, 1),
    train_labels=np.array([0, 1]),
    test_images=np.arange(12, dtype=np.uint8).reshape(3, 2, 2, 1),
    test_labels=np.array([1, 0, 1]),
    test_indices=np.array([0, 1, 2]),
)
STUDY = StudyRecord(
    id="study",
    spec=StudySpec(
        family="vgg",
        budget=Budget(trials=3, seconds=60.0),
        only=("depth",),
        fixed=(("flag", True), ("rate", 1e-3), ("width", 8)),
        image_size=(2, 2),
    ),
    task=TASK,
    state=StudyState.UNFINISHED,
    created=1000.25,
    seconds=1.5,
    versions={"keras": "3.15"},
)
TRIAL = TrialRecord(
    number=0,
    proposal=Proposal(hyperparameters={"width": 8, "rate": 0.1 + 0.2}, epochs=3),
    seed=2**31 - 1,
    state=TrialState.RUNNING,
    started=2000.125,
)
RESULT = TrialResult(
    metrics={"validation_accuracy": 1 / 3, "validation_log_loss": 1e-9},
    best_epoch=2,
    epochs=3,
    parameters=123,
    seconds=4.5,
    core_seconds=9.0,
    space={"space": [{"class_name": "Int"}], "values": {"late": 3}},
)
FINAL = FinalRecord(
    seed=5,
    metrics={"test_accuracy": 2 / 3, "test_log_loss": 0.1},
    best_epoch=2,
    epochs=4,
    parameters=123,
    seconds=1.0,
    core_seconds=2.0,
    latency_ms_1=0.5,
    latency_ms_64=0.1,
    ended=3000.0,
)
PROBABILITIES = np.array([[0.25, 0.75], [1.0, 0.0], [1 / 3, 2 / 3]])
OUTPUTS = {
    "probabilities": PROBABILITIES,
    "images": np.arange(250, 256, dtype=np.uint8),
}

metrics = st.dictionaries(
    st.text(min_size=1, max_size=5), st.floats(allow_nan=False, allow_infinity=False)
)


def epoch(number: int) -> EpochRecord:
    return EpochRecord(
        epoch=number, metrics={"loss": 1 / number}, seconds=0.5, ended=10.0 + number
    )


@pytest.fixture
def store(results: Path) -> Iterator[Store]:
    """A store of one study with a trial, a final training and their epochs."""
    with Store(results) as store:
        store.add_task(TASK, SAMPLES)
        store.add_study(STUDY)
        store.start_trial("study", TRIAL)
        store.add_epoch("study", Role.TRIAL, 0, epoch(1))
        store.end_trial("study", 0, RESULT, 2100.5)
        store.start_final("study", Role.FINAL, 5)
        store.add_epoch("study", Role.FINAL, 5, epoch(1))
        store.end_final("study", FINAL, OUTPUTS)
        yield store


def test_everything_written_is_there_after_reopening(
    store: Store, results: Path
) -> None:
    reference = ReferenceRecord(
        name="prior",
        metrics={"test_accuracy": 0.5},
        parameters=2,
        seconds=0.1,
        note="n",
    )
    store.add_reference("test", reference)
    store.close()
    with Store(results, read_only=True) as again:
        assert again.studies() == [STUDY]
        assert again.study("study") == STUDY
        assert again.trials("study") == [
            replace(TRIAL, state=TrialState.FINISHED, ended=2100.5, result=RESULT)
        ]
        assert again.epochs("study", Role.TRIAL, 0) == [epoch(1)]
        assert again.finals("study") == [FINAL]
        assert again.references("test") == [reference]
        for name, array in vars(again.samples("all")).items():
            np.testing.assert_array_equal(array, getattr(SAMPLES, name))
            assert array.dtype == getattr(SAMPLES, name).dtype


@given(metrics=metrics, error=st.none() | st.text(), started=st.floats(0, 2e9))
@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_results_survive_digit_for_digit(
    store: Store, metrics: dict, error: str | None, started: float
) -> None:
    result = TrialResult(metrics=metrics, error=error, traceback="Traceback\n  ü")
    trial = replace(TRIAL, number=1, started=started)
    store.start_trial("study", trial)
    assert store.trials("study")[1] == trial
    store.end_trial("study", 1, result, started)
    ended = store.trials("study")[1]
    assert ended.result == result
    assert (ended.started, ended.ended) == (started, started)
    assert ended.state is result.state


def test_missing_records_are_none_or_empty(store: Store) -> None:
    assert store.study("other") is None
    assert store.trials("other") == []
    assert store.finals("other") == []
    assert store.epochs("study", Role.TRIAL, 5) == []
    assert store.references("other") == []


def test_trial_in_flight_is_replaced_and_its_epochs_forgotten(store: Store) -> None:
    store.start_trial("study", replace(TRIAL, number=1))
    for number in (1, 2):
        store.add_epoch("study", Role.TRIAL, 1, epoch(number))
    again = replace(TRIAL, number=1, started=5000.0)
    store.start_trial("study", again)
    assert store.trials("study")[1] == again
    assert store.epochs("study", Role.TRIAL, 1) == []
    assert store.epochs("study", Role.TRIAL, 0) == [epoch(1)]
    assert store.epochs("study", Role.FINAL, 5) == [epoch(1)]


def test_interrupted_final_training_forgets_only_its_own_epochs(store: Store) -> None:
    store.add_epoch("study", Role.TRIAL, 5, epoch(2))
    store.start_final("study", Role.FINAL, 5)
    assert store.epochs("study", Role.FINAL, 5) == []
    assert store.epochs("study", Role.TRIAL, 5) == [epoch(2)]


def test_epochs_are_read_in_order_whatever_the_order_of_writing(store: Store) -> None:
    for number in (3, 1, 2):
        store.add_epoch("study", Role.TRIAL, 7, epoch(number))
    assert store.epochs("study", Role.TRIAL, 7) == [epoch(1), epoch(2), epoch(3)]


def test_removing_a_study_removes_everything_of_it_and_nothing_else(
    store: Store,
) -> None:
    other = replace(STUDY, id="other")
    store.add_study(other)
    store.start_trial("other", TRIAL)
    store.remove_study("study")
    assert store.studies() == [other]
    store.add_study(STUDY)
    assert store.trials("study") == []
    assert store.finals("study") == []
    assert store.epochs("study", Role.TRIAL, 0) == []
    assert store.epochs("study", Role.FINAL, 5) == []
    assert store.trials("other") == [TRIAL]


def test_state_message_and_seconds_of_a_study_change(store: Store) -> None:
    store.set_study_state("study", StudyState.FAILED, "all failed")
    store.add_seconds("study", 2.5)
    store.add_seconds("study", 1.0)
    assert store.study("study") == replace(
        STUDY, state=StudyState.FAILED, message="all failed", seconds=5.0
    )


def test_studies_are_listed_from_the_oldest(store: Store) -> None:
    store.add_study(replace(STUDY, id="a", created=3000.0))
    store.add_study(replace(STUDY, id="b", created=10.0))
    assert [study.id for study in store.studies()] == ["b", "study", "a"]


def test_floats_of_outputs_are_kept_to_16_bits_and_images_as_they_are(
    store: Store,
) -> None:
    kept = store.outputs("study", 5)
    assert kept["probabilities"].dtype == np.float16
    np.testing.assert_allclose(kept["probabilities"], PROBABILITIES, rtol=2**-11)
    assert kept["images"].dtype == np.uint8
    np.testing.assert_array_equal(kept["images"], OUTPUTS["images"])


def test_same_task_is_kept_once(store: Store) -> None:
    store.add_task(TASK, replace(SAMPLES, train_labels=np.array([1, 1])))
    assert store.samples("all").train_labels.tolist() == [0, 1]


def test_one_may_read_while_another_writes(store: Store, results: Path) -> None:
    with Store(results, read_only=True) as reader:
        store.add_epoch("study", Role.TRIAL, 0, epoch(2))
        assert reader.epochs("study", Role.TRIAL, 0) == [epoch(1), epoch(2)]


WRITE_AND_DIE = """
import os, pathlib, sqlite3, sys
from bench.records import EpochRecord, Role
from bench.store import FILE_NAME, Store

folder = pathlib.Path(sys.argv[1])
epoch = EpochRecord(epoch=2, metrics={"loss": 0.5}, seconds=1.0, ended=2.0)
Store(folder).add_epoch("study", Role.TRIAL, 0, epoch)
sql = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
sql.execute("BEGIN IMMEDIATE")
sql.execute("DELETE FROM trials")
os._exit(9)
"""


def test_writer_killed_in_a_transaction_loses_only_that_transaction(
    store: Store, results: Path
) -> None:
    command = [sys.executable, "-c", WRITE_AND_DIE, str(results)]
    assert subprocess.run(command, check=False).returncode == 9
    with Store(results) as again:
        assert len(again.trials("study")) == 1
        assert [e.epoch for e in again.epochs("study", Role.TRIAL, 0)] == [1, 2]
        again.add_seconds("study", 1.0)
