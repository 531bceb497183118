"""The time that a command such as ``search vgg dense --time +10m`` adds to studies.

Each of its studies gets it once, however often the command is interrupted and given
again before it has ended for all of them. So what a study may spend in all is kept from
the study's turn to the end of the command.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.files import remove_file, replace_file
from bench.records import SearchRequest, StudyRecord, StudyState, digest
from bench.store import SCRATCH


class AddedTime:
    """What the studies of a command may spend in all.

    Args:
        path: File that keeps it, if the command was interrupted.
        seconds: What the command adds.
    """

    def __init__(self, path: Path, seconds: float) -> None:
        self._path = path
        self._seconds = seconds
        self._totals: dict[str, float | None] = dict(_kept(path))

    def total(self, record: StudyRecord) -> float | None:
        """Seconds that a stored study may spend in all; None for no limit.

        Time is added to a finished study, and the sum is shown, so that it is rounded
        up to seconds. A study that was interrupted goes on with its own time.
        """
        if record.id not in self._totals:
            own = record.spec.budget.seconds
            is_added = record.state is StudyState.FINISHED and own is not None
            more = float(math.ceil(record.seconds + self._seconds))
            self.keep(record.id, more if is_added else own)
        return self._totals[record.id]

    def keep(self, study: str, total: float | None) -> None:
        """Keep what a study may spend, until the command ends for all its studies."""
        self._totals[study] = total
        replace_file(self._path, json.dumps(self._totals).encode())

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


def _kept(path: Path) -> Mapping[str, float | None]:
    try:
        kept: Mapping[str, float | None] = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return kept
