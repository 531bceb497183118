"""Denoisers: their noise, their metrics, and a study of them from end to end."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import keras
import keras_tuner
import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from bench import report
from bench.datasets import Task
from bench.errors import UsageError
from bench.records import Budget, StudySpec
from bench.store import Store
from bench.study import run as study
from bench.study.prepare import Crew, plan
from bench.study.progress import QuietDisplay
from bench.training.evaluators import denoising
from bench.training.evaluators.evaluator import Judging
from search_spaces.autoencoder import Autoencoder
from search_spaces.family import ImageTask, UnsupportedTaskError
from search_spaces.parts.denoising import Noise

LITTLE = Judging(goal="denoising", noise_mean=0.1, noise_variance=0.01)
SPEC = StudySpec(
    family="autoencoder",
    tuner="random",
    budget=Budget(trials=2, epochs=8),
    seeds=2,
    noise_mean=0.1,
    noise_variance=0.3,
    min_compression=10,
    only=("learning_rate",),
    fixed=(("width", "16"), ("batch_size", "32")),
)


def test_noise_has_its_moments_and_is_the_same_for_every_judge(digits: Task) -> None:
    judge, other = (denoising.Denoising(digits, LITTLE) for _ in range(2))
    grey = np.full((200, 8, 8, 1), 0.5, "float32")
    noise = judge.noisy(grey, "test") - grey
    assert noise.mean() == pytest.approx(0.1, abs=0.005)
    assert noise.var() == pytest.approx(0.01, rel=0.05)
    np.testing.assert_array_equal(judge.noisy(grey, "test"), other.noisy(grey, "test"))
    assert not np.array_equal(
        judge.noisy(grey, "test"), judge.noisy(grey, "validation")
    )
    bright = judge.noisy(np.ones_like(grey), "test")
    assert bright.max() == 1  # clipped after adding


def test_layer_adds_the_same_noise_in_training_only() -> None:
    layer = Noise(0.1, 0.01, seed=3)
    grey = np.full((200, 8, 8, 1), 0.5, "float32")
    np.testing.assert_array_equal(layer(grey), grey)
    noise = np.asarray(layer(grey, training=True)) - grey
    assert noise.mean() == pytest.approx(0.1, abs=0.005)
    assert noise.var() == pytest.approx(0.01, rel=0.05)
    assert np.asarray(layer(np.ones_like(grey), training=True)).max() == 1


def test_psnr_is_that_of_scikit_image() -> None:
    random = np.random.default_rng(0)
    clean, images = random.random((2, 5, 9, 7, 3))
    expected = [
        peak_signal_noise_ratio(a, b, data_range=1)
        for a, b in zip(clean, images, strict=True)
    ]
    found = denoising.psnr(denoising.squared_errors(images, clean))
    assert found == pytest.approx(np.mean(expected))


def test_ssim_is_1_for_equal_images_and_less_for_others() -> None:
    clean = np.random.default_rng(0).random((3, 9, 9, 3))
    assert denoising.ssim(clean, clean) == pytest.approx(1)
    assert denoising.ssim(1 - clean, clean) < 0.5


def test_median_filter_takes_each_channel_of_each_image_by_itself() -> None:
    images = np.zeros((2, 9, 9, 2), "float32")
    images[0, 4, 4, 0] = 1  # a single bright pixel goes
    images[1, ..., 1] = 1  # and a bright channel stays
    filtered = denoising.filtered(images, 3)
    assert filtered[0].max() == 0
    np.testing.assert_array_equal(filtered[1], images[1])


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (32, 32, 3), (9, 30, 3)])
@pytest.mark.parametrize("code", ["dense", "convolution"])
@pytest.mark.parametrize("depth", [1, 2])
def test_code_is_as_small_as_asked(
    shape: tuple[int, int, int], code: str, depth: int
) -> None:
    for least in (10.0, 37.5):
        task = ImageTask(image_shape=shape, classes=2)
        hp = keras_tuner.HyperParameters()
        hp.values = {"code": code, "depth": depth}
        model = Autoencoder(task, min_compression=least).build(hp)
        assert least <= model.compression < 4 * least
        assert model.output_shape == (None, *shape)


def test_code_that_cannot_be_so_small_is_refused() -> None:
    with pytest.raises(UnsupportedTaskError, match="give 64 or less"):
        Autoencoder(ImageTask(image_shape=(8, 8, 1), classes=2), min_compression=65)


def test_model_that_gives_no_images_is_refused(digits: Task) -> None:
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
    model.compile(loss="mse")
    with pytest.raises(ValueError, match=r"images \(batch, 8, 8, 1\)"):
        denoising.Denoising(digits, LITTLE).check(model)


def test_study_of_a_denoiser_beats_noise_and_median_filter(
    digits: Task, tmp_path: Path
) -> None:
    planned = plan(SPEC, digits)
    with Store(tmp_path) as store:
        study.run(planned, store, QuietDisplay(), crew=Crew(workers=0))
        report.write(store)
        [board] = report.boards(store)
    text = (tmp_path / "leaderboard.csv").read_text()
    own, median, noisy = csv.DictReader(io.StringIO(text))
    assert [row["family"] for row in (own, median, noisy)] == [
        "autoencoder",
        "median_filter",
        "noisy",
    ]
    assert board.title.startswith("digits, denoising of noise with mean 0.1")
    assert {row["task"] for row in (own, median, noisy)} == {"denoising"}
    assert float(own["psnr"]) > float(noisy["psnr"]) + 3
    assert float(own["psnr_low"]) <= float(own["psnr"]) <= float(own["psnr_high"])
    assert float(own["compression"]) >= 10
    assert own["psnr_noisy"] == noisy["psnr"] == median["psnr_noisy"]
    assert float(own["ssim"]) > float(own["ssim_noisy"])
    assert own["test_accuracy"] == own["fid"] == ""
    assert list((tmp_path / "plots").glob("*-denoised.png"))


def test_noise_is_part_of_the_test(digits: Task) -> None:
    plans = [plan(SPEC, digits), plan(replace(SPEC, noise_variance=0.2), digits)]
    assert plans[0].id != plans[1].id
    assert plans[0].spec.conditions != plans[1].spec.conditions


def test_accuracy_over_folds_is_no_metric_of_a_denoiser(digits: Task) -> None:
    folded = replace(SPEC, tuner="sklearn-random", folds=2)
    with pytest.raises(UsageError, match="'autoencoder' is for denoising"):
        plan(folded, digits)
