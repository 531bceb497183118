"""Boards of repeated studies, which differ in their seed only."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bench import report
from bench.records import Origin, Role
from bench.report.ranking import OPEN, WORSE
from bench.report.resampling import DifferentTests
from bench.report.tested_images import row_key

SEEDS = (0, 1, 2, 3)
VGG = (0.95, 0.97, 0.96, 0.98)
LENET = (0.85, 0.88, 0.86, 0.89)


@pytest.fixture
def repeat(filler: Any, task: Callable[..., Any]) -> Callable[..., None]:
    """Adds the repeats of a family, each with a test split of its own."""

    def repeat(
        family: str, scores: tuple[float, ...], test: str = "test of {}", **spec: object
    ) -> None:
        for seed, score in enumerate(scores):
            split = task(
                fingerprint=f"all of {seed}",
                test_fingerprint=test.format(seed),
                seed=seed,
            )
            accuracies = (score - 0.01, score + 0.01)
            filler.complete(family, accuracies, task=split, seed=seed, **spec)
            filler.references(split)

    return repeat


def boards(filler: Any) -> list[report.Board]:
    return report.with_repeats(filler.store, report.boards(filler.store))


def test_searches_that_began_with_other_portfolios_are_no_repeats(
    filler: Any, task: Callable[..., Any]
) -> None:
    for seed, digest in enumerate(("one", "one", "another")):
        filler.complete(
            "vgg",
            task=task(fingerprint=f"all of {seed}", seed=seed),
            seed=seed,
            portfolio=f"{seed}.json",
            portfolio_digest=digest,
        )
    board, *_ = boards(filler)
    assert [len(row.repeats) for row in board.rows] == [2]


def test_repeats_of_families_share_a_board_and_are_paired(
    filler: Any, repeat: Callable
) -> None:
    repeat("vgg", VGG)
    repeat("lenet", LENET, seeds=2)  # another number of seeds
    board, *single = boards(filler)
    assert board.title == "digits, 4 repeated splits"
    assert [each.repeats for each in single] == [0] * 4
    first, _, other, prior = board.rows
    assert (first.family, other.family) == ("vgg", "lenet")
    assert first.repeats == pytest.approx(VGG)
    assert first.score == pytest.approx(np.mean(VGG))
    assert (first.seeds, first.trials_finished) == (8, 12)
    evidence = DifferentTests({"vgg": VGG, "lenet": LENET}, 216 / (1342 + 239))
    interval = evidence.interval("vgg")
    assert (first.low, first.high) == pytest.approx((interval.low, interval.high))
    assert first.optimism == pytest.approx(0.95 - np.mean(VGG))
    spread = (first.optimism_high or 0) - (first.optimism_low or 0)
    assert spread == pytest.approx(interval.high - interval.low)
    # Six pairs, of which only the prior is as clear.
    p = evidence.difference("vgg", "lenet").p_value
    assert p <= (other.p_value or 0.0) <= 6 * p
    assert other.verdict == prior.verdict == WORSE


def test_rows_are_better_than_rows_of_their_own_board_alone(
    filler: Any, repeat: Callable, task: Callable
) -> None:
    repeat("vgg", VGG)
    repeat("lenet", LENET)
    single = task(fingerprint="all of 0", test_fingerprint="test of 0", seed=0)
    filler.complete("dense", (0.5, 0.52), task=single, seed=0)  # is not repeated
    board, *_ = boards(filler)
    keys = {row_key(row) for row in board.rows}
    first = board.rows[0]
    assert first.family == "vgg"
    assert first.better_than
    assert set(first.better_than) < keys
    assert list(report.write(filler.store, plots=False))


def test_searches_of_repeats_are_listed_once_at_equal_cost(
    filler: Any, repeat: Callable
) -> None:
    repeat("vgg", VGG)
    board, *single = boards(filler)
    assert report.courses(board) == []
    assert all(len(report.courses(each)) == 1 for each in single)


def test_ensembles_of_a_single_repeat_are_no_rows_of_all(
    filler: Any, repeat: Callable
) -> None:
    repeat("vgg", VGG)
    single = [
        replace(board, ensembles=board.rows[:1])
        for board in report.boards(filler.store)
    ]
    board, *_ = report.with_repeats(filler.store, single)
    assert board.all_rows == list(board.rows)


def test_few_unlike_repeats_say_little(filler: Any, repeat: Callable) -> None:
    repeat("vgg", (0.95, 0.97))
    repeat("lenet", (0.93, 0.88))
    rows = {row.family: row for row in boards(filler)[0].rows}
    assert rows["lenet"].verdict == OPEN


def test_studies_that_differ_in_more_than_the_seed_are_no_repeats(
    filler: Any, repeat: Callable, task: Callable
) -> None:
    filler.complete("vgg", (0.95,))
    for changed in ({"tuner": "random"}, {"fixed": (("width", 8),)}):
        split = task(test_fingerprint="other", fingerprint="other", seed=1)
        filler.complete("vgg", (0.95,), task=split, seed=1, **changed)
    assert not any(board.repeats for board in boards(filler))


def test_families_with_other_seeds_have_a_board_of_their_own(
    filler: Any, repeat: Callable
) -> None:
    repeat("vgg", VGG)
    repeat("lenet", LENET[:2])
    titles = [board.title for board in boards(filler) if board.repeats]
    assert titles == ["digits, 4 repeated splits", "digits, 2 repeated splits"]


def test_repeats_on_one_test_split_cover_its_images(
    filler: Any, task: Callable
) -> None:
    random = np.random.default_rng(0)
    hard = random.random(216)
    for family, skill in (("vgg", 0.9), ("lenet", 0.5)):
        for seed in SEEDS:
            study = filler.study(
                family, task=task(fingerprint=f"all of {seed}", seed=seed), seed=seed
            )
            filler.trial(study, 0, 0.9)
            right = hard + 0.1 * random.random((1, 216)) < skill
            filler.final(study, seed, float(right.mean()), right=right[0])
    board = boards(filler)[0]
    assert board.title == "digits, 4 repeated searches"
    first, other = board.rows
    assert first.interval_over == "searches, seeds and test images"
    # The repeats hardly differ; the 216 images say less.
    assert (first.high or 0) - (first.low or 0) > 0.04
    assert max(first.repeats) - min(first.repeats) < 0.04
    assert other.verdict == WORSE


def test_default_configuration_that_was_best_in_a_repeat_has_its_scores(
    filler: Any, task: Callable
) -> None:
    """It is trained once then, and has no row of its own on that repeat's board."""
    for seed in SEEDS:
        split = task(
            fingerprint=f"all of {seed}", test_fingerprint=f"test {seed}", seed=seed
        )
        study = filler.study("vgg", task=split, seed=seed)
        filler.trial(study, 0, 0.9, origin=Origin.DEFAULT)
        filler.final(study, seed, 0.9)
        if seed > 0:
            filler.trial(study, 1, 0.95)
            filler.final(study, seed, 0.8, role=Role.DEFAULT)
    board = boards(filler)[0]
    searched, default = board.rows
    assert searched.repeats == pytest.approx((0.9, 0.9, 0.9, 0.9))
    assert default.name == "vgg, default"
    assert default.repeats == pytest.approx((0.9, 0.8, 0.8, 0.8))


