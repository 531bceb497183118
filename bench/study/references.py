"""Scores of the references that a study's models are compared with."""

from __future__ import annotations

import time

from bench.records import CLASSIFICATION, GENERATION, StudyRecord
from bench.store import CACHE
from bench.study.context import RunContext
from bench.study.prepare import PreparedStudy
from bench.training.evaluators.fid_network import with_features
from bench.training.time_limit import CutShortError, time_limit

REFERENCE_SECONDS = 3.0
"""Seconds from which a reference is forecast rather than scored."""


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


def reference_seconds(prepared: PreparedStudy) -> float:
    """Seconds of the references of a board that has none.

    Those that take little are scored; of the others a part is timed.
    """
    config = prepared.evaluator_config
    if config.task_type.kind == GENERATION:  # they need the network of a study
        return 0.0
    seconds = 0.0
    for score in config.evaluator(prepared.task).references({}).values():
        began = time.perf_counter()
        forecast = None
        try:
            with time_limit(time.monotonic() + REFERENCE_SECONDS):
                score()
        except CutShortError as error:
            forecast = error.seconds
        seconds += forecast or time.perf_counter() - began
    return seconds
