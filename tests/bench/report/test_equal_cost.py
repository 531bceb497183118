"""Searches of a board at equal cost: best validation score by seconds of search."""

from __future__ import annotations

import csv
import io

import pytest

from bench import report
from bench.records import (
    Budget,
    Proposal,
    StudyState,
    TrialRecord,
    TrialResult,
    TrialState,
)
from bench.report.cost_tables import standing_json, steps_csv
from bench.report.equal_cost import courses
from bench.report.plots import board_plots
from bench.report.plots.style import png
from bench.text import json_text

MORNING = 1_700_000_000.0


@pytest.fixture
def add(filler):
    """Add a trial that trains between two times, in seconds after the study's start."""

    def add(study, number, score, start, end, *, lost=0.0, idle=0.0):
        trial = TrialRecord(
            number=number,
            proposal=Proposal(hyperparameters={"units": number}, epochs=5),
            seed=number,
            state=TrialState.RUNNING,
            started=MORNING + start - lost,
        )
        filler.store.start_trial(study.id, trial)
        result = TrialResult(
            metrics={"validation_accuracy": score, "validation_log_loss": 1 - score},
            seconds=end - start,
            epochs=5,
            stage_seconds={"training": end - start, "validation": 0, "idle": idle},
        )
        filler.store.end_trial(study.id, number, result, MORNING + end)

    return add


def only_board(filler):
    (board,) = report.boards(filler.store)
    return board


def steps(filler):
    (course,) = courses(only_board(filler))
    return [(step.seconds, step.trials, step.number) for step in course.steps]


def test_only_new_best_trials_are_steps(filler, add):
    study = filler.study()
    for number, score in enumerate((0.5, 0.4, 0.7, 0.6)):
        add(study, number, score, 10 * number, 10 * number + 10)
    assert steps(filler) == [(10, 1, 0), (30, 3, 2)]


def test_clock_stands_still_between_an_interruption_and_the_continuation(filler, add):
    study = filler.study(state=StudyState.UNFINISHED)
    add(study, 0, 0.5, 0, 10)
    add(study, 1, 0.6, 5000, 5010)
    assert steps(filler) == [(10, 1, 0), (20, 2, 1)]


def test_training_that_an_interruption_lost_does_not_count(filler, add):
    study = filler.study()
    add(study, 0, 0.5, 0, 10)
    add(study, 1, 0.6, 5000, 5010, lost=4990)
    assert steps(filler) == [(10, 1, 0), (20, 2, 1)]


def test_trials_of_parallel_workers_share_their_seconds(filler, add):
    study = filler.study()
    add(study, 0, 0.5, 0, 10)
    add(study, 1, 0.6, 2, 16)
    add(study, 2, 0.7, 12, 18)
    assert steps(filler) == [(10, 1, 0), (16, 2, 1), (18, 3, 2)]


def test_time_in_which_workers_wait_for_a_proposal_counts(filler, add):
    study = filler.study()
    add(study, 0, 0.5, 0, 10)
    add(study, 1, 0.6, 13, 20, idle=3)
    assert steps(filler) == [(10, 1, 0), (20, 2, 1)]


def test_failed_trials_cost_time_and_are_counted(filler):
    study = filler.study()
    filler.trial(study, 0, None)
    filler.trial(study, 1, 0.8)
    assert steps(filler) == [(20, 2, 1)]


def test_candidate_counts_when_all_its_folds_are_over(filler):
    study = filler.study(tuner="sklearn-grid", folds=2)
    for number, score in enumerate((0.8, 0.6)):
        filler.trial(study, number, score, fold=number, hyperparameters={"units": 8})
    (course,) = courses(only_board(filler))
    assert [(step.seconds, step.validation) for step in course.steps] == [(20, 0.7)]


@pytest.fixture
def race(filler, add):
    """A quick search is ahead at first, a long one in the end."""
    quick = filler.study("lenet", budget=Budget(trials=2))
    add(quick, 0, 0.8, 0, 5)
    add(quick, 1, 0.7, 5, 10)
    filler.final(quick, 0, 0.8)
    long = filler.study("vgg", budget=Budget(trials=3))
    add(long, 0, 0.6, 0, 20)
    add(long, 1, 0.75, 20, 40)
    add(long, 2, 0.9, 40, 60)
    filler.final(long, 0, 0.9)
    return only_board(filler)


def stand(board, seconds):
    return [
        (s["family"], s["validation"], s["trials"], s["is_over"])
        for s in standing_json(board, seconds)["searches"]
    ]


def test_searches_stand_as_they_did_after_some_seconds(race):
    assert stand(race, 4) == [("lenet", None, 0, False), ("vgg", None, 0, False)]
    assert stand(race, 45) == [("lenet", 0.8, 2, True), ("vgg", 0.75, 2, False)]
    assert stand(race, 60) == [("vgg", 0.9, 3, True), ("lenet", 0.8, 2, True)]
    assert json_text(standing_json(race, 60.0))


def test_unfinished_search_is_not_over(filler, add):
    add(filler.study(state=StudyState.UNFINISHED), 0, 0.5, 0, 10)
    assert stand(only_board(filler), 99) == [("vgg", 0.5, 1, False)]


def test_steps_are_written_as_csv_and_json(race):
    rows = list(csv.DictReader(io.StringIO(steps_csv([race]))))
    assert [(r["family"], r["seconds"], r["validation"]) for r in rows] == [
        ("lenet", "5.0", "0.8"),
        ("vgg", "20.0", "0.6"),
        ("vgg", "40.0", "0.75"),
        ("vgg", "60.0", "0.9"),
    ]
    (found,) = report.as_json([race])
    assert [s["seconds"] for s in found["searches"]] == [10.0, 60.0]
    assert [len(s["steps"]) for s in found["searches"]] == [1, 3]


def test_report_compares_searches_of_different_budgets_at_equal_cost(race, filler):
    text = report.write(filler.store, plots=False)[0].read_text()
    assert "Budgets differ between rows" in text
    assert "| Family | after 10s | after 30s | Whole search |" in text
    assert "| lenet  |  (0.8000) |  (0.8000) |          10s |" in text
    assert "| vgg    |         – |    0.6000 |           1m |" in text
    assert "validated on different images" not in text


def test_searches_of_equal_budgets_say_nothing_of_budgets(filler):
    filler.complete("vgg")
    filler.complete("lenet")
    text = report.write(filler.store, plots=False)[0].read_text()
    assert "Budgets differ" not in text


def test_other_validation_images_are_said(filler, task):
    filler.complete("vgg")
    filler.complete("lenet", task=task(fingerprint="another division"))
    text = report.write(filler.store, plots=False)[0].read_text()
    assert "validated on different images" in text


def test_plot_shows_a_line_for_each_search(race, filler):
    plot = board_plots(filler.store, race)[2]
    assert plot.name.endswith("-equal-cost.png")
    assert [(line.label, line.seconds, line.end) for line in plot.lines] == [
        ("vgg", (20.0, 40.0, 60.0), 60.0),
        ("lenet", (5.0,), 10.0),
    ]
    assert png(plot, "digest").startswith(b"\x89PNG")


def test_single_search_has_nothing_to_be_compared_with(filler):
    filler.complete()
    names = [plot.name for plot in board_plots(filler.store, only_board(filler))]
    assert not any("equal-cost" in name for name in names)
    assert "equal cost" not in report.write(filler.store, plots=False)[0].read_text()