def test_files_hold_a_row_for_all_repeats_and_their_scores(
    filler: Any, repeat: Callable
) -> None:
    repeat("vgg", VGG)
    report.write(filler.store, plots=False)
    folder = filler.store.folder
    text = (folder / "leaderboard.md").read_text()
    assert "## digits, 4 repeated splits" in text
    assert "splits, searches and seeds" in text
    assert "- vgg: 0.9500, 0.9700, 0.9600, 0.9800" in text
    rows = [*csv.DictReader((folder / "leaderboard.csv").read_text().splitlines())]
    repeated = [row for row in rows if row["repeats"] and row["family"] == "vgg"]
    assert [row["repeats"] for row in repeated] == ["4"]
    assert repeated[0]["test_split"] == ""
    assert "0.97" in repeated[0]["repeat_scores"]
    shown = report.as_json(boards(filler))
    assert [board["repeats"] for board in shown] == [4, 0, 0, 0, 0]


def test_boards_of_single_repeats_need_not_be_shown(
    filler: Any, repeat: Callable, task: Callable
) -> None:
    repeat("vgg", VGG)
    filler.complete("lenet", task=task(fingerprint="x", test_fingerprint="test of 1"))
    shown = report.without_single_repeats(boards(filler))
    assert [board.repeats for board in shown] == [4, 0]
    assert shown[1].task.test_fingerprint == "test of 1"
