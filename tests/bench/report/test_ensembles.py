"""Rows of ensembles, from stored predictions alone."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from rich.console import Console

from bench.records import Role, StudyRecord, classification_by
from bench.report.board import Board, boards
from bench.report.columns import as_json, to_csv
from bench.report.markdown import to_markdown
from bench.report.one_study import sections
from bench.report.ranking import OPEN, Row
from bench.report.statistics import CrossedScores
from bench.report.terminal import comparisons, table
from tests.bench.report.conftest import Filler

LABELS = np.arange(216) % 10
VALIDATION = np.arange(239) % 10


def predicted(labels: np.ndarray, seed: int, noise: float = 2.0) -> np.ndarray:
    """Class probabilities whose errors are independent of those of other seeds."""
    logits = np.random.default_rng(seed).normal(0, noise, (len(labels), 10))
    logits[np.arange(len(labels)), labels] += 4
    shares = np.exp(logits)
    half: np.ndarray = (shares / shares.sum(axis=1, keepdims=True)).astype(np.float16)
    return half


def final(
    filler: Filler,
    study: StudyRecord,
    seed: int,
    draw: int,
    noise: float = 2.0,
    **changes: object,
) -> None:
    """A final training with predictions of a draw of their own."""
    probabilities = predicted(LABELS, draw, noise)
    right = probabilities.argmax(axis=1) == LABELS
    outputs = {
        "probabilities": probabilities,
        "labels": LABELS,
        "right": right,
        "validation_probabilities": predicted(VALIDATION, 1000 + draw, noise),
        "validation_labels": VALIDATION,
    }
    filler.final(study, seed, float(right.mean()), outputs=outputs, **changes)


@pytest.fixture
def study(filler: Filler) -> StudyRecord:
    """A study of three seeds, with four configurations of which the second failed."""
    record = filler.complete("vgg", accuracies=())
    for seed in range(3):
        final(filler, record, seed, draw=seed)
    return record


def ensembles(filler: Filler) -> list[Row]:
    (board,) = boards(filler.store)
    return list(board.ensembles)


def test_seeds_of_a_study_have_a_row_as_one_classifier(
    filler: Filler, study: StudyRecord
) -> None:
    (row,) = ensembles(filler)
    assert row.name == "vgg, 3 seeds averaged"
    mean = np.mean([predicted(LABELS, seed).astype(float) for seed in range(3)], axis=0)
    right = mean.argmax(axis=1) == LABELS
    assert row.score == right.mean()
    assert row.metrics["log_loss"] == pytest.approx(
        -np.log(mean[np.arange(216), LABELS]).mean()
    )
    assert (row.parameters, row.train_seconds) == (3 * 123_456, 3 * 6.5)
    assert (row.latency_ms_1, row.latency_ms_64) == (3 * 1.25, 3 * 0.0625)
    alone = CrossedScores([right[np.newaxis]]).estimate(0)
    assert (row.low, row.high, row.of_seeds) == (alone.low, alone.high, None)
    assert (row.seeds, row.verdict) == (1, OPEN)
    assert row.validation is not None
    assert row.optimism is None  # that of the search is told by the study's own row


def test_gain_is_paired_by_test_image(filler: Filler, study: StudyRecord) -> None:
    (row,) = ensembles(filler)
    seeds = np.stack([predicted(LABELS, seed) for seed in range(3)])
    alone = (seeds.argmax(axis=2) == LABELS).mean(axis=0)
    together = seeds.astype(float).mean(axis=0).argmax(axis=1) == LABELS
    difference = together - alone
    # One image more on which they differ, half each way (Agresti & Min 2005).
    squares = len(LABELS) * difference.var(ddof=1) + 1
    error = squares**0.5 / (len(LABELS) + 2)
    assert row.gain is not None
    assert row.gain.mean == pytest.approx(difference.mean())
    assert row.gain.low == pytest.approx(difference.mean() - 1.96 * error, abs=1e-5)
    assert row.gain.high == pytest.approx(difference.mean() + 1.96 * error, abs=1e-5)


def test_ensemble_has_the_metrics_of_final_trainings(
    filler: Filler, study: StudyRecord
) -> None:
    (row,) = ensembles(filler)
    assert {"balanced_accuracy", "macro_f1", "ece", "ece_scaled"} <= row.metrics.keys()


def test_gain_is_positive_where_lower_is_better(filler: Filler) -> None:
    by_log_loss = classification_by("log_loss")
    record = filler.complete("vgg", accuracies=(), task_type_name=by_log_loss)
    for seed in range(3):
        final(filler, record, seed, draw=seed)
    (row,) = ensembles(filler)
    losses = [
        -np.log(predicted(LABELS, seed).astype(float)[np.arange(216), LABELS]).mean()
        for seed in range(3)
    ]
    assert row.gain is not None
    assert row.gain.mean == pytest.approx(np.mean(losses) - row.score)
    assert row.gain.mean > 0


def test_ensembles_take_no_rank_and_change_no_other_row(
    filler: Filler, study: StudyRecord
) -> None:
    for seed in range(3):
        final(filler, study, seed, draw=seed + 50, role=Role.DEFAULT, noise=2.2)
    (board,) = boards(filler.store)
    assert [(row.name, row.rank) for row in board.rows] == [
        ("vgg", 1),
        ("vgg, default", 2),
    ]
    assert [row.rank for row in board.ensembles] == [None]
    assert board.all_rows[0].name == "vgg, 3 seeds averaged"


def test_single_seed_and_unknown_predictions_give_no_row(filler: Filler) -> None:
    record = filler.complete("vgg", accuracies=())
    final(filler, record, 0, draw=0)
    filler.complete("lenet")  # as an older version stored it
    assert ensembles(filler) == []


def test_diverged_seed_is_left_out_and_said(filler: Filler) -> None:
    record = filler.complete("vgg", accuracies=())
    final(filler, record, 0, draw=0)
    final(filler, record, 1, draw=1)
    final(filler, record, 2, draw=2, noise=50, error="loss is nan at epoch 1")
    (row,) = ensembles(filler)
    assert row.name == "vgg, 2 seeds averaged"
    assert row.note == "1 model left out that failed, diverged or had no time"


@pytest.fixture
def wanted(filler: Filler) -> StudyRecord:
    """A study with an ensemble of its three best configurations."""
    record = filler.complete("vgg", accuracies=(), seeds=1, ensemble=3)
    final(filler, record, 0, draw=0)
    final(filler, record, 0, draw=7, role=Role.MEMBER, trial=3, seconds=10.0)
    final(filler, record, 0, draw=8, noise=40, role=Role.MEMBER, trial=0, parameters=5)
    return record


def test_best_configurations_have_a_row_with_weights_of_the_validation_images(
    filler: Filler, wanted: StudyRecord
) -> None:
    (row,) = ensembles(filler)
    assert row.name == "vgg, ensemble of 3"
    assert [member.trial for member in row.members] == [2, 3, 0]
    weights = [member.weight for member in row.members]
    assert sum(weights) == pytest.approx(1)
    assert min(weights[:2]) > 0
    assert weights[2] == 0  # it guesses
    mean = weights[0] * predicted(LABELS, 0) + weights[1] * predicted(LABELS, 7)
    assert row.score == (mean.argmax(axis=1) == LABELS).mean()
    assert row.parameters == 2 * 123_456
    assert row.train_seconds == 6.5 + 10.0 + 6.5
    assert row.members[1].hyperparameters["filters"] == 19


def test_member_that_is_missing_is_said(filler: Filler) -> None:
    record = filler.complete("vgg", accuracies=(), seeds=1, ensemble=3)
    final(filler, record, 0, draw=0)
    final(filler, record, 0, draw=7, role=Role.MEMBER, trial=3)
    (row,) = ensembles(filler)
    assert row.name == "vgg, ensemble of 2"
    assert row.note == "1 model left out that failed, diverged or had no time"


def test_weights_do_not_depend_on_the_test_images(filler: Filler) -> None:
    found = []
    for family, test_noise in (("vgg", 2.0), ("lenet", 9.0)):
        record = filler.complete(family, accuracies=(), seeds=1, ensemble=2)
        final(filler, record, 0, draw=0)
        outputs = {
            "probabilities": predicted(LABELS, 7, test_noise),
            "labels": LABELS,
            "right": predicted(LABELS, 7, test_noise).argmax(axis=1) == LABELS,
            "validation_probabilities": predicted(VALIDATION, 7),
            "validation_labels": VALIDATION,
        }
        filler.final(record, 0, 0.5, role=Role.MEMBER, trial=3, outputs=outputs)
    for row in ensembles(filler):
        found.append([member.weight for member in row.members])
    assert found[0] == found[1]


def shown(board: Board) -> str:
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(table(board), *comparisons(board))
    return console.export_text()


def test_console_shows_averaged_seeds_only_where_they_matter(
    filler: Filler, study: StudyRecord
) -> None:
    (board,) = boards(filler.store)
    assert "3 seeds averaged" in shown(board)
    assert "ahead of the single models of its study" in shown(board)
    better = filler.complete("lenet", accuracies=())
    for seed in range(3):
        final(filler, better, seed, draw=100 + seed, noise=0.5)
    (board,) = boards(filler.store)
    assert len(board.ensembles) == 2
    assert "seeds averaged" not in shown(board)  # nothing is above the first row


def test_ensemble_that_was_asked_for_is_always_shown(
    filler: Filler, wanted: StudyRecord
) -> None:
    better = filler.complete("lenet", accuracies=())
    final(filler, better, 0, draw=100, noise=0.1)
    (board,) = boards(filler.store)
    assert "ensemble of 3" in shown(board)
    text = to_markdown([board], [], [[]])
    assert "vgg, ensemble of 3" in text
    assert "trial 3: filters=19" in text


def test_csv_and_json_have_all_ensembles(filler: Filler, wanted: StudyRecord) -> None:
    shown = boards(filler.store)
    lines = list(csv.DictReader(io.StringIO(to_csv(shown))))
    assert [(line["ensemble"], bool(line["rank"])) for line in lines].count(
        ("ensemble of 3", False)
    ) == 1
    ((row,),) = [[r for r in b["rows"] if r["ensemble"]] for b in as_json(shown)]
    assert row["gain_low"] <= row["gain"] <= row["gain_high"]
    assert [member["trial"] for member in row["members"]] == [2, 3, 0]


def test_description_of_a_study_lists_the_members(
    filler: Filler, wanted: StudyRecord
) -> None:
    described = {s.title: s.facts for s in sections(filler.store, wanted, Role.FINAL)}
    assert list(described["Ensemble"]) == ["trial 2", "trial 3", "trial 0"]
    assert "filters=19" in described["Ensemble"]["trial 3"]
