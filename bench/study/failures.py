"""What is said of the trials that failed, when a search ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from bench.errors import StudyError, command, nothing_works, shortened
from bench.records import TrialRecord
from bench.records.wording import counted

SHOWN = 3
"""Number of different errors that are said."""

WIDTH = 120
"""Characters of an error that is said."""


def summary(trials: Iterable[TrialRecord], study: str) -> str:
    """How many trials failed and why, the most frequent errors first.

    Those that time was too short for are no failures of the family.

    Args:
        trials: All trials of a search.
        study: Id of the study, whose listing has the rest.

    Returns:
        One line; empty if none failed.
    """
    results = [trial.result for trial in trials if trial.result is not None]
    errors = [result.error or "" for result in results if result.is_failure]
    if not errors:
        return ""
    counts = Counter(shortened(error.partition("\n")[0], WIDTH) for error in errors)
    said = [
        error if count == 1 else f"{error} ({count} times)"
        for error, count in counts.most_common(SHOWN)
    ]
    more = len(counts) - len(said)
    rest = [f"and {counted(more, 'other error')}"] if more > 0 else []
    return (
        f"{len(errors)} of {counted(len(results), 'trial')} failed: "
        f"{'; '.join([*said, *rest])} ({command(f'show {study[:8]}')})"
    )


def all_failed(ended: Sequence[TrialRecord], count: int, family: str) -> StudyError:
    """The error of a search of which nothing works.

    Args:
        ended: Failed trials, the last of which says why.
        count: Number of trials that failed.
        family: Of the study.
    """
    result = ended[-1].result if ended else None
    error = None if result is None else result.error
    return nothing_works(f"the first {count}", error, family)
