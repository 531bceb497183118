"""Families across data sets."""

import pytest

from bench.report import boards, overall


@pytest.fixture
def two_boards(filler, task):
    """Digits with vgg, lenet and dense, of which two tie; MNIST with vgg and lenet."""
    filler.complete("vgg", (0.99, 0.97))
    filler.complete("lenet", (0.9, 0.9))
    filler.complete("dense", (0.90001, 0.90001))
    filler.references()
    filler.complete("lenet", (0.98, 0.98), task=task("mnist"))
    filler.complete("vgg", (0.95, 0.95), task=task("mnist"))
    return boards(filler.store)


def test_ranks_are_averaged_over_boards_and_ties_share_theirs(two_boards):
    [across] = overall(two_boards)
    assert [(s.name, s.mean_rank, s.boards) for s in across.standings] == [
        ("vgg, hyperband", 1.5, 2),
        ("lenet, hyperband", 1.75, 2),
        ("dense, hyperband", 2.5, 1),
    ]


def test_scores_are_means_on_each_board_and_missing_elsewhere(two_boards):
    [across] = overall(two_boards)
    scores = {standing.name: standing.scores for standing in across.standings}
    assert scores["vgg, hyperband"] == pytest.approx((0.98, 0.95))
    assert scores["dense, hyperband"] == (pytest.approx(0.90001), None)


def test_single_board_has_no_table_across_boards(filler):
    filler.complete()
    assert overall(boards(filler.store)) == []
