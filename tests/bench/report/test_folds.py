"""Reports on studies whose trials are folds of candidates."""

import numpy as np
import pytest

from bench import report
from bench.records import StudyRecord
from bench.records.selection import DEVIATION
from bench.report.plots.heat import heat_map
from bench.report.results import study_results


@pytest.fixture
def fill(filler):
    """Fill the store with a study on three folds.

    Each candidate is given by its values, the scores of its folds, and its rung, which
    may be left out.
    """

    def fill(*candidates: tuple) -> StudyRecord:
        study = filler.study("dense", tuner="sklearn-grid", folds=3)
        number = 0
        for values, scores, *rung in candidates:
            for fold, score in enumerate(scores):
                filler.trial(
                    study,
                    number,
                    score,
                    hyperparameters={"optimizer": "adam", **values},
                    fold=fold,
                    epochs=3 ** (1 + (rung[0] if rung else 0)),
                    rung=rung[0] if rung else 0,
                )
                number += 1
        return study

    return fill


def results(filler):
    (study,) = study_results(filler.store)
    return study


def test_best_candidate_has_the_highest_mean(fill, filler) -> None:
    fill(
        ({"units": 8}, (0.9, 0.1, 0.2)),
        ({"units": 16}, (0.5, 0.6, 0.7)),
        ({"units": 32}, (0.8, 0.8, None)),  # a fold failed
        ({"units": 64}, (0.9, 0.9)),  # a fold is missing
    )
    best = results(filler).best
    assert best.proposal.hyperparameters["units"] == 16
    assert best.result.metrics["validation_accuracy"] == pytest.approx(0.6)
    assert best.result.metrics[DEVIATION] == pytest.approx(np.std([0.5, 0.6, 0.7]))
    assert best.result.seconds == 30


def test_halved_candidates_are_compared_at_the_last_iteration(fill, filler) -> None:
    fill(
        ({"units": 8}, (0.9, 0.9, 0.9)),
        ({"units": 16}, (0.8, 0.8, 0.8)),
        ({"units": 16}, (0.85, 0.85, 0.85), 1),
    )
    assert results(filler).best.proposal.epochs == 9
    assert results(filler).best.proposal.hyperparameters["units"] == 16


def test_row_shows_mean_and_deviation_over_folds(fill, filler) -> None:
    study = fill(({"units": 16}, (0.5, 0.6, 0.7)))
    filler.final(study, 0, 0.7)
    (board,) = report.boards(filler.store)
    (row,) = board.rows
    assert row.folds == 3
    assert row.validation == pytest.approx(0.6)
    assert row.validation_deviation == pytest.approx(0.0816, abs=1e-4)
    text = report.write(filler.store)[0].read_text()
    assert "| 0.6000 ± 0.0816, 3-fold |" in text
    assert "such as 3-fold" in text


def test_heat_map_has_a_cell_for_each_pair_of_values(fill, filler) -> None:
    fill(
        ({"units": 8, "dropout": 0.0}, (0.5, 0.5, 0.5)),
        ({"units": 8, "dropout": 0.5}, (0.6, 0.6, 0.6)),
        ({"units": 16, "dropout": 0.0}, (0.7, 0.8, 0.9)),
        ({"units": 16, "dropout": 0.2}, (0.4, None, 0.4)),
    )
    plot = heat_map("map.png", results(filler))
    assert plot.rows == ("dropout", (0.0, 0.5))
    assert plot.columns == ("units", (8, 16))
    assert plot.means[:, 0] == pytest.approx([0.5, 0.6])
    assert plot.means[0, 1] == pytest.approx(0.8)
    assert np.isnan(plot.means[1, 1])
    assert plot.deviations[0, 1] == pytest.approx(np.std([0.7, 0.8, 0.9]))
    assert any(path.name.endswith("-heat.png") for path in report.write(filler.store))


@pytest.mark.parametrize(
    "values", [[{"units": 8}, {"units": 16}], [{"units": 8, "dropout": 0.1}]]
)
def test_heat_map_needs_two_hyperparameters_that_vary(fill, filler, values) -> None:
    fill(*((value, (0.5, 0.6, 0.7)) for value in values))
    assert heat_map("map.png", results(filler)) is None
