"""Finds the stored study that a command asks for, and raises what may grow of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bench.records import GROWING, Role, StudyRecord, StudyState
from bench.store import Store
from bench.study.prepare import PreparedStudy


def stored(prepared: PreparedStudy, store: Store) -> StudyRecord | None:
    """The stored study that differs from a prepared one in what may grow only.

    A store may hold several, written when the number of seeds made another study: the
    one with the same number comes first, then the smallest that has as many.
    """
    fingerprint = prepared.task.record.fingerprint
    alike = [
        record
        for record in store.studies()
        if record.task.fingerprint == fingerprint
        and record.is_asked_for(prepared.spec, fingerprint, prepared.space_fingerprint)
    ]

    def preference(record: StudyRecord) -> tuple[bool, bool, int]:
        missing = prepared.spec.seeds - record.spec.seeds
        return record.id != prepared.id, missing > 0, abs(missing)

    return min(alike, key=preference, default=None)


def grown(record: StudyRecord, prepared: PreparedStudy, store: Store) -> StudyRecord:
    """The stored study with what is asked of it now, which the store holds too.

    More seeds or members than before make a finished study unfinished. Fewer never take
    away a tested seed; of a study that is not finished they take away the others.
    """
    is_finished = record.state is StudyState.FINISHED
    least = record.spec.seeds if is_finished else _tested(record, store)
    seeds = max(prepared.spec.seeds, least)
    ensemble = max(prepared.spec.ensemble, record.spec.ensemble if is_finished else 0)
    if (seeds, ensemble) == (record.spec.seeds, record.spec.ensemble):
        return record
    state = StudyState.UNFINISHED if is_finished else record.state
    changed = record.grown(replace(record.spec, seeds=seeds, ensemble=ensemble))
    changed = replace(changed, state=state)
    store.change_study(changed)
    return changed


def continued(prepared: PreparedStudy, record: StudyRecord) -> PreparedStudy:
    """A prepared study under the identity and as large as the stored one."""
    grown: dict[str, Any] = {name: getattr(record.spec, name) for name in GROWING}
    spec = replace(prepared.spec, **grown)
    return replace(prepared, spec=spec, id=record.id)


def timed(record: StudyRecord, name: str) -> int:
    """How much of what may grow shares the time of the budget; the rest came later."""
    now: int = getattr(record.spec, name)
    begun = record.begun.get(name, now)
    assert isinstance(begun, int)
    return min(begun, now)


def _tested(record: StudyRecord, store: Store) -> int:
    """Number of seeds up to the last that was tested."""
    finals = [
        final
        for role in (Role.FINAL, Role.DEFAULT)
        for final in store.finals(record.id, role)
    ]
    return max((final.seed - record.spec.seed + 1 for final in finals), default=0)
