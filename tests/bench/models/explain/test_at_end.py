"""What a model looks at is drawn when its study ends, where that is cheap."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.models.own_task import own_task
from bench.report import write_report
from bench.store import EXPLANATIONS, Store, model_folder

Draw = Callable[..., list[Path]]


@pytest.fixture(scope="session")
def convolved(
    keras_started: None,
    photos: Path,
    bench: Callable[..., int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A results folder with a study of a convolutional network."""
    results = tmp_path_factory.mktemp("convolved")
    words = "search simple_cnn --trials 1 --epochs 1 --seeds 1 --workers 0 --quiet"
    words += " --tuner random --skip-default --fix filters_1=6"
    places = ("--dataset", f"folder:{photos}", "--results", results)
    assert bench(*words.split(), *places) == 0
    return results


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """Draws what the only study of a copied store looks at; the pictures."""

    def draw(results: Path, *, seconds: float) -> list[Path]:
        from bench.models.explain import at_end

        folder = tmp_path / "results"
        if not folder.exists():
            shutil.copytree(results, folder)
        with Store(folder) as store:
            study = store.studies()[0]
            store.add_seconds(study.id, seconds - study.seconds)
            at_end.draw(store, study.id, own_task(study, None))
        return sorted((folder / EXPLANATIONS).glob(f"*-{study.id[:8]}/*"))

    return draw


@pytest.mark.slow
def test_page_of_a_long_study_shows_what_its_model_looks_at(
    convolved: Path, draw: Draw, tmp_path: Path
) -> None:
    (mosaic,) = draw(convolved, seconds=600)
    assert mosaic.name in ("mosaic-grad-cam.png", "mosaic-hires-cam.png")
    with Store(tmp_path / "results") as store:
        study = store.studies()[0]
        page = write_report(store).with_name(f"{study.id}.html").read_text("utf-8")
        assert "What the model looks at" in page
    before = mosaic.stat().st_mtime_ns
    assert draw(convolved, seconds=600) == [mosaic]
    assert mosaic.stat().st_mtime_ns == before
    os.utime(mosaic, (0, 0))  # drawn of a model that was tested before
    draw(convolved, seconds=600)
    assert mosaic.stat().st_mtime_ns >= before


@pytest.mark.slow
def test_nothing_is_drawn_where_it_would_take_long_beside_the_study(
    convolved: Path, draw: Draw
) -> None:
    assert draw(convolved, seconds=5) == []


@pytest.mark.slow
def test_models_without_convolutions_are_left_to_the_command(
    searched: Path, draw: Draw
) -> None:
    assert draw(searched, seconds=600) == []


@pytest.mark.slow
def test_model_that_cannot_be_loaded_costs_nothing_but_its_pictures(
    convolved: Path, draw: Draw, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results"
    shutil.copytree(convolved, results)
    with Store(results, read_only=True) as store:
        study = store.studies()[0]
    for path in model_folder(results, study.id).glob("*.keras"):
        path.write_bytes(b"damaged")
    assert draw(convolved, seconds=600) == []
    assert "what speaks for predictions is not drawn" in capsys.readouterr().err
