"""A stored study goes on in its precision, even if this machine would choose another.

So a search is not begun again because its folder came to another machine, its trials to
a cluster, or a newer version to the machine.
"""

from __future__ import annotations

from dataclasses import replace

from bench.errors import UsageError
from bench.records import AUTO, BFLOAT16, FLOAT32, Resources, StudyRecord, StudyState
from bench.store import Store
from bench.study import growth, refusals
from bench.study.prepare import PreparedStudy, prepare


def as_stored(
    prepared: PreparedStudy,
    store: Store,
    resources: Resources,
    *,
    adds_time: bool = False,
) -> PreparedStudy:
    """The study in the precision of the stored one, where a user left it open.

    Args:
        prepared: What is asked for, in the precision of this machine.
        store: May hold it in the other one.
        resources: What would train its trials.
        adds_time: Whether the time that is asked for comes on top of what is spent.
    """
    asked = prepared.asked
    own = growth.stored(prepared.identity, store, adds_time=adds_time)
    if asked.precision != AUTO or own is not None:
        return prepared
    other = FLOAT32 if prepared.spec.precision == BFLOAT16 else BFLOAT16
    if not any(_may_be(record, prepared, other) for record in store.studies()):
        return prepared
    alike = prepare(replace(asked, precision=other), prepared.task, resources)
    record = growth.stored(alike.identity, store, adds_time=adds_time)
    is_taken = record is not None and (
        _can_train(alike, resources)
        or (not adds_time and _asks_no_more(record, alike, store))
    )
    (prepared if is_taken else alike).close()
    return alike if is_taken else prepared


def _may_be(record: StudyRecord, prepared: PreparedStudy, precision: str) -> bool:
    spec, fingerprint = record.spec, prepared.task.record.fingerprint
    is_alike = (spec.family, spec.precision) == (prepared.spec.family, precision)
    return is_alike and record.task.fingerprint == fingerprint


def _can_train(prepared: PreparedStudy, resources: Resources) -> bool:
    try:
        refusals.check_precision(prepared.spec, resources)
    except UsageError:
        return False
    return True


def _asks_no_more(record: StudyRecord, prepared: PreparedStudy, store: Store) -> bool:
    wanted = growth.wanted(record, prepared.spec, store)
    is_all = wanted == growth.moved(record.spec, prepared.spec)
    return is_all and record.state is StudyState.FINISHED
