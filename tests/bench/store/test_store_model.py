"""Any sequence of events, with restarts anywhere, equals a simple model in memory."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bench.records import (
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

studies = st.sampled_from(["a", "b", "c"])
tasks = st.sampled_from(["digits", "ü'; --"])
roles = st.sampled_from(list(Role))
SPEC = StudySpec(family="vgg")

small = st.integers(0, 3)
finite = st.floats(allow_nan=False, allow_infinity=False)
metrics = st.dictionaries(st.text(max_size=4), finite, max_size=3)


def make_task(name: str) -> TaskRecord:
    return TaskRecord(
        dataset=name,
        fingerprint=name,
        test_fingerprint=f"test of {name}",
        image_shape=(2, 2, 1),
        class_names=("0", "1"),
        train=4,
        validation=2,
        test=2,
        seed=0,
    )


def make_samples() -> Samples:
    images, labels = np.zeros((2, 2, 2, 1), np.uint8), np.arange(2)
    return Samples(
        train_images=images,
        train_labels=labels,
        test_images=images,
        test_labels=labels,
        test_indices=labels,
    )


class StoreMachine(RuleBasedStateMachine):
    """Does everything to a store and to dictionaries, and compares them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = Store(self.folder)
        self.studies: dict[str, StudyRecord] = {}
        self.trials: dict[tuple[str, int], TrialRecord] = {}
        self.epochs: dict[tuple[str, Role, int, int], EpochRecord] = {}
        self.finals: dict[tuple[str, Role, int], FinalRecord] = {}
        self.references: dict[tuple[str, str], ReferenceRecord] = {}

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = Store(self.folder)

    @rule(id_=studies, task=tasks, created=finite)
    def add_study(self, id_: str, task: str, created: float) -> None:
        if id_ in self.studies:
            return
        study = StudyRecord(
            id=id_,
            spec=SPEC,
            task=replace(make_task(task), dataset=SPEC.dataset),
            state=StudyState.UNFINISHED,
            created=created,
            versions={"keras": "3"},
        )
        self.store.add_task(study.task, make_samples())
        self.store.add_study(study)
        self.studies[id_] = study

    @rule(id_=studies)
    def remove_study(self, id_: str) -> None:
        self.store.remove_study(id_)
        self.studies.pop(id_, None)
        for rows in (self.trials, self.epochs, self.finals):
            self.forget(rows, (id_,))

    @rule(id_=studies, state=st.sampled_from(list(StudyState)), message=st.text())
    def set_state(self, id_: str, state: StudyState, message: str) -> None:
        self.store.set_study_state(id_, state, message)
        self.change(id_, state=state, message=message)

    @rule(id_=studies, seconds=st.integers(0, 1000))
    def add_seconds(self, id_: str, seconds: float) -> None:
        self.store.add_seconds(id_, seconds)
        if id_ in self.studies:
            self.change(id_, seconds=self.studies[id_].seconds + seconds)

    @rule(id_=studies, number=small, rate=finite, started=finite)
    def start_trial(self, id_: str, number: int, rate: float, started: float) -> None:
        if id_ not in self.studies:
            return
        trial = TrialRecord(
            number=number,
            proposal=Proposal(hyperparameters={"rate": rate}, epochs=3),
            seed=number,
            state=TrialState.RUNNING,
            started=started,
        )
        self.store.start_trial(id_, trial)
        self.trials[id_, number] = trial
        self.forget(self.epochs, (id_, Role.TRIAL, number))

    @rule(
        id_=studies,
        number=small,
        metrics=metrics,
        error=st.none() | st.text(),
        ended=finite,
    )
    def end_trial(
        self, id_: str, number: int, metrics: Any, error: str | None, ended: float
    ) -> None:
        result = TrialResult(metrics=metrics, error=error)
        self.store.end_trial(id_, number, result, ended)
        if (id_, number) in self.trials:
            self.trials[id_, number] = replace(
                self.trials[id_, number], state=result.state, ended=ended, result=result
            )

    @rule(id_=studies, role=roles, number=small, epoch=small, metrics=metrics)
    def add_epoch(
        self, id_: str, role: Role, number: int, epoch: int, metrics: Any
    ) -> None:
        if id_ in self.studies:
            record = EpochRecord(epoch=epoch, metrics=metrics, seconds=1.0, ended=2.0)
            self.store.add_epoch(id_, role, number, record)
            self.epochs[id_, role, number, epoch] = record

    @rule(id_=studies, role=roles, seed=small)
    def start_final(self, id_: str, role: Role, seed: int) -> None:
        self.store.start_final(id_, role, seed)
        self.forget(self.epochs, (id_, role, seed))

    @rule(id_=studies, role=roles, seed=small, metrics=metrics)
    def end_final(self, id_: str, role: Role, seed: int, metrics: Any) -> None:
        if id_ not in self.studies or (id_, role, seed) in self.finals:
            return
        final = FinalRecord(
            seed=seed,
            metrics=metrics,
            best_epoch=1,
            epochs=2,
            parameters=3,
            seconds=4.0,
            core_seconds=5.0,
            latency_ms_1=6.0,
            latency_ms_64=7.0,
            ended=8.0,
            role=role,
        )
        self.store.end_final(id_, final, {"outputs": np.array([seed])})
        self.finals[id_, role, seed] = final

    @rule(test=tasks, name=st.sampled_from(["prior", "mean"]), metrics=metrics)
    def add_reference(self, test: str, name: str, metrics: Any) -> None:
        row = ReferenceRecord(name=name, metrics=metrics, parameters=1, seconds=1.0)
        self.store.add_reference(test, row)
        self.references[test, name] = row

    @invariant()
    def store_equals_model(self) -> None:
        store = self.store
        expected = sorted(self.studies.values(), key=lambda s: (s.created, s.id))
        assert store.studies() == expected
        for id_ in self.studies:
            assert store.trials(id_) == self.under(self.trials, (id_,))
            for role in Role:
                finals = self.under(self.finals, (id_, role))
                assert store.finals(id_, role) == finals
                for number in range(4):
                    curve = self.under(self.epochs, (id_, role, number))
                    assert store.epochs(id_, role, number) == curve
                for final in finals:
                    outputs = store.outputs(id_, final.seed, role)["outputs"]
                    assert outputs.tolist() == [final.seed]
        for test in ("digits", "ü'; --"):
            rows = {row.name: row for row in store.references(test)}
            known = self.under(self.references, (test,))
            assert rows == {row.name: row for row in known}

    def change(self, id_: str, **values: Any) -> None:
        if id_ in self.studies:
            self.studies[id_] = replace(self.studies[id_], **values)

    @staticmethod
    def forget(rows: dict[Any, Any], key: tuple[Any, ...]) -> None:
        for other in [k for k in rows if k[: len(key)] == key]:
            del rows[other]

    @staticmethod
    def under(rows: dict[Any, Any], key: tuple[Any, ...]) -> list[Any]:
        """Values whose keys begin with a key, in the order of their keys."""
        return [rows[k] for k in sorted(rows) if k[: len(key)] == key]


StoreMachine.TestCase.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None
)
TestStoreEqualsModel = StoreMachine.TestCase
