"""Scores of the references that a study's models are compared with."""

from __future__ import annotations

from bench.records import CLASSIFICATION, StudyRecord
from bench.store import CACHE
from bench.study.context import RunContext
from bench.training.evaluators.fid_network import with_features
from bench.training.time_limit import CutShortError, time_limit


def score(context: RunContext, record: StudyRecord) -> None:
    """Score the references that the store lacks, as long as there is time.

    Args:
        context: Of the study.
        record: Of the study.
    """
    prepared, store = context.prepared, context.store
    config = with_features(
        prepared.evaluator_config, store.folder / CACHE, prepared.task.record
    )
    is_classified = record.spec.task_type.kind == CLASSIFICATION
    known = {
        row.name: row
        for row in store.references(record.test)
        if not is_classified  # one without predictions is scored again
        or store.reference_output(record.test, row.name, "labels") is not None
    }
    if not known:
        context.progress.prepares("scoring the references, which need no search")
    left_out = []
    with time_limit(context.time_budget.reference_deadline):
        for name, score in config.evaluator(prepared.task).references(known).items():
            try:
                row = score()
            except CutShortError:
                left_out.append(name)
                continue
            if row is not None:
                store.add_reference(record.test, row)
    if left_out:
        context.progress.remarks(
            f"time is up before the references {', '.join(left_out)}: another search "
            "of this data set scores them, if it has more time"
        )
