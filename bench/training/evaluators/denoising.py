"""Denoisers: the noise that they are judged by, and how much of it they take away."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from functools import cached_property

import keras
import numpy as np
from scipy import ndimage

from bench.datasets import Task, pixels
from bench.records import DENOISING, GOALS, ReferenceRecord
from bench.training.compiled.compiled_model import Program
from bench.training.evaluators.evaluator import Judging, Tested
from bench.training.features import Features

_STREAMS = {"validation": 1, "test": 2}
"""Of the noise; the same for every model, so that all see the same images."""

_SMALLEST_ERROR = 1e-10

MEDIAN_SIDES = (3, 5, 7)
"""Of the median filters that are tried, in pixels."""

_MEDIAN_IMAGES = 1000
"""Validation images that choose among them."""


class Denoising:
    """Judges denoisers by squared error, PSNR and SSIM against the images as they were.

    Args:
        task: Images; labels play no part.
        judging: Says what the noise is.
    """

    goal = GOALS[DENOISING]

    def __init__(self, task: Task, judging: Judging) -> None:
        self.task = task
        self._judging = judging

    def check(self, model: keras.Model) -> None:
        if not getattr(model, "compiled", False):
            raise ValueError("build(hp) must return a compiled model; it is not")
        shape = self.task.record.image_shape
        if tuple(model.output_shape[1:]) != shape:
            raise ValueError(
                f"a denoiser must return images (batch, {', '.join(map(str, shape))}); "
                f"this model returns {model.output_shape}"
            )

    def targets(self, model: keras.Model) -> np.ndarray:
        """Nothing that counts: the images themselves are what is learnt."""
        return np.zeros(len(self.task.train), "float32")

    def example(self, model: keras.Model) -> np.ndarray:
        return self._as_given(np.zeros((1, *self.task.record.image_shape), "float32"))

    def output(self, model: keras.Model) -> None:
        return None

    def begin(self) -> None:
        pass

    def validation(
        self, program: Program, rows: np.ndarray | None = None
    ) -> dict[str, float]:
        clean, noisy = self._validation
        errors = squared_errors(program.predict(self._as_given(noisy)), clean)
        return {
            "validation_mse": float(errors.mean()),
            "validation_psnr": psnr(errors),
        }

    def test(self, program: Program, features: Features | None) -> Tested:
        clean = self.clean("test")
        noisy = self.noisy(clean, "test")
        denoised = program.predict(self._as_given(noisy))
        metrics = quality(denoised, clean) | {
            f"{name}_noisy": value for name, value in quality(noisy, clean).items()
        }
        compression = getattr(program.model, "compression", None)
        if compression is not None:
            metrics["compression"] = compression
        shown = self.task.samples().test_indices
        return Tested(
            metrics={f"test_{name}": value for name, value in metrics.items()},
            outputs={
                "noisy": pixels.to_uint8(noisy[shown], (0.0, 1.0)),
                "denoised": pixels.to_uint8(denoised[shown], (0.0, 1.0)),
            },
        )

    def references(self, seed: int) -> list[ReferenceRecord]:
        """The noisy images as they are, and the best of three median filters."""
        clean = self.clean("test")
        noisy = self.noisy(clean, "test")
        found = quality(noisy, clean)
        as_they_are = ReferenceRecord(
            name="noisy",
            metrics=_of_reference(found, found),
            parameters=0,
            seconds=0.0,
            note="the noisy images, left as they are",
        )
        return [as_they_are, self._median_filter(clean, noisy, found)]

    def _median_filter(
        self, clean: np.ndarray, noisy: np.ndarray, before: Mapping[str, float]
    ) -> ReferenceRecord:
        """Of the size that serves the validation images best."""
        started = time.perf_counter()
        known, given = (images[:_MEDIAN_IMAGES] for images in self._validation)
        side = min(
            MEDIAN_SIDES, key=lambda n: squared_errors(filtered(given, n), known).mean()
        )
        found = quality(filtered(noisy, side), clean)
        return ReferenceRecord(
            name="median_filter",
            metrics=_of_reference(found, before),
            parameters=0,
            seconds=time.perf_counter() - started,
            note=f"of {side}x{side} pixels, the best of "
            f"{', '.join(map(str, MEDIAN_SIDES))} a side on validation images",
        )

    def clean(self, split: str) -> np.ndarray:
        """Images of a split in [0, 1], ``float32``."""
        images = getattr(self.task, split).images
        return pixels.scaled(images, self.task.pixel_range).clip(0, 1)

    def noisy(self, clean: np.ndarray, split: str) -> np.ndarray:
        """The images of a split with noise added, clipped to [0, 1]."""
        drawn = np.random.default_rng(_STREAMS[split]).standard_normal(
            clean.shape, "float32"
        )
        deviation = math.sqrt(self._judging.noise_variance)
        return np.clip(clean + self._judging.noise_mean + deviation * drawn, 0, 1)

    @cached_property
    def _validation(self) -> tuple[np.ndarray, np.ndarray]:
        clean = self.clean("validation")
        return clean, self.noisy(clean, "validation")

    def _as_given(self, images: np.ndarray) -> np.ndarray:
        """Images in [0, 1] in the range that models take."""
        low, high = self.task.pixel_range
        return (low + images * (high - low)).astype("float32")


def filtered(images: np.ndarray, side: int) -> np.ndarray:
    """The median over a square of pixels around each, channel by channel."""
    found: np.ndarray = ndimage.median_filter(images, size=(1, side, side, 1))
    return found


def _of_reference(
    found: Mapping[str, float], before: Mapping[str, float]
) -> dict[str, float]:
    noisy = {f"test_{name}_noisy": value for name, value in before.items()}
    return {f"test_{name}": value for name, value in found.items()} | noisy


def squared_errors(images: np.ndarray, clean: np.ndarray) -> np.ndarray:
    """Mean squared error of each image, ``(n,)``."""
    squares = np.square(images.astype("float64") - clean)
    errors: np.ndarray = squares.mean(axis=tuple(range(1, clean.ndim)))
    return errors


def psnr(errors: np.ndarray) -> float:
    """Mean over images of the peak signal-to-noise ratio, in dB, peak 1.

    Args:
        errors: Mean squared error of each image.
    """
    return float(np.mean(-10 * np.log10(np.maximum(errors, _SMALLEST_ERROR))))


def ssim(images: np.ndarray, clean: np.ndarray) -> float:
    """Mean over images of the structural similarity, in windows of 7x7 pixels.

    Reference: Wang et al. 2004, "Image quality assessment".
    """
    from skimage.metrics import structural_similarity

    each = [
        structural_similarity(image, true, data_range=1.0, channel_axis=-1)
        for image, true in zip(images, clean, strict=True)
    ]
    return float(np.mean(each))


def quality(images: np.ndarray, clean: np.ndarray) -> dict[str, float]:
    """Squared error, PSNR and SSIM of images in [0, 1]."""
    errors = squared_errors(images, clean)
    return {
        "mse": float(errors.mean()),
        "psnr": psnr(errors),
        "ssim": ssim(images, clean),
    }
