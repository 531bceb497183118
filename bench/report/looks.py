"""How often a test split was looked at, and what the best of many rows owes to luck."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from bench.records import FinalRecord
from bench.report.optimism import expected_maximum
from bench.report.ranking import WORSE, Row
from bench.report.results import StudyResults
from bench.store import Store


@dataclass(frozen=True, kw_only=True)
class Looks:
    """The tests on one split, those of removed studies included.

    Attributes:
        configurations: Number of configurations that were tested.
        trainings: Number of trainings that were tested, one for each seed.
        contenders: Number of configurations of which each may be the best.
        luck: By how much the best of these is better on the test images and seeds than
            in truth, on average, if all are equally good; None if unknown.
    """

    configurations: int
    trainings: int
    contenders: int = 0
    luck: float | None = None


def looks(
    store: Store, studies: Iterable[StudyResults], rows: Sequence[Row], test_split: str
) -> Looks:
    """Count the tests on a split.

    The luck is that of the expected maximum of normal scores. What all rows have in
    common, such as easy test images, is no luck of the first one, so that the spread
    is that of differences: their variance is twice that of a row's own part.

    Args:
        store: Holds the counts of removed studies.
        studies: All studies that were tested on the split, replaced ones included.
        rows: Rows of the board, judged.
        test_split: Fingerprint of the split.
    """
    known = list(studies)
    tested = [finals for results in known for finals in _tested(results)]
    others = sum(len(list(_tested(r))) for r in known if r.replaced_by)
    removed, removed_trainings = store.removed_tests(test_split)
    errors = [
        row.difference_error
        for row in rows
        if row.difference_error is not None and row.verdict != WORSE
    ]
    contenders = 1 + len(errors) + others + removed
    luck = None
    if errors:
        own = math.sqrt(fmean(error**2 for error in errors) / 2)
        luck = own * expected_maximum(contenders)
    return Looks(
        configurations=len(tested) + removed,
        trainings=sum(map(len, tested)) + removed_trainings,
        contenders=contenders,
        luck=luck,
    )


def _tested(results: StudyResults) -> Iterator[Sequence[FinalRecord]]:
    """Final trainings of each configuration of a study that was tested."""
    members = ((member,) for member in results.members)
    trained = (results.finals, results.default_finals, results.passed_over)
    for finals in (*trained, *members):
        if finals:
            yield finals
