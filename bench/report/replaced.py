"""Studies whose rows gave way to those of the same searches with more epochs.

Learning rates follow a schedule over all epochs, so that more of them train every trial
again, in another study. Its row takes the place of the shorter one's, as that of a
search with more trials does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.records import StudyRecord, StudyState


def replaced(studies: Sequence[StudyRecord]) -> Mapping[str, str]:
    """Identities of studies that have no row, and of those that have theirs.

    A longer study replaces a shorter one once it is finished. The shorter one keeps its
    row if it was begun or extended later.
    """
    known = {study.id: study for study in studies}
    return {
        earlier: later.id
        for later in sorted(studies, key=lambda study: study.spec.budget.epochs)
        if later.state is StudyState.FINISHED
        for earlier in later.replaces
        if earlier in known and _is_more(later, known[earlier])
    }


def _is_more(later: StudyRecord, earlier: StudyRecord) -> bool:
    wanted, before = later.spec, earlier.spec
    return (
        later.created > earlier.created
        and wanted.budget.covers(before.budget)
        and wanted.fills_time >= before.fills_time
        and wanted.seeds >= before.seeds
        and wanted.ensemble >= before.ensemble
    )
