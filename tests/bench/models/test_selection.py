"""Studies are found by the words with which people name them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import UsageError
from bench.models.selection import Selected, select
from bench.records import Role
from bench.store import Store

Choose = Callable[[str], Selected]


def test_study_is_found_by_its_family_its_id_or_how_the_id_begins(
    chosen: Choose,
) -> None:
    found = chosen("linear")
    assert found.study.spec.family == "linear"
    assert found.role is Role.FINAL
    identity = found.study.id
    assert chosen(identity) == chosen(identity[:5]) == found


def test_study_is_found_by_family_and_data_set(chosen: Choose, photos: Path) -> None:
    assert chosen(f"linear-folder-{photos.name}") == chosen("linear")


def test_default_configuration_is_named_as_the_board_names_it(chosen: Choose) -> None:
    assert chosen("linear, default").role is Role.DEFAULT
    assert chosen("linear,default").study == chosen("linear").study


def test_ensemble_is_refused_where_there_is_none_or_it_is_not_taken(
    searched: Path, chosen: Choose
) -> None:
    with pytest.raises(UsageError, match="models of one configuration"):
        chosen("linear, ensemble")
    with (
        Store(searched, read_only=True) as store,
        pytest.raises(UsageError, match=r"linear on .* has none: .*--ensemble N"),
    ):
        select("linear, ensemble", store, with_ensembles=True)


@pytest.mark.parametrize("name", ["vgg", "", "best of all", "zz"])
def test_unknown_name_is_refused_with_the_studies_that_there_are(
    name: str, chosen: Choose
) -> None:
    with pytest.raises(UsageError, match=r"none of the studies .*linear on"):
        chosen(name)


def test_best_is_refused_where_several_boards_have_a_first_row(
    chosen: Choose,
) -> None:
    with pytest.raises(UsageError, match="only board"):
        chosen("best")


def test_best_is_the_first_row_that_was_searched(
    searched: Path, chosen: Choose, tmp_path: Path
) -> None:
    linear = chosen("linear").study
    with Store(searched, read_only=True) as store, Store(tmp_path) as copy:
        copy.add_task(linear.task, store.samples(linear.task.fingerprint))
        copy.add_study(linear)
        for final in store.finals(linear.id):
            copy.end_final(linear.id, final, store.outputs(linear.id, final.seed))
        assert select("best", copy) == chosen("linear")
