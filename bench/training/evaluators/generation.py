"""The evaluator of generators: distances between generated and real images."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property

import keras
import numpy as np

from bench.datasets import Task, pixels
from bench.errors import UsageError
from bench.records import (
    GENERATION,
    GENERATION_OF_FEW,
    TASK_TYPES,
    ReferenceRecord,
    Value,
)
from bench.training.compiled.compiled_model import CompiledModel
from bench.training.curve import CollapsedError
from bench.training.evaluators import inception
from bench.training.evaluators.distances import (
    Gaussian,
    frechet,
    kernel_distance,
    nearest,
)
from bench.training.evaluators.evaluator import EvaluatorConfig, References, Tested
from bench.training.evaluators.fid_network import features_of, load
from bench.training.evaluators.generator import latents, to_bytes
from bench.training.evaluators.samples import MAX_SAMPLES, sample_count
from bench.training.features import Features
from bench.training.time_limit import check_time

MIN_FOR_FID = 2048
"""Minimum number of images for a ranking by FID, whose bias grows as images get
fewer; generators of fewer images are ranked by KID."""

MIN_SAMPLES = 100
"""Minimum number of validation and of test images; distances of fewer images mean
nothing."""

SHOWN = 64
"""Number of generated images that reports show."""

SHOWN_OF_EPOCH = 12
"""Number of generated images of each epoch that reports show."""

WITH_NEIGHBOUR = 8
"""Number of generated images that reports show beside the nearest training image."""

MAX_TRAINING = 50_000
"""Maximum number of training images that generated images are compared with."""

MIN_SPREAD = 0.05
"""Minimum standard deviation of generated images, as a share of that of real images;
images that vary less have collapsed to a single image."""

GRACE_STEPS = 1000
"""Training steps before which a collapse isn't checked: generators that have hardly
begun to train may all make the same grey image."""


class Generation:
    """Evaluates generators by the Fréchet and the kernel distance of features.

    Generators are selected and ranked by their distance to validation and test images.
    The Fréchet distance to the training images, which published tables have, is
    measured in the test too.

    Reference: Heusel et al. 2017, "GANs trained by a two time-scale update rule
    converge to a local Nash equilibrium".

    Args:
        task: A task of images; labels aren't used.
        config: Has the file of the FID network, and the task type, which says by
            which distance generators are ranked.
    """

    def __init__(self, task: Task, config: EvaluatorConfig) -> None:
        self.task_type = config.task_type
        self.task = task
        self._config = config
        self._progress: list[np.ndarray] = []

    @classmethod
    def configure(cls, options: Mapping[str, Value], task: Task) -> EvaluatorConfig:
        """Choose the FID network, and the distance that ranks: KID if images are few.

        Raises:
            UsageError: There are too few images for any distance, or the weights of
                InceptionV3 are needed and can't be downloaded.
        """
        count = sample_count(task)
        if count < MIN_SAMPLES:
            raise UsageError(
                f"generators are compared on at least {MIN_SAMPLES} validation and as "
                f"many test images; {task.record.dataset!r} has "
                f"{len(task.validation)} and {len(task.test)}: raise "
                "--validation-fraction or --test-fraction"
            )
        default = "inception" if inception.is_available() else "classifier"
        network = options.get("fid_network", default)
        if network == "inception":
            inception.check(task)  # fails before anything is stored
        return EvaluatorConfig(
            task_type=TASK_TYPES[
                GENERATION if count >= MIN_FOR_FID else GENERATION_OF_FEW
            ],
            options={**options, "fid_network": network},
        )

    def check(self, model: keras.Model) -> None:
        shape = self.task.record.image_shape
        generated_shape = getattr(
            getattr(model, "generator", None), "output_shape", None
        )
        if generated_shape is None or tuple(generated_shape[1:]) != shape:
            raise ValueError(
                f"a generator must make images (batch, {', '.join(map(str, shape))}); "
                f"this model makes {generated_shape}"
            )

    def targets(self, model: keras.Model) -> np.ndarray:
        """Zeros ``(n,)``, which a generator ignores: it learns from images alone."""
        return np.zeros(len(self.task.train), "float32")

    def example(self, model: keras.Model) -> np.ndarray:
        return latents(model.generator, 1, 0)

    def dummy_output(self, model: keras.Model) -> None:
        return None

    def begin(self) -> None:
        self._progress = []

    def validation(
        self, compiled: CompiledModel, indices: np.ndarray | None = None
    ) -> dict[str, float]:
        """Distances between generated images and the validation images.

        Raises:
            CollapsedError: The generated images hardly differ from each other.
        """
        real, gaussian = self._validation
        samples = generated(compiled, len(real), seed=1)
        shown = samples[:SHOWN_OF_EPOCH]
        self._progress.append(pixels.to_uint8(shown, (0.0, 1.0)))
        if int(compiled.model.optimizer.iterations) >= GRACE_STEPS:
            self._check_spread(samples)
        distances = self._distances(self._features(samples), real, gaussian)
        return {f"validation_{name}": value for name, value in distances.items()}

    def test(
        self,
        compiled: CompiledModel,
        features: Features | None,
        validation: np.ndarray | None = None,
    ) -> Tested:
        real, gaussian = self._test
        samples = generated(compiled, len(real), seed=2)
        sample_features = self._features(samples)
        distances = self._distances(sample_features, real, gaussian)
        distances["fid_training"] = self._training_distance(sample_features)
        neighbours, neighbour_distances = self._nearest(
            sample_features[:WITH_NEIGHBOUR]
        )
        return Tested(
            metrics={f"test_{name}": value for name, value in distances.items()},
            outputs={
                "samples": pixels.to_uint8(samples[:SHOWN], (0.0, 1.0)),
                "progress": np.stack(self._progress),
                "neighbours": neighbours,
                "neighbour_distances": neighbour_distances,
                "generator": to_bytes(compiled.model.averaged),
            },
        )

    def floor(self) -> Tested:
        return Tested(metrics=self._noise().metrics, outputs={})

    def references(self, known: Mapping[str, ReferenceRecord]) -> References:
        """Scores of training images and of noise, in place of generated images."""
        named = {"real_images": self._real_images, "noise": self._noise}
        return {name: score for name, score in named.items() if name not in known}

    def _real_images(self) -> ReferenceRecord:
        """Scores of training images.

        They aren't compared with themselves: in the distance to the training images,
        test images stand in their place.
        """
        count = len(self._test[0])
        shuffled = np.random.default_rng(0).permutation(len(self.task.train))
        indices = shuffled[:count]
        images = self._scaled(self.task.train.images[np.sort(indices)])
        note = (
            f"{len(indices):,} training images in place of generated ones; in FID to "
            f"training images, {count:,} test images"
        )
        return self._reference("real_images", images, note, self._test[0])

    def _noise(self) -> ReferenceRecord:
        random = np.random.default_rng(0)
        random.permutation(len(self.task.train))  # as older boards' noise was drawn
        shape = len(self._test[0]), *self.task.record.image_shape
        noise = random.random(shape, "float32")
        return self._reference("noise", noise, "every pixel drawn independently")

    def _reference(
        self, name: str, images: np.ndarray, note: str, unseen: np.ndarray | None = None
    ) -> ReferenceRecord:
        """Scores of images; ``unseen`` are features to compare with training images."""
        check_time()
        started = time.perf_counter()
        features = self._features(images)
        distances = self._distances(features, *self._test)
        distances["fid_training"] = self._training_distance(
            features if unseen is None else unseen
        )
        return ReferenceRecord(
            name=name,
            metrics={f"test_{key}": value for key, value in distances.items()},
            parameters=0,
            seconds=time.perf_counter() - started,
            note=note,
        )

    # Real images -------------------------------------------------------------

    @cached_property
    def _validation(self) -> tuple[np.ndarray, Gaussian]:
        return self._real(self.task.validation.images)

    @cached_property
    def _test(self) -> tuple[np.ndarray, Gaussian]:
        return self._real(self.task.test.images)

    @cached_property
    def _training(self) -> np.ndarray:
        """Features of the training images, in single precision."""
        images = self.task.train.images[:MAX_TRAINING]  # shuffled by the split
        parts = (
            images[n : n + MAX_SAMPLES] for n in range(0, len(images), MAX_SAMPLES)
        )
        features = [self._features(self._scaled(part)) for part in parts]
        return np.concatenate(features, dtype="float32", casting="same_kind")

    def _training_distance(self, features: np.ndarray) -> float:
        """Fréchet distance of images, by their features, to the training images."""
        return frechet(Gaussian.of(features), Gaussian.of(self._training))

    def _real(self, images: np.ndarray) -> tuple[np.ndarray, Gaussian]:
        """Features of a sample of real images, and their Gaussian."""
        # The sample is random, since a data set may be sorted by class.
        shuffled = np.random.default_rng(0).permutation(len(images))
        indices = np.sort(shuffled[: sample_count(self.task)])
        features = self._features(self._scaled(images[indices]))
        return features, Gaussian.of(features)

    @cached_property
    def _spread(self) -> float:
        """Standard deviation of a pixel over real images, averaged over pixels."""
        images = self.task.validation.images[:MAX_SAMPLES]
        return float(self._scaled(images).std(axis=0).mean())

    def _scaled(self, images: np.ndarray) -> np.ndarray:
        return pixels.scaled(images, self.task.pixel_range)

    # Features ------------------------------------------------------------------

    @cached_property
    def _network(self) -> keras.Model:
        assert self._config.features is not None  # every study makes it first
        return load(self._config.features)

    def _features(self, images: np.ndarray) -> np.ndarray:
        """Features ``(n, features)`` of images in [0, 1]."""
        return features_of(images, self._network)

    def _distances(
        self, features: np.ndarray, real: np.ndarray, gaussian: Gaussian
    ) -> dict[str, float]:
        """Metrics of generated images, from features of generated and real images."""
        kid, deviation = kernel_distance(features, real)
        return {
            "fid": frechet(Gaussian.of(features), gaussian),
            "kid": kid,
            "kid_deviation": deviation,
        }

    def _check_spread(self, samples: np.ndarray) -> None:
        spread = float(samples.std(axis=0).mean())
        if spread < MIN_SPREAD * self._spread:
            raise CollapsedError(
                f"the samples collapsed to one image: they vary by {spread:.4f} a "
                f"pixel, real images by {self._spread:.4f}"
            )

    def _nearest(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Nearest training images of generated images, and distances; see ``nearest``.

        The images are ``(n, height, width, channels)``, ``uint8``.
        """
        among = self._training.astype("float64")
        indices, distances = nearest(features, among, self._test[0])
        images = self.task.train.images[indices]
        return pixels.to_uint8(images, self.task.pixel_range), distances


def generated(compiled: CompiledModel, count: int, seed: int) -> np.ndarray:
    """Generate images in [0, 1] from inputs that follow a seed."""
    return compiled.predict(latents(compiled.model.generator, count, seed))
