"""The command that exports a study's model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from bench.datasets import load_for
from bench.models.export import formats
from bench.records import ImageSource
from bench.store import Store

Bench = Callable[..., int]
Capture = pytest.CaptureFixture[str]


def test_exported_model_predicts_what_was_tested(
    searched: Path, chosen: Callable, bench: Bench, tmp_path: Path, capsys: Capture
) -> None:
    to = tmp_path / "model.keras"
    words = ["export", "linear", "--format", "keras", "--to", to, "--seed", 1]
    assert bench(*words, "--results", searched, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    study = chosen("linear").study
    assert (facts["study"], facts["seed"]) == (study.id, 1)
    assert (facts["compared"], facts["source"]) == (15, "test images")
    assert facts["bytes"] == to.stat().st_size
    assert facts["largest_difference"] < 1e-6
    images = load_for(study.spec, ImageSource()).test.images
    predicted = keras.models.load_model(to).predict(images, verbose=0)
    with Store(searched, read_only=True) as store:
        tested = store.outputs(study.id, 1)["probabilities"]
    np.testing.assert_allclose(predicted, tested, atol=1e-3)  # kept as halves


def test_table_names_the_model_and_how_it_was_compared(
    searched: Path, bench: Bench, tmp_path: Path, capsys: Capture
) -> None:
    to = tmp_path / "model.keras"
    words = ["export", "autoencoder", "--format", "keras", "--to", to]
    assert bench(*words, "--results", searched) == 0
    text = capsys.readouterr().out
    assert "autoencoder on" in text
    assert "seed 0" in text
    assert "compared with Keras on 15 test images; times are of batches of one" in text
    assert str(to) in text
    assert to.exists()


def test_cost_of_a_quantization_is_said(
    searched: Path, bench: Bench, tmp_path: Path, capsys: Capture
) -> None:
    words = ["export", "linear", "--format", "keras", "--quantize", "--results"]
    assert bench(*words, searched, "--to", tmp_path / "model.keras") == 0
    text = capsys.readouterr().out
    assert "quantized: weights of dense layers only; 9" in text
    assert "accuracy on 15 test images: 1.0000, 1.0000 before" in text


def test_images_that_the_store_keeps_serve_where_the_data_set_is_gone(
    searched: Path,
    photos: Path,
    bench: Bench,
    tmp_path: Path,
    capsys: Capture,
) -> None:
    moved = shutil.move(photos, photos.with_name("moved"))
    try:
        words = ["export", "linear", "--format", "keras", "--results", searched]
        assert bench(*words, "--to", tmp_path / "model.keras") == 0
        assert "test images that the store keeps" in capsys.readouterr().out
        assert bench(*words, "--quantize", "--to", tmp_path / "int8.keras") == 2
        assert "--quantize calibrates on training images" in capsys.readouterr().err
    finally:
        shutil.move(moved, photos)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--format onxx --to m.onnx", "unknown format 'onxx'; did you mean 'onnx'?"),
        ("--format keras --to m.h5", "ends in .keras for keras; 'm.h5' doesn't"),
        ("--format keras --to m.keras --seed 7", "has no model of seed 7"),
    ],
)
def test_wrong_words_are_refused(
    searched: Path,
    bench: Bench,
    tmp_path: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    words: str,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["export", "linear", *words.split(), "--results", searched]
    assert bench(*command) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_missing_package_is_said_with_the_line_that_installs_it(
    tmp_path: Path,
    bench: Bench,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(formats.importlib.util, "find_spec", lambda name: None)
    words = ["export", "linear", "--format", "litert", "--to", tmp_path / "m.tflite"]
    assert bench(*words, "--results", tmp_path) == 2
    message = capsys.readouterr().err
    assert "litert lacks ai_edge_litert" in message
    assert 'pip install "keras-leaderboard[litert]"' in message


@pytest.mark.slow
def test_model_of_bfloat16_is_kept_as_tested_and_exported_in_float32(
    bench: Bench, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.training.devices.computes_bfloat16", lambda: True)
    to, results = tmp_path / "model.keras", tmp_path / "results"
    budget = ["--tuner", "random", "--trials", 1, "--epochs", 2, "--seeds", 1]
    words = ["search", "lenet", "--precision", "bfloat16", *budget, "--workers", 0]
    assert bench(*words, "--skip-default", "--results", results) == 0
    assert "lenet, bfloat16" in capsys.readouterr().out
    words = ["export", "lenet", "--format", "keras", "--to", to, "--results", results]
    assert bench(*words) == 0
    assert "it computes in float32" in capsys.readouterr().out
    with Store(results, read_only=True) as store:
        [study] = store.studies()
        tested = store.outputs(study.id, 0)["probabilities"]
    images = load_for(study.spec, ImageSource()).test.images
    [kept] = (results / "models" / study.id).glob("*.keras")
    predicted = keras.models.load_model(kept).predict(images, verbose=0)
    np.testing.assert_allclose(predicted, tested, atol=0.01)
    exact = keras.models.load_model(to)
    assert {layer.compute_dtype for layer in exact.layers} == {"float32"}
    np.testing.assert_allclose(exact.predict(images, verbose=0), predicted, atol=0.1)
