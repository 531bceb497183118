"""Turns rows of the store's tables into records."""

from __future__ import annotations

import json
from typing import Any

from bench.records import (
    FinalRecord,
    Origin,
    Proposal,
    Role,
    StudyRecord,
    StudySpec,
    StudyState,
    TaskRecord,
    TrialRecord,
    TrialResult,
    TrialState,
)


def study_of(row: tuple[Any, ...]) -> StudyRecord:
    id_, _, spec, state, created, seconds, message, lookahead, versions, task = row
    return StudyRecord(
        id=id_,
        spec=StudySpec.from_json(spec),
        task=TaskRecord.from_json(task),
        state=StudyState(state),
        created=created,
        seconds=seconds,
        message=message,
        lookahead=lookahead,
        versions=json.loads(versions),
    )


def trial_of(row: tuple[Any, ...]) -> TrialRecord:
    number, proposal, seed, state, started, ended, result = row
    return TrialRecord(
        number=number,
        proposal=_proposal_of(proposal),
        seed=seed,
        state=TrialState(state),
        started=started,
        ended=ended,
        result=None if result is None else TrialResult(**json.loads(result)),
    )


def final_of(text: str) -> FinalRecord:
    values = json.loads(text)
    return FinalRecord(**values | {"role": Role(values.get("role", Role.FINAL))})


def _proposal_of(text: str) -> Proposal:
    values = json.loads(text)
    origin = values.get("origin")
    return Proposal(**values | {"origin": None if origin is None else Origin(origin)})
