"""Models as strangers write them are trained as written, or refused beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from strangers.catalogue import STRANGERS
from strangers.stranger import Outcome, Stranger, TrialFailedError
from strangers.toolkit_side import Study, load

from bench.errors import BenchError

# Strangers' models warn as they like.
pytestmark = pytest.mark.filterwarnings("default")

REFUSED = [s for s in STRANGERS if s.ours is Outcome.REFUSES]
FAILING = [s for s in STRANGERS if s.ours is Outcome.FAILS_ONCE]
TRAINED = [
    pytest.param(s, id=s.name, marks=[pytest.mark.slow] if s.slow else [])
    for s in STRANGERS
    if s.ours is not Outcome.REFUSES
]
COMPARED = [
    pytest.param(s, id=s.name, marks=pytest.mark.slow)
    for s in STRANGERS
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
    """A study of two short epochs."""
    spec, task = load(stranger, folder, epochs=2, count=None if stranger.slow else 250)
    return Study(spec, task, folder)


@pytest.mark.parametrize("stranger", TRAINED)
def test_model_is_trained_again_and_tested(stranger: Stranger, folder: Path) -> None:
    study = few_images(stranger, folder)
    trial = study.trial({}, seed=1)
    assert 0 <= trial.metrics["validation_accuracy"] <= 1
    assert np.isfinite(trial.metrics["validation_log_loss"])
    tested = study.final({}, seed=2)
    assert 0 <= tested.record.metrics["test_accuracy"] <= 1


@pytest.mark.parametrize("stranger", FAILING, ids=lambda stranger: stranger.name)
def test_configuration_that_fails_is_a_failed_trial(
    stranger: Stranger, folder: Path
) -> None:
    assert stranger.second is not None
    with pytest.raises(TrialFailedError, match=stranger.says):
        few_images(stranger, folder).trial(stranger.second, seed=1)


@pytest.mark.parametrize("stranger", REFUSED, ids=lambda stranger: stranger.name)
def test_model_that_cannot_be_trained_is_refused_before_the_first_trial(
    stranger: Stranger, folder: Path
) -> None:
    with pytest.raises(BenchError) as refusal:
        few_images(stranger, folder)
    message = str(refusal.value)
    assert stranger.says in message
    assert "\n" not in message
