"""Selects a study by the words with which people name it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench import report
from bench.datasets import place_of
from bench.errors import UsageError, shown
from bench.records import Role, StudyRecord
from bench.records.wording import dataset_name, family_name, study_name
from bench.report import Member
from bench.store import Store

BEST = "best"
"""Name of the first row of a results folder that has one board."""

_WHICH = re.compile(r",\s*(default|ensemble)$")


@dataclass(frozen=True, kw_only=True)
class Selected:
    """A row of a leaderboard: a study, and which of its configurations.

    Attributes:
        study: The study.
        role: ``FINAL`` for the best configuration of its search, ``DEFAULT`` for the
            default configuration of the family, ``MEMBER`` for an ensemble.
        members: Of an ensemble, those that have a weight.
    """

    study: StudyRecord
    role: Role = Role.FINAL
    members: tuple[Member, ...] = ()

    @property
    def name(self) -> str:
        """How the study is named in messages."""
        name = study_name(self.study.spec)
        ending = {Role.DEFAULT: ", default", Role.MEMBER: ", ensemble"}
        return name + ending.get(self.role, "")


def placed(selected: Selected, dataset: str | None) -> Selected:
    """A study whose images lie where a user says; None leaves it as it is stored.

    Raises:
        DatasetError: There is no data set.
    """
    if dataset is None:
        return selected
    spec = replace(selected.study.spec, dataset=place_of(dataset))
    return replace(selected, study=replace(selected.study, spec=spec))


def select(name: str, store: Store, *, with_ensembles: bool = False) -> Selected:
    """Find a study.

    Args:
        name: Its id or how the id begins; its family, or ``FAMILY-DATASET``, where one
            study only has it; or ``best``, the first row of the board. ``, default``
            after any of these but ``best`` selects the family's default configuration,
            as the board calls it; ``, ensemble`` the ensemble of its best ones.
        store: Holds the studies.
        with_ensembles: Whether an ensemble may be selected.

    Raises:
        UsageError: No study or several ones have the name, or it has no ensemble.
    """
    if name == BEST:
        return _first(store)
    which = _WHICH.search(name)
    plain = _WHICH.sub("", name)
    studies = store.studies()
    found = [study for study in studies if study.id.startswith(plain) and plain]
    if not found:
        found = [study for study in studies if plain in _names(study)]
    if len(found) == 1:
        if which is None:
            return Selected(study=found[0])
        if which[1] == "default":
            return Selected(study=found[0], role=Role.DEFAULT)
        return _ensemble(found[0], store, is_taken=with_ensembles)
    raise UsageError(
        "a study is named by its id, its family, FAMILY-DATASET or best; "
        f"{shown(name)} is {'several' if found else 'none'} of the studies in "
        f"{shown(str(store.folder))}: {_listing(found or studies)}"
    )


def _ensemble(study: StudyRecord, store: Store, *, is_taken: bool) -> Selected:
    name = Selected(study=study).name
    if not is_taken:
        raise UsageError(
            "this command takes the models of one configuration; an ensemble has "
            f"several: name {study.id[:8]} alone ({name})"
        )
    members = report.ensemble_members(store, study)
    if not members:
        raise UsageError(
            "an ensemble has members that were trained for it; "
            f"{name} has none: search it with --ensemble N"
        )
    used = tuple(member for member in members if member.weight)
    return Selected(study=study, role=Role.MEMBER, members=used)


def _names(study: StudyRecord) -> set[str]:
    family, dataset = study.spec.family, dataset_name(study.spec.dataset)
    short = family_name(family)
    named = {f"{f}-{d}" for f in (family, short) for d in (dataset, study.task.title)}
    return {family, short, *named}


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
