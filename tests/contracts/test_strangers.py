"""Models as strangers write them are trained as written, or refused beforehand."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from strangers.catalogue import SEQUENTIAL, STRANGERS
from strangers.comparison import Comparison, Scores, compare
from strangers.stranger import Outcome, Stranger, TrialFailedError
from strangers.toolkit_side import Study, load

from bench.errors import BenchError

# Strangers' models warn as they like.
pytestmark = pytest.mark.filterwarnings("ignore")

REFUSED = [s for s in STRANGERS if s.ours is Outcome.REFUSES]
FAILING = [s for s in STRANGERS if s.ours in (Outcome.FAILS_ONCE, Outcome.FAILS)]
TRAINED = [s for s in STRANGERS if s.ours in (Outcome.TRAINS, Outcome.FAILS_ONCE)]


def marked(strangers: Iterable[Stranger], quick: Container[Stranger]) -> list[Any]:
    """Parameters of a test that is slow for all but some models."""
    return [
        pytest.param(s, id=s.name, marks=[] if s in quick else [pytest.mark.slow])
        for s in strangers
    ]


@pytest.fixture(autouse=True)
def default_precision() -> Iterator[None]:
    """Undo the global precision that a stranger's model sets."""
    yield
    keras.config.set_dtype_policy("float32")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("strangers")


def few_images(stranger: Stranger, folder: Path) -> Study:
    """A study of one short epoch."""
    task = load(stranger.data, folder, count=None if stranger.slow else 250)
    return Study(stranger, task, folder, epochs=1)


@pytest.mark.parametrize(
    "stranger",
    marked(TRAINED, quick=[s for s in TRAINED if not s.slow and s not in SEQUENTIAL]),
)
def test_model_is_trained(stranger: Stranger, folder: Path) -> None:
    metrics = few_images(stranger, folder).trial({}, seed=1).metrics
    assert 0 <= metrics["validation_accuracy"] <= 1
    assert np.isfinite(metrics["validation_log_loss"])


@pytest.mark.parametrize("stranger", marked(TRAINED, quick=SEQUENTIAL))
def test_model_is_trained_again_and_tested(stranger: Stranger, folder: Path) -> None:
    study = few_images(stranger, folder)
    study.trial({}, seed=1)
    tested = study.final({}, seed=2).record.metrics
    assert 0 <= tested["test_accuracy"] <= 1
    assert np.isfinite(tested["test_log_loss"])


@pytest.mark.parametrize("stranger", FAILING, ids=lambda stranger: stranger.name)
def test_configuration_that_fails_is_a_failed_trial(
    stranger: Stranger, folder: Path
) -> None:
    with pytest.raises(TrialFailedError, match=stranger.says):
        few_images(stranger, folder).trial(stranger.configurations[-1], seed=1)


@pytest.mark.parametrize("stranger", REFUSED, ids=lambda stranger: stranger.name)
def test_model_that_cannot_be_trained_is_refused_before_the_first_trial(
    stranger: Stranger, folder: Path
) -> None:
    with pytest.raises(BenchError) as refusal:
        few_images(stranger, folder)
    message = str(refusal.value)
    assert stranger.says in message
    assert "\n" not in message


@pytest.mark.parametrize("stranger", marked(STRANGERS, quick=()))
def test_scores_are_those_of_keras_tuner(stranger: Stranger, folder: Path) -> None:
    comparison = compare(stranger, folder)
    assert comparison.holds, comparison


@pytest.mark.parametrize(
    ("theirs", "ours", "is_same"),
    [
        # As measured: with 24 seeds both have deviations of 0.07, and the same mean.
        (
            [[0.424, 0.508, 0.592], [0.668, 0.692, 0.716]],
            [[0.622, 0.647, 0.672], [0.715, 0.721, 0.727]],
            True,
        ),
        ([[0.94, 0.95, 0.96]], [[0.84, 0.85, 0.86]], False),
    ],
)
def test_difference_counts_beyond_what_seeds_vary(
    theirs: list[list[float]], ours: list[list[float]], is_same: bool
) -> None:
    theirs_scores, our_scores = (
        Scores(outcome=Outcome.TRAINS, accuracies=np.array(accuracies))
        for accuracies in (theirs, ours)
    )
    comparison = Comparison(
        stranger=SEQUENTIAL[0], theirs=theirs_scores, ours=our_scores
    )
    assert comparison.holds == is_same, comparison.verdict
