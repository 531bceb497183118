"""Selects a study by the words with which people name it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bench import report
from bench.errors import UsageError, shown
from bench.records import Role, StudyRecord
from bench.records.wording import dataset_name, family_name
from bench.store import Store

BEST = "best"
"""Name of the first row of a results folder that has one board."""

_DEFAULT = re.compile(r",\s*default$")


@dataclass(frozen=True, kw_only=True)
class Selected:
    """A row of a leaderboard: a study, and which of its configurations.

    Attributes:
        study: The study.
        role: ``FINAL`` for the best configuration of its search, ``DEFAULT`` for the
            default configuration of the family.
    """

    study: StudyRecord
    role: Role = Role.FINAL

    @property
    def name(self) -> str:
        """How the study is named in messages."""
        spec = self.study.spec
        name = f"{family_name(spec.family)} on {dataset_name(spec.dataset)}"
        return f"{name}, default" if self.role is Role.DEFAULT else name


def select(name: str, store: Store) -> Selected:
    """Find a study.

    Args:
        name: Its id or how the id begins; its family, or ``FAMILY-DATASET``, where one
            study only has it; or ``best``, the first row of the board. ``, default``
            after any of these but ``best`` selects the family's default configuration,
            as the board calls it.
        store: Holds the studies.

    Raises:
        UsageError: No study or several ones have the name.
    """
    if name == BEST:
        return _first(store)
    plain, is_default = _DEFAULT.subn("", name)
    studies = store.studies()
    found = [study for study in studies if study.id.startswith(plain) and plain]
    if not found:
        found = [study for study in studies if plain in _names(study)]
    if len(found) == 1:
        return Selected(study=found[0], role=Role.DEFAULT if is_default else Role.FINAL)
    raise UsageError(
        "a study is named by its id, its family, FAMILY-DATASET or best; "
        f"{shown(name)} is {'several' if found else 'none'} of the studies in "
        f"{shown(str(store.folder))}: {_listing(found or studies)}"
    )


def _names(study: StudyRecord) -> set[str]:
    family, dataset = study.spec.family, dataset_name(study.spec.dataset)
    short = family_name(family)
    return {family, short, f"{family}-{dataset}", f"{short}-{dataset}"}


def _first(store: Store) -> Selected:
    """The first row that was searched, of the only board."""
    boards = [board for board in report.boards(store) if board.rows]
    if len(boards) != 1:
        titles = "; ".join(board.title for board in boards)
        have = f"several: {titles}" if boards else "none"
        raise UsageError(
            "best is the first row of a results folder's only board; "
            f"{shown(str(store.folder))} has {have}: "
            f"name the study, one of {_listing(store.studies())}"
        )
    for row in boards[0].rows:
        study = store.study(row.study) if row.study else None
        if study is not None:
            role = Role.DEFAULT if row.is_default else Role.FINAL
            return Selected(study=study, role=role)
    raise UsageError(
        f"best is the first row that was searched; {boards[0].title} has none yet: "
        "give its search again"
    )


def _listing(studies: Sequence[StudyRecord]) -> str:
    named = [f"{study.id[:8]} ({Selected(study=study).name})" for study in studies]
    return ", ".join(named) or "none yet"
