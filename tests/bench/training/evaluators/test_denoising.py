"""Denoisers: their noise, their metrics, and a complete study of one."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from pathlib import Path

import keras
import keras_tuner
import numpy as np
import pytest

from bench import report
from bench.datasets import Task
from bench.errors import UsageError
from bench.records import DENOISING, TASK_TYPES, Budget, Resources, StudySpec
from bench.store import Store
from bench.study.prepare import prepare
from bench.study.progress import Progress
from bench.study.run import run
from bench.training.evaluators import denoising, image_quality
from bench.training.evaluators.evaluator import EvaluatorConfig
from search_spaces.autoencoder import Autoencoder
from search_spaces.family import ImageTask, UnsupportedTaskError
from search_spaces.parts.denoising import Noise

LITTLE_NOISE = EvaluatorConfig(
    task_type=TASK_TYPES[DENOISING],
    options={"noise_mean": 0.1, "noise_variance": 0.01},
)
SPEC = StudySpec(
    family="autoencoder",
    tuner="random",
    budget=Budget(trials=2, epochs=8),
    seeds=2,
    skip_default=True,
    options={"noise_mean": 0.1, "noise_variance": 0.3, "min_compression": 2.5},
    only=("learning_rate",),
    fixed=(("width", "16"), ("batch_size", "32")),
)


def test_noise_has_its_moments_and_is_the_same_for_every_evaluator(
    digits: Task,
) -> None:
    evaluator, other = (denoising.Denoising(digits, LITTLE_NOISE) for _ in range(2))
    grey = np.full((200, 8, 8, 1), 0.5, "float32")
    noise = evaluator.noisy(grey, "test") - grey
    assert noise.mean() == pytest.approx(0.1, abs=0.005)
    assert noise.var() == pytest.approx(0.01, rel=0.05)
    np.testing.assert_array_equal(
        evaluator.noisy(grey, "test"), other.noisy(grey, "test")
    )
    assert not np.array_equal(
        evaluator.noisy(grey, "test"), evaluator.noisy(grey, "validation")
    )
    bright = evaluator.noisy(np.ones_like(grey), "test")
    assert bright.max() == 1  # the sum is clipped


def test_layer_adds_noise_of_the_same_moments_in_training_only() -> None:
    layer = Noise(0.1, 0.01, seed=3)
    grey = np.full((200, 8, 8, 1), 0.5, "float32")
    np.testing.assert_array_equal(layer(grey), grey)
    noise = np.asarray(layer(grey, training=True)) - grey
    assert noise.mean() == pytest.approx(0.1, abs=0.005)
    assert noise.var() == pytest.approx(0.01, rel=0.05)
    assert np.asarray(layer(np.ones_like(grey), training=True)).max() == 1


def test_trials_are_selected_by_the_metric_that_ranks(digits: Task) -> None:
    """The best by squared error need not be the best by mean PSNR."""
    task_type = TASK_TYPES[DENOISING]
    assert task_type.objective == task_type.ranked_by
    clean = np.full((2, 8, 8, 1), 0.5)
    even, uneven = (
        clean + np.array(noise).reshape(2, 1, 1, 1)
        for noise in ([0.1, 0.1], [0.001, 0.2])
    )
    keys = []
    for images in (even, uneven):
        metrics = image_quality.quality(images, clean)
        keys.append(
            task_type.key({f"validation_{name}": v for name, v in metrics.items()})
        )
    errors = [image_quality.quality(i, clean)["mse"] for i in (even, uneven)]
    assert errors[0] < errors[1]
    assert keys[0] < keys[1]


def test_median_filter_treats_channels_and_images_separately() -> None:
    images = np.zeros((2, 9, 9, 2), "float32")
    images[0, 4, 4, 0] = 1  # a single bright pixel disappears
    images[1, ..., 1] = 1  # a bright channel stays
    filtered = denoising.filtered(images, 3)
    assert filtered[0].max() == 0
    np.testing.assert_array_equal(filtered[1], images[1])


@pytest.mark.parametrize("bits", [8, 12])
@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (32, 32, 3), (9, 30, 3)])
@pytest.mark.parametrize("code", ["dense", "convolution"])
@pytest.mark.parametrize("depth", [1, 2])
def test_code_has_the_minimum_compression(
    shape: tuple[int, int, int], code: str, depth: int, bits: int
) -> None:
    for minimum in (2.5, 9.5):
        task = ImageTask(image_shape=shape, classes=2, bits=bits)
        hp = keras_tuner.HyperParameters()
        hp.values = {"code": code, "depth": depth}
        model = Autoencoder(task, min_compression=minimum).build(hp)
        compression = math.prod(shape) * bits / model.code_bits
        assert minimum <= compression < 4 * minimum
        assert model.output_shape == (None, *shape)


def test_compression_that_no_code_reaches_is_refused() -> None:
    with pytest.raises(UnsupportedTaskError, match=r"512 bits: give 16 or less"):
        Autoencoder(ImageTask(image_shape=(8, 8, 1), classes=2), min_compression=17)


def test_default_compression_is_that_of_ten_values_for_a_number() -> None:
    task = ImageTask(image_shape=(28, 28, 1), classes=2)
    assert Autoencoder(task).max_code == 78
    assert Autoencoder(replace(task, bits=16)).max_code == 156


def test_model_that_returns_no_images_is_refused(digits: Task) -> None:
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
    model.compile(loss="mse")
    with pytest.raises(ValueError, match=r"images \(batch, 8, 8, 1\)"):
        denoising.Denoising(digits, LITTLE_NOISE).check(model)


@pytest.mark.slow
def test_denoiser_of_a_study_beats_the_noisy_images_in_the_leaderboard(
    digits: Task, tmp_path: Path
) -> None:
    prepared = prepare(SPEC, digits)
    with Store(tmp_path) as store:
        run(prepared, store, Progress(), resources=Resources(workers=0))
        report.write(store)
        [board] = report.boards(store)
    text = (tmp_path / "leaderboard.csv").read_text()
    denoiser, median, noisy = csv.DictReader(io.StringIO(text))
    assert [row["family"] for row in (denoiser, median, noisy)] == [
        "autoencoder",
        "median_filter",
        "noisy",
    ]
    assert board.title.startswith("digits, denoising of noise with mean 0.1")
    assert {row["task"] for row in (denoiser, median, noisy)} == {"denoising"}
    assert float(denoiser["psnr"]) > float(noisy["psnr"]) + 3
    assert (
        float(denoiser["psnr_low"])
        <= float(denoiser["psnr"])
        <= float(denoiser["psnr_high"])
    )
    assert float(denoiser["image_bits"]) == 64 * 8
    assert float(denoiser["code_bits"]) % 32 == 0
    assert float(denoiser["compression"]) >= 2.5
    assert float(denoiser["compression"]) == pytest.approx(
        float(denoiser["image_bits"]) / float(denoiser["code_bits"])
    )
    assert float(denoiser["validation_psnr"]) > float(denoiser["psnr_noisy"])
    assert denoiser["psnr_noisy"] == noisy["psnr"] == median["psnr_noisy"]
    assert denoiser["ssim_noisy"] == noisy["ssim"] != denoiser["ssim"]
    assert denoiser["test_accuracy"] == denoiser["fid"] == ""
    assert list((tmp_path / "plots").glob("*-denoised.png"))


def test_noise_is_a_condition_of_the_test(digits: Task) -> None:
    less_noise = replace(SPEC, options={**SPEC.options, "noise_variance": 0.2})
    studies = [prepare(spec, digits) for spec in (SPEC, less_noise)]
    assert studies[0].id != studies[1].id
    assert studies[0].spec.conditions != studies[1].spec.conditions


def test_cross_validation_of_denoisers_is_refused(digits: Task) -> None:
    folded = replace(SPEC, tuner="sklearn-random", folds=2)
    with pytest.raises(UsageError, match="'autoencoder' is for denoising"):
        prepare(folded, digits)
