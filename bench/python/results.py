"""What a results folder holds: its studies and its leaderboard; and the families."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench.errors import UsageError
from bench.mirror import known_folder
from bench.python.study import Study
from bench.records import StudyRecord
from bench.records.wording import family_name
from bench.store import Store

if TYPE_CHECKING:
    import pandas as pd


class Studies(Mapping[str, Study]):
    """Studies by name, such as ``vgg-digits``, oldest first.

    Where two would have one name, the beginning of the study's identity follows it. A
    study is also found by any other name that the commands take, such as ``best``.

    Args:
        results: Folder of the store.
        ids: Identities of the studies; None for all in the store.
    """

    def __init__(self, results: str | Path, ids: Sequence[str] | None = None) -> None:
        self._results = known_folder(results).absolute()
        with Store(self._results, read_only=True) as store:
            records = store.studies()
        wanted = [r for r in records if ids is None or r.id in ids]
        self._ids = dict(zip(_names(wanted), (r.id for r in wanted), strict=True))

    def __getitem__(self, name: str) -> Study:
        """The study of a name.

        Raises:
            UsageError: No study or several have the name; it is a KeyError too.
        """
        return Study(self._results, self._id(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, name: object) -> bool:
        return name in self._ids

    def __repr__(self) -> str:
        return f"<{len(self)} studies in {self._results}: {', '.join(self)}>"

    def _repr_html_(self) -> str:
        """The boards of these studies, for a notebook."""
        from bench import report

        with Store(self._results, read_only=True) as store:
            boards = report.with_repeats(store, report.boards(store))
            shown = [
                report.board_html(board, set(self._ids.values()))
                for board in report.without_single_repeats(boards)
                if any(r.study.id in self._ids.values() for r in board.results)
            ]
        return "".join(shown) or html.escape(repr(self))

    def leaderboard(self) -> pd.DataFrame:
        """The boards that these studies are on; see ``bench.leaderboard``."""
        from bench.python.frames import leaderboard

        return leaderboard(self._results, studies=set(self._ids.values()))

    def _id(self, name: str) -> str:
        if name in self._ids:
            return self._ids[name]
        from bench.models.selection import select

        with Store(self._results, read_only=True) as store:
            try:
                return select(str(name), store).study.id
            except UsageError as error:
                raise NoStudyError(str(error)) from None


class NoStudyError(UsageError, KeyError):
    """No study has that name; a ``KeyError`` too, as mappings have it."""

    __str__ = Exception.__str__


def load(results: str | Path = "results") -> Studies:
    """The studies of a results folder, such as ``load("results")["vgg-digits"]``.

    Raises:
        StoreError: There is no store in the folder, or it can't be read.
    """
    return Studies(results)


def leaderboard(
    results: str | Path = "results", *, dataset: str | None = None
) -> pd.DataFrame:
    """The leaderboard of a results folder, one row for each rank and data set.

    Its columns are those of ``leaderboard.csv``, without the empty ones.

    Args:
        results: Folder of the store.
        dataset: Data set whose boards are wanted; None for all.

    Raises:
        BenchError: There is no store in the folder, or no study on the data set.
    """
    from bench.python.frames import leaderboard as frame

    return frame(known_folder(results), dataset=dataset)


def families() -> pd.DataFrame:
    """The model families: their names, task types and descriptions."""
    import pandas as pd

    from search_spaces import FAMILIES

    rows = [
        {"family": name, "task": entry.task_type, "description": entry.description}
        for name, entry in FAMILIES.items()
    ]
    return pd.DataFrame(rows).set_index("family")


def _names(records: Sequence[StudyRecord]) -> list[str]:
    """A name for each study, all different."""
    plain = [f"{family_name(r.spec.family)}-{r.task.title}" for r in records]
    count = Counter(plain)
    return [
        name if count[name] == 1 else f"{name}-{record.id[:8]}"
        for name, record in zip(plain, records, strict=True)
    ]
