"""What selection and many looks at a test split promise too much."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from bench import report
from bench.records import Role
from bench.report.judged import judged
from bench.report.looks import looks
from bench.report.optimism import expected_maximum, is_notable, with_optimism
from bench.report.ranking import Row, rank
from bench.report.results import StudyResults
from bench.report.tested_images import TestedImages, row_key
from bench.store import Store


def test_expected_maximum_is_that_of_the_tables() -> None:
    """Harter 1961, table 1."""
    tabled = {1: 0.0, 2: 0.56419, 3: 0.84628, 5: 1.16296, 10: 1.53875, 100: 2.50759}
    found = {count: expected_maximum(count) for count in tabled}
    assert found == pytest.approx(tabled, abs=1e-5)


def simulated(random: np.random.Generator, models: int, images: int) -> dict:
    """Three seeds of models that are equally good; images differ in difficulty."""
    hard = random.normal(size=images)
    return {
        f"model {n}": hard
        + random.normal(size=images)
        + 0.1 * random.normal(size=(3, 1))
        + random.normal(size=(3, images))
        > -2
        for n in range(models)
    }


def rows_of(right: dict) -> list[Row]:
    rows = [
        Row(
            dataset="digits",
            family=name,
            study=name,
            metrics={"accuracy": float(each.mean())},
            seeds=len(each),
        )
        for name, each in right.items()
    ]
    known = {row_key(row): right[row.study] for row in rows}
    return judged(rank(rows), TestedImages(scores=known))


def test_luck_of_the_first_row_is_what_simulated_boards_show(filler: Any) -> None:
    random = np.random.default_rng(0)
    truth = stats.norm.cdf(2 / np.sqrt(3 + 0.01))
    excess, predicted = [], []
    for _ in range(300):
        rows = rows_of(simulated(random, 5, 400))
        excess.append(rows[0].score - truth)
        predicted.append(looks(filler.store, [], rows, "test").luck)
    # On few boards a row is called worse, and so no contender.
    error = np.std(excess) / np.sqrt(300)
    assert np.mean(predicted) == pytest.approx(np.mean(excess), abs=3 * error)
    assert np.mean(predicted) > 5 * error


def test_interval_of_optimism_holds_where_nothing_was_selected(
    filler: Any, task: Callable
) -> None:
    random, covered = np.random.default_rng(1), 0
    study = StudyResults(study=filler.study(task=task()), trials=(), finals=())
    for _ in range(300):
        both = simulated(random, 2, 216 + 239)
        tested = rows_of(
            {"one": both["model 0"][:, :216], "other": both["model 1"][:, :216]}
        )
        [row] = [each for each in tested if each.family == "one"]
        seed = random.normal(size=1) * 0.1
        validation = random.normal(size=239) * np.sqrt(3) + seed > -2
        row = with_optimism(
            filler.store,
            [
                Row(
                    **vars(row)
                    | {"validation": validation.mean(), "study": study.study.id}
                )
            ],
            [study],
        )[0]
        covered += not is_notable(row)
    assert 0.92 <= covered / 300 <= 0.99


def test_notable_optimism_stands_in_the_report(filler: Any, task: Callable) -> None:
    study = filler.study(task=task(test=2000, validation=2000))
    filler.trial(study, 0, 0.95)
    for seed in range(3):
        right = np.arange(2000) < 1800 + 4 * seed
        filler.final(study, seed, float(right.mean()), right=right)
    [board] = report.boards(filler.store)
    [row] = board.rows
    assert row.optimism == pytest.approx(0.95 - 0.902)
    assert is_notable(row)
    report.write(filler.store, plots=False)
    text = (filler.store.folder / "leaderboard.md").read_text()
    assert "selected it is better than its test accuracy by 0.0480" in text


@pytest.mark.parametrize("less", [{"image_share": 1 / 3}, {"epochs": 2}], ids=str)
def test_nothing_is_said_of_a_trial_that_trained_for_less_than_the_finals(
    less: dict[str, Any], filler: Any, task: Callable
) -> None:
    study = filler.study(task=task(test=2000, validation=2000))
    filler.trial(study, 0, 0.85, **less)
    for seed in range(3):
        right = np.arange(2000) < 1800 + 4 * seed
        filler.final(study, seed, float(right.mean()), right=right)
    [board] = report.boards(filler.store)
    [row] = board.rows
    assert row.optimism is None
    report.write(filler.store, plots=False)
    assert "selected it is" not in (filler.store.folder / "leaderboard.md").read_text()


def test_looks_at_a_test_split_outlive_their_studies(filler: Any) -> None:
    filler.complete("vgg")
    other = filler.complete("lenet")
    filler.final(other, 0, 0.9, role=Role.DEFAULT)
    for trial in (2, 3):
        filler.final(other, 0, 0.9, role=Role.MEMBER, trial=trial)
    folder = filler.store.folder

    def seen() -> tuple[int, int]:
        with Store(folder, read_only=True) as store:
            [board] = report.boards(store)
        return board.looks.configurations, board.looks.trainings

    assert seen() == (5, 9)
    filler.store.remove_study(other.id)
    assert seen() == (5, 9)
    filler.store.remove_study(filler.complete("lenet").id)
    assert seen() == (6, 12)
