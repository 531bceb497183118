"""Finds the stored study that a command asks for, and raises what may grow of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bench import searchers
from bench.records import (
    GROWING,
    PLACES,
    Budget,
    FinalRecord,
    Role,
    StudyRecord,
    StudySpec,
    StudyState,
    TrialRecord,
)
from bench.records.run_off import UNDECIDED
from bench.records.selection import best_trial, tested_trial
from bench.searchers import TUNERS
from bench.store import Store
from bench.study.identity import Identity

if TYPE_CHECKING:
    from bench.study.added_time import AddedTime
    from bench.study.prepare import PreparedStudy


def stored(
    asked: Identity, store: Store, *, adds_time: bool = False
) -> StudyRecord | None:
    """The stored study that one that is asked for is, or may extend.

    It differs from that one in nothing but what may grow. A study that is not
    finished goes on with its own budget or a larger one; a smaller one makes another
    study. A store may hold several, written when the number of seeds made another
    study: the one with the same number comes first, then the smallest that has as many.

    Args:
        asked: The study that is asked for.
        store: Holds the studies.
        adds_time: Whether the time that is asked for comes on top of what is spent.
    """
    task, space = asked.task_fingerprint, asked.space_fingerprint
    alike = [
        record
        for record in store.studies()
        if record.task.fingerprint == task
        and record.is_asked_for(asked.spec, task, space)
        and _may_become(record, asked, adds_time)
    ]

    def preference(record: StudyRecord) -> tuple[bool, bool, bool, int]:
        missing = asked.spec.seeds - record.spec.seeds
        covers = record.spec.budget.covers(asked.spec.budget)
        return record.id != asked.id, not covers, missing > 0, abs(missing)

    return min(alike, key=preference, default=None)


def _may_become(record: StudyRecord, asked: Identity, adds_time: bool) -> bool:
    """Whether the search of a stored study may be extended to that of another."""
    own, wanted = record.spec.budget, asked.spec.budget
    if adds_time:
        wanted = replace(wanted, seconds=own.seconds)
    if wanted.trials > own.trials and not TUNERS[record.spec.tuner].is_extensible:
        return False
    is_finished = record.state is StudyState.FINISHED
    return is_finished or wanted.covers(own) or record.id == asked.id


def shorter(asked: Identity, store: Store) -> tuple[str, ...]:
    """Identities of stored studies that are the one asked for, with fewer epochs."""
    budget = asked.spec.budget
    return tuple(
        record.id
        for record in store.studies()
        if record.spec.budget.epochs < budget.epochs
        and record.is_asked_for(
            replace(
                asked.spec, budget=replace(budget, epochs=record.spec.budget.epochs)
            ),
            asked.task_fingerprint,
            asked.space_fingerprint,
        )
    )


def grown(
    record: StudyRecord,
    prepared: PreparedStudy,
    store: Store,
    *,
    added: AddedTime | None = None,
) -> StudyRecord:
    """The stored study with what is asked of it now, which the store holds too.

    More of anything than before makes a finished study unfinished. Fewer seeds never
    take away a tested one; of a study that is not finished they take away the others.
    The places are those that are given now, for commands that read the images again.

    Args:
        record: The study as it is stored.
        prepared: What is asked of it.
        store: Holds the study.
        added: The time that is asked for, if it comes on top of what is spent.
    """
    store.identify_task(prepared.task.record)
    spec = wanted(record, prepared.spec, store, added=added)
    is_finished = record.state is StudyState.FINISHED
    has_other_end = spec.fills_time != record.spec.fills_time and not is_finished
    if spec == record.spec and not has_other_end:
        return record
    changed = replace(record.grown(spec), stages=_stages(record, spec, store))
    if spec.budget != record.spec.budget:
        changed = _extended(changed, record.spec.budget, store)
    is_more = is_finished and spec != moved(record.spec, prepared.spec)
    changed = replace(changed, state=StudyState.UNFINISHED if is_more else record.state)
    if changed.chosen != record.chosen:  # another trial may be the best one
        store.change_roles(changed, UNDECIDED)
    else:
        store.change_study(changed)
    return changed


def wanted(
    record: StudyRecord,
    asked: StudySpec,
    store: Store,
    *,
    added: AddedTime | None = None,
) -> StudySpec:
    """What a stored study becomes by what is asked now; its own if that is no more."""
    is_finished = record.state is StudyState.FINISHED
    least = record.spec.seeds if is_finished else _tested_seeds(record, store)
    return replace(
        moved(record.spec, asked),
        seeds=max(asked.seeds, least),
        ensemble=max(asked.ensemble, record.spec.ensemble * is_finished),
        budget=_budget(record, asked.budget, added),
    )


def moved(spec: StudySpec, given: StudySpec) -> StudySpec:
    """What was asked for, at the places that are given now; a name stays."""
    places: dict[str, Any] = {name: getattr(given, name) for name in PLACES}
    places["name"] = given.name or spec.name
    return replace(spec, fills_time=given.fills_time, **places)


def _budget(record: StudyRecord, asked: Budget, added: AddedTime | None) -> Budget:
    """The budget of a stored study and of what is asked now, whichever is larger."""
    if added is not None:
        asked = replace(asked, seconds=added.total(record))
    return record.spec.budget.and_more(asked)


def with_more_trials(record: StudyRecord, trials: int, store: Store) -> StudyRecord:
    """A running study whose search goes on up to so many trials; the store has it too.

    Args:
        record: The study, which asked for no number of trials.
        trials: More than it has.
        store: Holds the study.
    """
    more = replace(
        record,
        stages=(*(record.stages or (record.most_trials,)), trials),
        state=StudyState.UNFINISHED,
        message="",
    )
    store.change_study(more)
    return more


def _stages(record: StudyRecord, spec: StudySpec, store: Store) -> tuple[int, ...]:
    """The stages of a search, without what a time was to fill and counts no more.

    A plan that was begun is carried out.
    """
    is_open = record.spec.fills_time and not spec.fills_time
    if not is_open or not record.stages or TUNERS[spec.tuner].plans:
        return record.stages
    started = [t for t in store.trials(record.id) if t.proposal.parent is None]
    last = max(spec.budget.trials, len(started))
    return (*(stage for stage in record.stages if stage < last), last)


def _extended(record: StudyRecord, before: Budget, store: Store) -> StudyRecord:
    """A study whose search goes on, and what was tested before that."""
    stages = record.stages or (before.trials,)
    if record.spec.budget.trials > stages[-1]:
        stages = (*stages, record.spec.budget.trials)
    tested = record.tested
    if tested is None and store.finals(record.id):
        best = best_trial(store.trials(record.id), record.spec)
        tested = None if best is None else best.number
    return replace(
        record, stages=stages, tested=tested, chosen=None, is_ended_early=False
    )


def _is_tested(record: StudyRecord, best: TrialRecord, store: Store) -> bool:
    """Whether the best trial of an extended search is what was tested before.

    A configuration that was promoted since is the same: its final trainings are.
    """
    if best.number == record.tested:
        return True
    before = tested_trial(record, store.trials(record.id))
    if before is None or record.spec.folds is not None:
        return False
    return before.proposal.hyperparameters == best.proposal.hyperparameters


def settle(
    record: StudyRecord, best: TrialRecord, store: Store, left: float | None
) -> bool:
    """End the extension of a search: tests of what is no longer the best are removed.

    So are those of trainings that lack of time made shorter, if there is more of it
    now. The tests that are removed count among those that looked at the test images.

    Args:
        record: The study.
        best: The best trial of the search.
        store: Holds the study.
        left: Seconds that are left of the budget; None for no limit.

    Returns:
        Whether the best trial is what was tested before.
    """
    is_same = _is_tested(record, best, store)
    replaced = [
        role
        for role in (Role.FINAL, Role.MEMBER, Role.DEFAULT)
        if _has_more_time(store.finals(record.id, role), left)
    ]
    if not is_same:
        replaced += [Role.FINAL, Role.MEMBER]
    store.remove_finals(record.id, set(replaced))
    store.change_study(replace(record, tested=None, state=StudyState.UNFINISHED))
    return is_same


def _has_more_time(finals: Sequence[FinalRecord], left: float | None) -> bool:
    """Whether trainings that time made shorter would have more of it now."""
    shortened = [final.seconds for final in finals if final.is_shortened]
    return bool(shortened) and (left is None or left > max(shortened))


def continued(prepared: PreparedStudy, record: StudyRecord) -> PreparedStudy:
    """A prepared study under the identity and as large as the stored one."""
    grown: dict[str, Any] = {name: getattr(record.spec, name) for name in GROWING}
    spec = replace(prepared.spec, budget=record.spec.budget, **grown)
    if spec.budget == prepared.spec.budget and not record.stages:
        return replace(prepared, spec=spec, id=record.id)
    budget = replace(spec.budget, trials=record.most_trials)
    problem = replace(prepared.problem, budget=budget, stages=record.stages)
    return replace(
        prepared,
        spec=spec,
        id=record.id,
        problem=problem,
        searcher=searchers.create(spec.tuner, problem, spec.schedule),
    )


def timed(record: StudyRecord, name: str) -> int:
    """How much of what may grow shares the time of the budget; the rest came later."""
    now: int = getattr(record.spec, name)
    begun = record.begun.get(name, now)
    assert isinstance(begun, int)
    return min(begun, now)


def _tested_seeds(record: StudyRecord, store: Store) -> int:
    """Number of seeds up to the last that was tested."""
    finals = [
        final
        for role in (Role.FINAL, Role.DEFAULT)
        for final in store.finals(record.id, role)
    ]
    return max((final.seed - record.spec.seed + 1 for final in finals), default=0)
