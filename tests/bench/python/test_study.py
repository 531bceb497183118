"""A study as Python shows it: its trials, its board, its models, in a notebook."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import bench
from bench.cli import main
from bench.errors import DatasetError, FamilyError, StudyError
from bench.records import StudyState
from bench.report import search_command

Images = tuple[np.ndarray, np.ndarray]


class Table(HTMLParser):
    """The texts of the cells of a page, and the elements that may not be in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_same_arrays_and_function_name_a_finished_study_again(
    study: bench.Study,
    images: Images,
    make_build: Callable[..., Any],
    results: Path,
    options: dict[str, Any],
) -> None:
    X, y = (array.copy() for array in images)
    again = bench.search(make_build(), dataset=(X, y), results=results, **options)
    assert isinstance(again, bench.Study)
    assert (again.id, again.state) == (study.id, StudyState.FINISHED)


def test_trials_are_a_frame_with_a_column_for_each_hyperparameter(
    study: bench.Study,
) -> None:
    frame = study.trials()
    assert list(frame.index) == [0, 1]
    assert {"state", "validation_accuracy", "units", "optimizer"} <= set(frame.columns)
    assert set(frame["state"]) == {"finished"}
    best = frame.loc[frame["validation_accuracy"].idxmax()]
    assert study.best["units"] in set(frame["units"])
    assert best["units"] >= 4


def test_leaderboard_names_the_data_set_as_its_user_did(
    study: bench.Study, results: Path
) -> None:
    for frame in (study.leaderboard(), bench.leaderboard(results, dataset="arrays")):
        assert set(frame["dataset"]) == {"arrays"}
        assert study.id in set(frame["study"])
    with pytest.raises(bench.BenchError, match="did you mean 'arrays'"):
        bench.leaderboard(results, dataset="array")


def test_study_is_found_by_its_name_and_missing_names_are_key_errors(
    study: bench.Study, results: Path
) -> None:
    studies = bench.load(results)
    assert list(studies) == ["build-arrays"]
    for name in ("build-arrays", study.id[:6], "best", "build"):
        assert studies[name].id == study.id
    assert studies.get("vgg-arrays") is None
    with pytest.raises(KeyError, match="vgg-arrays"):
        studies["vgg-arrays"]


def test_notebook_shows_the_board_and_the_curves(study: bench.Study) -> None:
    page = Table(study._repr_html_())
    assert {"arrays", "build", "logistic_regression"} <= set(page.texts)
    assert {"table", "img"} <= set(page.tags)


def test_models_are_kept_and_predict_arrays_and_files(
    study: bench.Study, images: Images, tmp_path: Path
) -> None:
    X, _ = images
    probabilities = study.model().predict(X[:4], verbose=0)
    assert probabilities.shape == (4, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    frame = study.predict(X[:4], top=3)
    assert set(frame["prediction"]) <= set("012")
    Image.fromarray(X[0, ..., 0]).save(tmp_path / "one.png")
    alone = study.predict(tmp_path / "one.png", top=3)
    assert alone.iloc[0].to_dict() == frame.iloc[0].to_dict()


def test_explanations_are_maps_a_table_and_a_picture(
    study: bench.Study, images: Images
) -> None:
    explained = study.explain(images[0][:2], method="occlusion")
    assert explained.maps.shape == (2, 6, 6)
    predicted = study.predict(images[0][:2])["prediction"]
    assert list(explained.table["prediction"]) == list(predicted)
    assert explained._repr_png_().startswith(b"\x89PNG")


def test_wrong_images_are_refused_by_their_shape(study: bench.Study) -> None:
    with pytest.raises(DatasetError, match="images must be"):
        study.predict(np.zeros((2, 2)))


def test_trials_become_those_of_keras_tuner(study: bench.Study) -> None:
    trials, frame = study.keras_tuner_trials(), study.trials()
    assert [t.hyperparameters.get("units") for t in trials] == list(frame["units"])
    assert [t.score for t in trials] == list(frame["validation_accuracy"])
    assert {t.status for t in trials} == {"COMPLETED"}


def test_removed_study_is_an_error_that_says_so(
    results: Path, study: bench.Study
) -> None:
    with pytest.raises(StudyError, match="no longer in"):
        bench.Study(results, "0" * 16).best  # noqa: B018


def test_command_line_says_that_it_cannot_load_what_python_gave(
    study: bench.Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = study.record.spec
    assert search_command(spec) == (
        "bench.search(build, dataset=(X, y), name='arrays', tuner='random', seeds=2, "
        "skip_default=True, trials=2, epochs=2, pixels='unit')"
    )
    for words, said in (
        (["vgg", "--dataset", spec.dataset], "was given from Python"),
        ([spec.family], "was defined in a session of Python"),
    ):
        words = ["search", *words, "--results", str(tmp_path), "--workers", "0"]
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2
        assert said in capsys.readouterr().err


def test_interrupted_search_is_continued_by_the_same_call(
    images: Images,
    make_build: Callable[..., Any],
    tmp_path: Path,
    options: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from bench.study.progress import Progress

    def interrupt(self: Progress, trial: object) -> None:
        raise KeyboardInterrupt

    call = {"dataset": images, "results": tmp_path, **options}
    with monkeypatch.context() as patch:
        patch.setattr(Progress, "trial_ended", interrupt)
        with pytest.raises(KeyboardInterrupt):
            bench.search(make_build(), **call)
    assert "call it again with the same arguments" in capsys.readouterr().err
    [left] = bench.load(tmp_path).values()
    assert left.state is StudyState.UNFINISHED
    first = left.trials().loc[0]
    done = bench.search(make_build(), **call)
    assert isinstance(done, bench.Study)
    assert (done.id, done.state) == (left.id, StudyState.FINISHED)
    assert done.trials().loc[0, "seconds"] == first["seconds"]


def test_two_families_of_one_name_are_refused(
    images: Images, make_build: Callable[..., Any], tmp_path: Path
) -> None:
    with pytest.raises(FamilyError, match="different names"):
        bench.search([make_build(), make_build(8)], dataset=images, results=tmp_path)
