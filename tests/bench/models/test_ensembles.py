"""An ensemble of configurations is kept, and predicts as its row was tested."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench import report
from bench.errors import UsageError
from bench.models import loading
from bench.models.selection import Selected, select
from bench.records import Role
from bench.store import Store, model_file

Bench = Callable[..., int]


@pytest.fixture(scope="module")
def results(
    keras_started: None,
    photos: Path,
    bench: Bench,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A results folder with an ensemble of two configurations."""
    folder = tmp_path_factory.mktemp("ensemble")
    words = "search linear --trials 2 --epochs 2 --seeds 1 --ensemble 2 --workers 0"
    more = "--quiet --tuner random --skip-default --seed 3"
    places = ("--dataset", f"folder:{photos}", "--results", folder)
    assert bench(*words.split(), *more.split(), *places) == 0
    return folder


def ensemble(results: Path) -> Selected:
    with Store(results, read_only=True) as store:
        return select("linear, ensemble", store, with_ensembles=True)


def test_kept_members_predict_together_as_the_row_was_tested(results: Path) -> None:
    from bench import datasets
    from bench.records import ImageSource

    selected = ensemble(results)
    models = loading.load(results, selected)
    assert models.weights == tuple(member.weight for member in selected.members)
    assert sum(models.weights) == pytest.approx(1)
    test = datasets.load_for(selected.study.spec, ImageSource()).test
    predicted = models.probabilities(test.images).argmax(axis=1)
    with Store(results, read_only=True) as store:
        ((row,),) = [board.ensembles for board in report.boards(store)]
    assert np.mean(predicted == test.labels) == pytest.approx(row.score, abs=0.01)


def test_command_predicts_with_the_ensemble(
    results: Path, photos: Path, bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    image = photos / "top" / "top-03.png"
    words = ("predict", "linear, ensemble", image, "--top", 3, "--json")
    assert bench(*words, "--results", results) == 0
    [found] = json.loads(capsys.readouterr().out)["predictions"]
    pixels = np.asarray(Image.open(image))[None, :, :, None]
    expected = loading.load(results, ensemble(results)).probabilities(pixels)
    assert found["probability"] == pytest.approx(float(expected.max()), abs=1e-4)


def test_one_seed_of_an_ensemble_is_refused(results: Path) -> None:
    with pytest.raises(UsageError, match="averages several"):
        loading.load(results, ensemble(results), seed=0)


def test_ensemble_without_a_members_model_is_refused(results: Path) -> None:
    selected = ensemble(results)
    first = selected.members[0]
    number = 3 if first.role is Role.FINAL else first.trial
    lost = model_file(results, selected.study.id, first.role, number)
    lost.rename(lost.with_suffix(".gone"))
    try:
        with pytest.raises(UsageError, match=f"lacks {lost.name}"):
            loading.load(results, selected)
    finally:
        lost.with_suffix(".gone").rename(lost)
