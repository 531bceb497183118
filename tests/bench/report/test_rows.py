"""Rows of default configurations, of seeds that diverged and of proposals."""

from typing import Any

import pytest

from bench.records import Budget, Origin, Role
from bench.report.board import boards
from bench.report.columns import to_csv
from bench.report.markdown import to_markdown
from bench.report.one_study import sections
from bench.report.ranking import Row
from tests.bench.report.conftest import Filler


def rows_of(filler: Filler) -> dict[str, Row]:
    (board,) = boards(filler.store)
    return {row.name: row for row in board.rows}


def test_default_configuration_has_a_row_beside_the_tuned_one(filler: Filler) -> None:
    study = filler.complete("vgg")
    for seed, accuracy in enumerate((0.90, 0.91, 0.92)):
        filler.final(study, seed, accuracy, role=Role.DEFAULT)
    rows = rows_of(filler)
    assert rows["vgg"].score == pytest.approx(0.98)
    default = rows["vgg, default"]
    assert default.score == pytest.approx(0.91)
    assert default.is_default
    assert default.seeds == 3
    assert default.train_seconds == 6.5
    assert default.trials_finished is None
    assert default.low is not None
    text = to_markdown(boards(filler.store), [], [[]])
    assert "| vgg, default " in text
    assert "vgg, default: not searched" in text
    assert ",True," in to_csv(boards(filler.store))


def test_default_configuration_has_no_row_by_one_of_several_seeds(
    filler: Filler,
) -> None:
    study = filler.complete("vgg")
    filler.final(study, 0, 0.99, role=Role.DEFAULT)
    assert rows_of(filler).keys() == {"vgg"}
    filler.final(study, 1, 0.99, role=Role.DEFAULT)
    assert rows_of(filler).keys() == {"vgg", "vgg, default"}


def test_studies_that_trained_the_same_default_share_its_row(filler: Filler) -> None:
    searches: tuple[dict[str, Any], ...] = (
        {"tuner": "random", "budget": Budget(trials=4)},
        {"tuner": "bayesian", "budget": Budget(trials=20)},
        {"tuner": "random", "portfolio": "none"},
    )
    for search in searches:
        study = filler.complete("vgg", **search)
        for seed in range(3):
            filler.final(study, seed, 0.9, role=Role.DEFAULT)
    longer = filler.complete("vgg", tuner="random", budget=Budget(epochs=99))
    for seed in range(2):
        filler.final(longer, seed, 0.95, role=Role.DEFAULT)
    (board,) = boards(filler.store)
    assert [row.score for row in board.rows if row.is_default] == [0.95, 0.9]


def test_description_of_a_default_row_has_its_own_configuration(
    filler: Filler,
) -> None:
    study = filler.study("vgg")
    filler.trial(study, 0, 0.9, origin=Origin.DEFAULT, hyperparameters={"filters": 32})
    filler.trial(study, 1, 0.95, hyperparameters={"filters": 64})
    for role, title, filters in (
        (Role.DEFAULT, "Default configuration", 32),
        (Role.FINAL, "Best configuration", 64),
    ):
        filler.final(study, 0, 0.9, role=role)
        described = {s.title: s.facts for s in sections(filler.store, study, role)}
        assert described[title]["filters"] == filters


def test_description_of_a_default_row_is_of_all_folds(filler: Filler) -> None:
    study = filler.study("vgg", tuner="sklearn-grid", folds=2)
    for number, accuracy in enumerate((0.9, 0.8)):
        filler.trial(
            study,
            number,
            accuracy,
            fold=number,
            origin=Origin.DEFAULT,
            hyperparameters={"filters": 32},
        )
    described = sections(filler.store, study, Role.DEFAULT)
    facts = {s.title: s.facts for s in described}["Default configuration"]
    assert facts["(validation accuracy)"] == pytest.approx(0.85, abs=1e-4)


def test_search_that_ends_with_the_default_says_so(filler: Filler) -> None:
    study = filler.study("vgg")
    filler.trial(study, 0, 0.9, origin=Origin.DEFAULT)
    filler.trial(study, 1, 0.8, origin=Origin.RANDOM)
    filler.final(study, 0, 0.9)
    assert "nothing better than the default" in rows_of(filler)["vgg"].note


def test_diverged_seed_counts_and_is_named(filler: Filler) -> None:
    study = filler.study("vgg")
    filler.trial(study, 0, 0.9)
    for seed in (0, 2):
        filler.final(study, seed, 0.9, seconds=6.0)
    filler.final(
        study,
        1,
        0.1,
        error="loss is nan at epoch 1",
        parameters=0,
        seconds=0.5,
        latency_ms_1=0.0,
        latency_ms_64=0.0,
        epochs=0,
    )
    row = rows_of(filler)["vgg"]
    assert row.score == pytest.approx(1.9 / 3)
    assert "2 of 3 seeds, 1 diverged" in row.note
    assert row.parameters == 123_456
    assert row.train_seconds == 6.0
    assert row.latency_ms_1 == 1.25


def test_family_of_which_every_seed_diverged_still_has_a_row(filler: Filler) -> None:
    study = filler.study("vgg", seeds=1)
    filler.trial(study, 0, 0.9)
    filler.final(study, 0, 0.1, error="loss is nan at epoch 1", epochs=0)
    row = rows_of(filler)["vgg"]
    assert row.score == 0.1
    assert row.parameters is None
    assert "0 of 1 seeds, 1 diverged" in row.note


def test_note_of_final_trainings_is_shown_once(filler: Filler) -> None:
    study = filler.complete("vgg", accuracies=())
    for seed in range(3):
        filler.final(study, seed, 0.9, note="log loss of the softmax")
    assert rows_of(filler)["vgg"].note == "log loss of the softmax"


def test_row_counts_the_proposals_of_a_model(filler: Filler) -> None:
    study = filler.study("vgg", tuner="bayesian")
    origins = (Origin.DEFAULT, Origin.RANDOM, Origin.MODEL, Origin.MODEL)
    for number, origin in enumerate(origins):
        filler.trial(study, number, 0.9 + number / 100, origin=origin)
    filler.trial(study, 4, 0.95, origin=Origin.MODEL, parent=2)
    filler.final(study, 0, 0.9)
    row = rows_of(filler)["vgg"]
    assert row.model_proposals == 2
    assert "proposed 2 of 4 configurations" in row.note


def test_random_search_counts_no_proposals_of_a_model(filler: Filler) -> None:
    study = filler.study("vgg", tuner="random")
    filler.trial(study, 0, 0.9, origin=Origin.RANDOM)
    filler.final(study, 0, 0.9)
    assert rows_of(filler)["vgg"].model_proposals is None


def test_row_names_the_size_and_the_precision_that_were_searched(
    filler: Filler,
) -> None:
    for size, precision in (
        ("small", "float32"),
        ("paper", "float32"),
        ("small", "bfloat16"),
    ):
        study = filler.complete("vgg", size=size, precision=precision)
        for seed in range(2):
            filler.final(study, seed, 0.9, role=Role.DEFAULT)
    assert rows_of(filler).keys() == {
        "vgg",
        "vgg, default",
        "vgg, size paper",
        "vgg, size paper, default",
        "vgg, bfloat16",
        "vgg, bfloat16, default",
    }
    text = to_markdown(boards(filler.store), [], [[]])
    assert "| vgg, size paper " in text
