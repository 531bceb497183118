"""Rows that gave way to those of the same searches with more epochs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bench.records import Budget, StudyRecord, StudyState
from bench.report import boards, courses, studies


def searched(filler: Any, epochs: int, *replaces: StudyRecord, **asked: Any) -> Any:
    """A finished study that began when others with fewer epochs were stored."""
    budget = Budget(epochs=epochs, trials=asked.pop("trials", 20))
    study = filler.complete("vgg", budget=budget, **asked)
    changed = replace(study, replaces=tuple(each.id for each in replaces))
    filler.store.change_study(changed)
    return changed


def rows(filler: Any) -> list[str]:
    """Identities of the studies that have a row."""
    return [row.study for board in boards(filler.store) for row in board.rows]


def test_longer_study_takes_the_row_of_the_shorter_one_which_stays_in_the_store(
    filler: Any,
) -> None:
    short = searched(filler, 20)
    looked = boards(filler.store)[0].looks
    longer = searched(filler, 50, short)
    longest = searched(filler, 99, short, longer)
    assert rows(filler) == [longest.id]
    (board,) = boards(filler.store)
    assert [course.results.study.id for course in courses(board)] == [longest.id]
    listed = {row["study"]: row["replaced_by"] for row in studies(filler.store)}
    by = longest.id[:8]
    assert listed == {short.id[:8]: by, longer.id[:8]: by, by: None}
    assert looked is not None
    assert board.looks is not None  # the images were looked at all the same
    assert board.looks.trainings == 3 * looked.trainings


@pytest.mark.parametrize("state", [StudyState.UNFINISHED, StudyState.FAILED])
def test_row_stays_until_the_longer_study_is_finished(
    filler: Any, state: StudyState
) -> None:
    short = searched(filler, 20)
    longer = searched(filler, 50, short)
    filler.store.set_study_state(longer.id, state)
    assert set(rows(filler)) == {short.id, longer.id}


def test_more_trials_or_seeds_or_a_later_begin_keep_the_row_of_a_shorter_study(
    filler: Any,
) -> None:
    kept = [searched(filler, 20, trials=60), searched(filler, 20, seeds=9)]
    longer = searched(filler, 50)
    kept.append(searched(filler, 10))
    ids = tuple(study.id for study in kept)
    filler.store.change_study(replace(longer, replaces=ids))
    assert set(rows(filler)) == {longer.id, *ids}
