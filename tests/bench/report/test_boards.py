"""Boards and their rows."""

import pytest

from bench.errors import UsageError
from bench.records import Budget, StudyState
from bench.report import boards


def only_board(store):
    (board,) = boards(store)
    return board


def test_row_summarizes_its_study(filler):
    filler.complete(budget=Budget(trials=4, epochs=20, seconds=600))
    (row,) = only_board(filler.store).rows
    assert row.score == pytest.approx(0.98)
    assert row.low < 0.97 < 0.99 < row.high
    assert row.metrics["log_loss"] == pytest.approx(0.07)
    assert row.validation == 0.95
    assert row.hyperparameters["filters"] == 18
    assert (row.trials_finished, row.trials_failed, row.seeds) == (3, 1, 3)
    assert row.search_core_seconds == 3 * 20 + 5
    assert (row.parameters, row.train_seconds) == (123_456, 6.5)
    assert (row.latency_ms_1, row.latency_ms_64) == (1.25, 0.0625)
    assert row.budget == "4 trials × 20 epochs, 10m"


@pytest.mark.parametrize(
    ("budget", "text"),
    [
        (Budget(), "20 trials × 50 epochs"),
        (Budget(trials=1, epochs=1, seconds=90), "1 trial × 1 epoch, 1m30s"),
        (Budget(seconds=7200), "20 trials × 50 epochs, 2h"),
        (Budget(seconds=0.5), "20 trials × 50 epochs, 0.5s"),
    ],
)
def test_row_shows_its_budget(filler, budget, text):
    filler.complete(budget=budget)
    assert only_board(filler.store).rows[0].budget == text


def test_references_share_the_board_of_their_test_split(filler, task):
    filler.complete()
    filler.references()
    filler.references(task("mnist"))
    rows = only_board(filler.store).rows
    assert [(row.rank, row.family) for row in rows] == [
        (1, "vgg"),
        (2, "logistic_regression"),
        (3, "prior"),
    ]


def test_models_tested_on_other_images_are_not_ranked_together(filler, task):
    larger = task(
        fingerprint="f2", test_fingerprint="t2", image_shape=(16, 16, 1), seed=7
    )
    filler.complete("vgg")
    filler.complete("lenet", task=larger)
    filler.complete("dense", task=task("mnist"))
    small, large, mnist = boards(filler.store)
    assert [[row.family for row in board.rows] for board in (small, large, mnist)] == [
        ["vgg"],
        ["lenet"],
        ["dense"],
    ]
    assert "8×8×1, seed 0" in small.title
    assert "16×16×1, seed 7" in large.title
    assert mnist.title == "mnist"


def test_studies_share_a_board_if_only_their_training_images_differ(filler, task):
    filler.complete("vgg")
    filler.complete("lenet", task=task(fingerprint="f2", train=1000, validation=581))
    assert len(only_board(filler.store).rows) == 2


def test_study_without_finals_is_unfinished_and_has_no_row(filler):
    study = filler.study(state=StudyState.UNFINISHED)
    filler.trial(study, 0, 0.9)
    board = only_board(filler.store)
    assert board.rows == ()
    assert [results.study.id for results in board.unfinished] == [study.id]


def test_study_with_some_finals_is_ranked_with_a_note(filler):
    filler.complete(accuracies=[0.9, 0.92], state=StudyState.UNFINISHED)
    board = only_board(filler.store)
    assert board.rows[0].note == "2 of 3 seeds so far"
    assert len(board.unfinished) == 1


def test_finished_study_says_that_time_was_up_before_some_seeds(filler):
    filler.complete(accuracies=[0.9, 0.92])
    board = only_board(filler.store)
    note = "2 of 3 seeds, time was up before the others"
    assert board.rows[0].note == note
    assert not board.unfinished


def test_finished_study_is_not_unfinished(filler):
    filler.complete()
    assert only_board(filler.store).unfinished == []


def test_log_loss_that_is_not_a_number_is_unknown(filler):
    study = filler.complete(accuracies=[0.9, 0.92])
    metrics = {"test_accuracy": 0.91, "test_log_loss": float("nan")}
    filler.final(study, 2, 0.91, metrics=metrics)
    assert only_board(filler.store).rows[0].metrics["log_loss"] is None


def test_boards_can_be_limited_to_a_data_set(filler, task):
    filler.complete()
    filler.complete(task=task("mnist"))
    [board] = boards(filler.store, dataset="mnist")
    assert board.task.dataset == "mnist"


def test_refusal_of_an_unknown_data_set_lists_the_known_ones(filler, task):
    filler.complete()
    filler.complete(task=task("mnist"))
    with pytest.raises(UsageError, match=r"did you mean 'digits'.*digits, mnist"):
        boards(filler.store, dataset="digit")


def test_empty_store_has_no_boards(filler):
    assert boards(filler.store) == []
    with pytest.raises(UsageError, match="no study yet"):
        boards(filler.store, dataset="digits")
