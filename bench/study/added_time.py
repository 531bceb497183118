"""The time that a command such as ``search vgg dense --time +10m`` adds to studies.

Each of its studies gets it once, however often the command is interrupted and given
again before it has ended for all of them. So what a study may spend in all is kept from
the study's turn to the end of the command.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.files import remove_file, replace_file
from bench.records import SearchRequest, StudyRecord, StudyState, digest
from bench.store import SCRATCH


class _Kept(NamedTuple):
    """What a study may spend.

    Attributes:
        created: When the study began.
        before: Seconds that it could spend before; None for no limit.
        total: Seconds that it may spend in all; None for no limit.
    """

    created: float
    before: float | None
    total: float | None

    def is_of(self, record: StudyRecord) -> bool:
        """Whether no other command began the study anew or changed its time since."""
        is_same = record.spec.budget.seconds in (self.before, self.total)
        return record.created == self.created and is_same


class AddedTime:
    """What the studies of a command may spend in all.

    Args:
        path: File that keeps it, if the command was interrupted.
        seconds: What the command adds.
    """

    def __init__(self, path: Path, seconds: float) -> None:
        self._path = path
        self._seconds = seconds
        self._kept = _read(path)

    def total(self, record: StudyRecord) -> float | None:
        """Seconds that a stored study may spend in all; None for no limit.

        Time is added to a finished study, and the sum is shown, so that it is rounded
        up to seconds. A study that was interrupted goes on with its own time.
        """
        kept = self._kept.get(record.id)
        if kept is not None and kept.is_of(record):
            return kept.total
        own = record.spec.budget.seconds
        is_added = record.state is StudyState.FINISHED and own is not None
        more = float(math.ceil(record.seconds + self._seconds))
        total = more if is_added else own
        self.keep(record, total)
        return total

    def keep(self, record: StudyRecord, total: float | None) -> None:
        """Keep what a study may spend, until the command ends for all its studies."""
        own = record.spec.budget.seconds
        self._kept[record.id] = _Kept(record.created, own, total)
        replace_file(self._path, json.dumps(self._kept).encode())

    def without_more(self, record: StudyRecord) -> str:
        """Why a study is finished all the same."""
        if record.spec.budget.seconds is None:
            return (
                f"{record.spec.family} has not ended for lack of time, so more of it "
                "changes nothing: raise --trials"
            )
        return (
            f"{record.spec.family} had its time before this command was interrupted, "
            "and gets no more now"
        )

    def end(self) -> None:
        """Forget everything, so that the same command adds time again."""
        remove_file(self._path)


@contextmanager
def added_by(request: SearchRequest) -> Iterator[AddedTime | None]:
    """The time that a request adds; None if it adds none.

    It is forgotten when the block ends without an error.
    """
    seconds = request.specs[0].budget.seconds
    if not request.adds_time or seconds is None:
        yield None
        return
    asked = (each.to_json() for each in request.specs)
    name = digest(str(request.variants), str(request.repeats), *asked)
    path = request.results / SCRATCH / f"added-time-{name}.json"
    added = AddedTime(path, seconds)
    yield added
    added.end()


def _read(path: Path) -> dict[str, _Kept]:
    try:
        kept = json.loads(path.read_bytes())
        return {study: _Kept(*content) for study, content in kept.items()}
    except (OSError, ValueError, TypeError):  # none, or of an older version
        return {}
