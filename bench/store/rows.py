"""Turns rows of the store's tables into records; what is no record raises an error."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

from bench.records import (
    EpochRecord,
    FinalRecord,
    Origin,
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
from bench.store.arrays import unpack
from bench.store.types import typed

_BEGUN = "begun"
"""Name beside the fields of a specification, of a study that has grown."""

_STAGES, _TESTED = "stages", "tested"
"""Names beside the fields of a specification, of a study whose search was extended."""

_CHOSEN = "chosen"
"""Name beside the fields of a specification, of a study whose default configuration
took the place of the best one."""

_ENDED_EARLY = "is_ended_early"
"""Name beside the fields of a specification, of a study whose user ended its search."""

_FILLS_TIME = "fills_time"
"""Name beside the fields of a specification, of a study that was given a time only."""

_REPLACES = "replaces"
"""Name beside the fields of a specification, of a study that is longer than others."""


def spec_text(study: StudyRecord) -> str:
    """What is asked of a study, as ``study_of`` reads it."""
    beside: dict[str, Any] = {_BEGUN: dict(study.begun)} if study.begun else {}
    if study.stages:
        beside[_STAGES] = list(study.stages)
    if study.tested is not None:
        beside[_TESTED] = study.tested
    if study.chosen is not None:
        beside[_CHOSEN] = study.chosen
    if study.is_ended_early:
        beside[_ENDED_EARLY] = True
    if study.spec.fills_time:
        beside[_FILLS_TIME] = True
    if study.replaces:
        beside[_REPLACES] = list(study.replaces)
    if not beside:
        return study.spec.to_json()
    return json.dumps({**json.loads(study.spec.to_json()), **beside})


def study_of(row: tuple[Any, ...]) -> StudyRecord:
    id_, _, spec, state, created, seconds, message, lookahead, versions, task = row
    asked = json.loads(spec)
    begun = asked.pop(_BEGUN, {})
    stages = tuple(asked.pop(_STAGES, ()))
    tested = asked.pop(_TESTED, None)
    chosen = asked.pop(_CHOSEN, None)
    is_ended_early = asked.pop(_ENDED_EARLY, False)
    replaces = tuple(asked.pop(_REPLACES, ()))
    fills_time = asked.pop(_FILLS_TIME, False)
    asked_for = replace(StudySpec.from_json(json.dumps(asked)), fills_time=fills_time)
    recorded = TaskRecord.from_json(task)
    return typed(
        StudyRecord(
            id=id_,
            spec=asked_for,
            begun=begun,
            stages=stages,
            tested=tested,
            chosen=chosen,
            is_ended_early=is_ended_early,
            replaces=replaces,
            # The place is that of the study, which may change.
            task=replace(recorded, dataset=asked_for.dataset, name=asked_for.name),
            state=StudyState(state),
            created=created,
            seconds=seconds,
            message=message,
            lookahead=lookahead,
            versions=json.loads(versions),
        )
    )


def trial_of(row: tuple[Any, ...]) -> TrialRecord:
    number, proposal, seed, state, started, ended, result = row
    trial = TrialRecord(
        number=number,
        proposal=_proposal_of(proposal),
        seed=seed,
        state=TrialState(state),
        started=started,
        ended=ended,
        result=None if result is None else _result_of(result),
    )
    expected = TrialState.RUNNING if trial.result is None else trial.result.state
    if trial.state is not expected:
        raise ValueError(f"a trial can't be {trial.state} whose result is {expected}")
    return typed(trial)


def epoch_of(row: tuple[Any, ...]) -> EpochRecord:
    epoch, metrics, seconds, ended = row
    return typed(
        EpochRecord(
            epoch=epoch, metrics=json.loads(metrics), seconds=seconds, ended=ended
        )
    )


def final_of(row: tuple[Any, ...]) -> FinalRecord:
    values = json.loads(row[0])
    role = Role(values.get("role", Role.FINAL))
    return typed(FinalRecord(**values | {"role": role}))


def reference_of(row: tuple[Any, ...]) -> ReferenceRecord:
    values = json.loads(row[0])
    values.pop("right", None)  # of development versions, in place of predictions
    return typed(ReferenceRecord(**values))


def task_of(row: tuple[Any, ...]) -> TaskRecord:
    return typed(TaskRecord.from_json(row[0]))


def samples_of(row: tuple[Any, ...]) -> Samples:
    # Beside them may lie the list of the task's duplicates.
    arrays = unpack(row[0])
    return Samples(**{each.name: arrays[each.name] for each in fields(Samples)})


def _result_of(text: str) -> TrialResult:
    values = json.loads(text)
    return TrialResult(**values | {"notes": tuple(values.get("notes", ()))})


def _proposal_of(text: str) -> Proposal:
    values = json.loads(text)
    origin = values.get("origin")
    return Proposal(**values | {"origin": None if origin is None else Origin(origin)})
