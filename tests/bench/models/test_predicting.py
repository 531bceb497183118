"""Images that a search has not seen are predicted by its models."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from bench.models import loading
from bench.models.selection import Selected
from bench.store import model_file

Choose = Callable[[str], Selected]
Bench = Callable[..., int]


def test_kept_model_predicts_what_was_tested(
    searched: Path, chosen: Choose, photos: Path
) -> None:
    from bench import datasets
    from bench.records import ImageSource, Role
    from bench.store import Store

    study = chosen("linear").study
    task = datasets.load_for(study.spec, ImageSource())
    for seed in study.spec.final_seeds:
        path = model_file(searched, study.id, Role.FINAL, seed)
        predicted = keras.models.load_model(path).predict(task.test.images, verbose=0)
        with Store(searched, read_only=True) as store:
            tested = store.outputs(study.id, seed)["probabilities"]
        np.testing.assert_allclose(predicted, tested, atol=1e-3)  # kept as halves


def test_labelled_folder_gets_accuracy_and_confusion_matrix(
    searched: Path, photos: Path, bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench("predict", "linear", photos, "--results", searched, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["predictions"]) == 120
    assert found["accuracy"] > 0.9
    assert np.trace(found["confusion"]) == round(found["accuracy"] * 120)
    assert found["class_names"] == ["bottom", "middle", "top"]


def test_mean_of_the_seeds_is_predicted_unless_one_is_named(
    searched: Path, photos: Path, chosen: Choose
) -> None:
    images = np.asarray(Image.open(photos / "top" / "top-03.png"))[None, :, :, None]
    of_all = loading.load(searched, chosen("linear"))
    of_one = [
        loading.load(searched, chosen("linear"), seed).probabilities(images)
        for seed in (0, 1)
    ]
    np.testing.assert_allclose(
        of_all.probabilities(images), np.mean(of_one, axis=0), rtol=1e-5
    )


def test_table_of_the_most_probable_classes_is_written(
    searched: Path, photos: Path, bench: Bench, tmp_path: Path
) -> None:
    image, table = photos / "middle" / "middle-07.png", tmp_path / "table.csv"
    words = ("predict", "linear", image, "--top", 2, "--to", table)
    assert bench(*words, "--results", searched) == 0
    [row] = csv.DictReader(table.read_text().splitlines())
    assert row["image"] == str(image)
    assert row["prediction"] == "middle"
    assert float(row["probability"]) > float(row["probability 2"])


@pytest.mark.parametrize("suffix", ["npz", "npy"])
def test_arrays_are_predicted_as_files_are(
    suffix: str,
    searched: Path,
    photos: Path,
    bench: Bench,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    files = sorted((photos / "top").iterdir())
    images, path = np.stack([Image.open(f) for f in files]), tmp_path / f"X.{suffix}"
    if suffix == "npz":
        np.savez(path, X=images, y=np.array(["top"] * len(images)))
    else:
        np.save(path, images)
    probabilities = []
    for place in (photos / "top", path):
        assert bench("predict", "linear", place, "--results", searched, "--json") == 0
        found = json.loads(capsys.readouterr().out)
        probabilities.append([row["probability"] for row in found["predictions"]])
    assert probabilities[0] == probabilities[1]


def test_larger_colour_image_is_converted_and_that_is_said(
    searched: Path, bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = np.zeros((40, 60, 3), np.uint8)
    image[30:35] = 200, 210, 190
    Image.fromarray(image).save(tmp_path / "large.jpg")
    words = ("predict", "linear", tmp_path / "large.jpg", "--results", searched)
    assert bench(*words) == 0
    printed = capsys.readouterr().out
    assert "cropped and scaled to 8x8" in printed
    assert "colours became grey" in printed


@pytest.mark.parametrize(
    ("study", "place", "reason"),
    [
        ("linear", "nowhere.png", "nowhere.png"),
        ("linear", "empty", "holds none"),
        ("linear", "other", "'{}/other/left' is not"),
        ("linear", "broken.png", "broken.png"),
        ("linear", "range.npy", "0 to 255"),
        ("linear", "labels.npz", "labels must be classes of the model"),
        ("linear", "channels.npy", "channels"),
        ("autoencoder", "other", "takes a study of classifiers"),
    ],
)
def test_what_is_no_image_for_the_model_is_refused_in_a_line(
    study: str,
    place: str,
    reason: str,
    searched: Path,
    bench: Bench,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "other" / "left").mkdir(parents=True)
    Image.new("L", (8, 8)).save(tmp_path / "other" / "left" / "a.png")
    (tmp_path / "broken.png").write_bytes(b"no image")
    np.save(tmp_path / "range.npy", np.full((2, 8, 8), 1000.0))
    np.save(tmp_path / "channels.npy", np.zeros((2, 8, 8, 2)))
    np.savez(tmp_path / "labels.npz", X=np.zeros((1, 8, 8)), y=["left"])
    words = ("predict", study, tmp_path / place, "--results", searched)
    assert bench(*words, "--to", tmp_path / "table.csv") == 2
    [line] = capsys.readouterr().err.splitlines()
    assert reason.format(tmp_path) in line
    assert not (tmp_path / "table.csv").exists()


def test_model_with_a_lambda_is_never_run(
    searched: Path, photos: Path, bench: Bench, tmp_path: Path, chosen: Choose
) -> None:
    import shutil

    from bench.records import Role

    results = tmp_path / "results"
    shutil.copytree(searched, results)
    study, ran = chosen("linear").study, tmp_path / "ran"
    path_of_ran = str(ran)
    inputs = keras.Input((8, 8, 1))
    layer = keras.layers.Lambda(lambda x: (open(path_of_ran, "w").close(), x)[1])
    outputs = keras.layers.Dense(3)(keras.layers.Flatten()(layer(inputs)))
    ran.unlink()
    for seed in (0, 1):
        path = model_file(results, study.id, Role.FINAL, seed)
        keras.Model(inputs, outputs).save(path)
    image = photos / "top" / "top-00.png"
    assert bench("predict", "linear", image, "--results", results) == 2
    assert not ran.exists()


@pytest.mark.parametrize("damage", ["cut", "record", "removed"])
def test_damaged_or_missing_models_are_refused_in_a_line(
    damage: str,
    searched: Path,
    photos: Path,
    bench: Bench,
    chosen: Choose,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import shutil

    results = tmp_path / "results"
    shutil.copytree(searched, results)
    folder = results / "models" / chosen("linear").study.id
    match damage:
        case "cut":
            for path in folder.glob("*.keras"):
                path.write_bytes(path.read_bytes()[:500])
        case "record":
            (folder / "model.json").write_text("{}")
        case "removed":
            shutil.rmtree(folder)
    image = photos / "top" / "top-00.png"
    assert bench("predict", "linear", image, "--results", results) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "reproduce" in line
