"""The evaluator of denoisers: adds noise, and scores the denoised images."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from functools import cached_property

import keras
import numpy as np
from scipy import ndimage

from bench.datasets import Task, pixels
from bench.records import DENOISING, TASK_TYPES, ReferenceRecord, Value
from bench.training.compiled.compiled_model import CompiledModel
from bench.training.evaluators.evaluator import EvaluatorConfig, References, Tested
from bench.training.evaluators.image_quality import (
    image_psnr,
    psnr,
    quality,
    squared_errors,
)
from bench.training.features import Features
from bench.training.time_limit import check_fits, check_time

_NOISE_SEEDS = {"validation": 1, "test": 2}
"""Seeds of the noise; they are fixed, so that all models see the same images."""

MEDIAN_SIDES = (3, 5, 7)
"""Sides of the median filters that the reference tries, in pixels."""

_MEDIAN_IMAGES = 1000
"""Maximum number of validation images that choose the side of the median filter."""


class Denoising:
    """Evaluates denoisers by PSNR and SSIM against the clean images.

    The mean over images of the PSNR selects configurations and epochs, and ranks.

    Args:
        task: A task of images; labels aren't used.
        config: Holds the options ``noise_mean`` and ``noise_variance``.
    """

    task_type = TASK_TYPES[DENOISING]

    def __init__(self, task: Task, config: EvaluatorConfig) -> None:
        self.task = task
        self._config = config

    @classmethod
    def configure(cls, options: Mapping[str, Value], task: Task) -> EvaluatorConfig:
        return EvaluatorConfig(task_type=cls.task_type, options=options)

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
        """Zeros ``(n,)``, which a denoiser ignores: its targets are its images."""
        return np.zeros(len(self.task.train), "float32")

    def example(self, model: keras.Model) -> np.ndarray:
        return self.as_inputs(np.zeros((1, *self.task.record.image_shape), "float32"))

    def dummy_output(self, model: keras.Model) -> None:
        return None

    def begin(self) -> None:
        pass

    def validation(
        self, compiled: CompiledModel, indices: np.ndarray | None = None
    ) -> dict[str, float]:
        clean, noisy = self._validation
        errors = squared_errors(compiled.predict(self.as_inputs(noisy)), clean)
        return {
            "validation_mse": float(errors.mean()),
            "validation_psnr": psnr(errors),
        }

    def test(
        self,
        compiled: CompiledModel,
        features: Features | None,
        validation: np.ndarray | None = None,
    ) -> Tested:
        clean, noisy = self._tested
        denoised = compiled.predict(self.as_inputs(noisy))
        metrics = quality(denoised, clean) | {
            f"{name}_noisy": value for name, value in quality(noisy, clean).items()
        }
        code_bits = getattr(compiled.model, "code_bits", None)
        if code_bits is not None:
            metrics |= self._compression(code_bits)
        shown = self.task.samples().test_indices
        return Tested(
            metrics={f"test_{name}": value for name, value in metrics.items()},
            outputs={
                "noisy": pixels.to_uint8(noisy[shown], (0.0, 1.0)),
                "denoised": pixels.to_uint8(denoised[shown], (0.0, 1.0)),
                "image_psnr": image_psnr(squared_errors(denoised, clean)),
                "image_psnr_noisy": image_psnr(squared_errors(noisy, clean)),
            },
        )

    def floor(self) -> Tested:
        return Tested(metrics=self._unchanged().metrics, outputs={})

    def _compression(self, code_bits: int) -> dict[str, float]:
        """Bits of an image, bits of its code, and the ratio of the two."""
        image_bits = math.prod(self.task.record.image_shape) * self.task.bits
        return {
            "compression": image_bits / code_bits,
            "image_bits": image_bits,
            "code_bits": code_bits,
        }

    def references(self, known: Mapping[str, ReferenceRecord]) -> References:
        """Scores of the noisy images, and of the best of three median filters."""
        named = {"noisy": self._unchanged, "median_filter": self._median_filter}
        return {name: score for name, score in named.items() if name not in known}

    def _unchanged(self) -> ReferenceRecord:
        clean, noisy = self._tested
        noisy_quality = quality(noisy, clean)
        return ReferenceRecord(
            name="noisy",
            metrics=_reference_metrics(noisy_quality, noisy_quality),
            parameters=0,
            seconds=0.0,
            note="the noisy images, left as they are",
        )

    def _median_filter(self) -> ReferenceRecord:
        """The median filter with the best PSNR on validation images."""
        check_time()
        clean, noisy = self._tested
        noisy_quality = quality(noisy, clean)
        started = time.perf_counter()
        clean_sample, noisy_sample = (x[:_MEDIAN_IMAGES] for x in self._validation)

        def validated(side: int) -> float:
            began = time.perf_counter()
            score = psnr(squared_errors(filtered(noisy_sample, side), clean_sample))
            pace = (time.perf_counter() - began) / len(noisy_sample)
            check_fits("the median filter", pace * len(noisy), pace * len(noisy))
            return score

        side = max(MEDIAN_SIDES, key=validated)
        filtered_quality = quality(filtered(noisy, side), clean)
        return ReferenceRecord(
            name="median_filter",
            metrics=_reference_metrics(filtered_quality, noisy_quality),
            parameters=0,
            seconds=time.perf_counter() - started,
            note=f"of {side}x{side} pixels, the best of "
            f"{', '.join(map(str, MEDIAN_SIDES))} a side on validation images",
        )

    def clean(self, split: str) -> np.ndarray:
        """Images of a split without noise, ``float32`` in [0, 1]."""
        images = getattr(self.task, split).images
        return pixels.scaled(images, self.task.pixel_range).clip(0, 1)

    def noisy(self, clean: np.ndarray, split: str) -> np.ndarray:
        """Add noise to images and clip them to [0, 1].

        Args:
            clean: Images in [0, 1].
            split: Key of the noise, ``validation`` or ``test``.
        """
        random = np.random.default_rng(_NOISE_SEEDS[split])
        noise = random.standard_normal(clean.shape, "float32")
        deviation = math.sqrt(self._config.number("noise_variance"))
        mean = self._config.number("noise_mean")
        return np.clip(clean + mean + deviation * noise, 0, 1)

    @property
    def _tested(self) -> tuple[np.ndarray, np.ndarray]:
        """Clean and noisy test images; a test takes them once, so they aren't kept."""
        clean = self.clean("test")
        return clean, self.noisy(clean, "test")

    @cached_property
    def _validation(self) -> tuple[np.ndarray, np.ndarray]:
        """Clean and noisy validation images."""
        clean = self.clean("validation")
        return clean, self.noisy(clean, "validation")

    def as_inputs(self, images: np.ndarray) -> np.ndarray:
        """Map images from [0, 1] to the pixel range of the task."""
        low, high = self.task.pixel_range
        return (low + images * (high - low)).astype("float32")


def filtered(images: np.ndarray, side: int) -> np.ndarray:
    """Replace each pixel by the median of a square around it, channel by channel."""
    return ndimage.median_filter(images, size=(1, side, side, 1))


def _reference_metrics(
    quality: Mapping[str, float], noisy_quality: Mapping[str, float]
) -> dict[str, float]:
    """Metrics of a reference: those of its images, and of the noisy images."""
    noisy = {f"test_{name}_noisy": value for name, value in noisy_quality.items()}
    return {f"test_{name}": value for name, value in quality.items()} | noisy
