"""Finds the stored study that a command asks for, and raises what may grow of it."""

from __future__ import annotations

from dataclasses import replace

from bench.records import Role, StudyRecord, StudyState
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

    More seeds than before make a finished study unfinished. Fewer never take away a
    tested seed; of a study that is not finished they take away the others.
    """
    is_finished = record.state is StudyState.FINISHED
    least = record.spec.seeds if is_finished else _tested(record, store)
    seeds = max(prepared.spec.seeds, least)
    if seeds == record.spec.seeds:
        return record
    state = StudyState.UNFINISHED if is_finished else record.state
    changed = record.grown(replace(record.spec, seeds=seeds))
    changed = replace(changed, state=state)
    store.change_study(changed)
    return changed


def continued(prepared: PreparedStudy, record: StudyRecord) -> PreparedStudy:
    """A prepared study under the identity and with the seeds of the stored one."""
    spec = replace(prepared.spec, seeds=record.spec.seeds)
    return replace(prepared, spec=spec, id=record.id)


def timed_seeds(record: StudyRecord) -> int:
    """Number of seeds that share the time of the budget; others came later."""
    begun = record.begun.get("seeds", record.spec.seeds)
    assert isinstance(begun, int)
    return min(begun, record.spec.seeds)


def _tested(record: StudyRecord, store: Store) -> int:
    """Number of seeds up to the last that was tested."""
    finals = [
        final
        for role in (Role.FINAL, Role.DEFAULT)
        for final in store.finals(record.id, role)
    ]
    return max((final.seed - record.spec.seed + 1 for final in finals), default=0)
