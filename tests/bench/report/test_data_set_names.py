"""How the data sets of boards are called: by a name, never by a path."""

import csv

import pytest

from bench.report import as_json, boards, overall, studies, write
from bench.report.plots import board_plots


@pytest.mark.parametrize(
    ("dataset", "title"),
    [
        ("digits", "digits"),
        ("folder:/home/someone/set s/Blüten", "Blüten"),
        ("folder:v1.2", "v1.2"),
        ("npz:/data/birds.npz", "birds"),
        ("npy:/data/X.npy,/data/y.npy", "X"),
        ("memory:arrays", "arrays"),
    ],
)
def test_title_of_a_board_is_the_name_of_its_folder_or_file(
    dataset, title, filler, task
):
    filler.complete(task=task(dataset))
    [board] = boards(filler.store)
    assert board.title == title
    for name in (title, dataset):
        assert [each.title for each in boards(filler.store, name)] == [title]


def test_given_name_is_the_title_of_all_rows(filler, task):
    photos = task("folder:/a/photos")
    filler.complete("vgg", task=photos)
    filler.complete("dense", task=photos, name="birds")
    [board] = boards(filler.store)
    assert (board.title, board.task.title, len(board.rows)) == ("birds", "birds", 2)


def test_different_folders_of_one_name_have_boards_that_can_be_told_apart(filler, task):
    for place in "ab":
        for family in ("vgg", "dense"):
            folder = task(f"folder:/{place}/photos", content=place * 16)
            study = filler.complete(family, task=folder)
    first, second = boards(filler.store)
    assert first.title.startswith("photos (")
    assert second.title.startswith("photos (")
    assert first.title != second.title
    assert "/" not in first.title
    [beside] = boards(filler.store, beside=[study.id])
    assert beside.task.dataset == "folder:/b/photos"
    [across] = overall([first, second])
    names = sorted(condition.title for condition in across.conditions)
    assert [name.rpartition(", ")[2] for name in names] == ["a" * 8, "b" * 8]


def test_splits_of_one_folder_at_two_places_are_one_data_set(filler, task):
    for seed, place in enumerate("ab"):
        folder = task(
            f"folder:/{place}/photos",
            fingerprint=place,
            test_fingerprint=place,
            seed=seed,
            content="same",
        )
        filler.complete(task=folder, seed=seed)
    first, second = boards(filler.store)
    assert first.task.data_set == second.task.data_set


def test_tables_and_files_are_named_after_the_title_and_never_after_the_place(
    filler, task
):
    photos = task("folder:/home/someone/photos")
    filler.complete("vgg", task=photos, name="birds")
    filler.complete("dense", task=photos)
    badge = next(p for p in write(filler.store, plots=False) if p.suffix == ".svg")
    for name in ("leaderboard.csv", "equal_cost.csv"):
        with (filler.store.folder / name).open() as file:
            assert {row["dataset"] for row in csv.DictReader(file)} == {"birds"}
    [board] = boards(filler.store)
    [shown] = as_json([board])
    assert {shown["dataset"], *(row["dataset"] for row in shown["rows"])} == {"birds"}
    drawn = [plot.name for plot in board_plots(filler.store, board)]
    assert all("birds-" in name for name in (badge.name, *drawn))
    assert [row["dataset"] for row in studies(filler.store)] == ["birds", "photos"]
