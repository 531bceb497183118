"""Generators: how far what they make lies from real images, and from their copies."""

from __future__ import annotations

import time
from functools import cached_property

import keras
import numpy as np

from bench.datasets import Task, pixels
from bench.records import GOALS, ReferenceRecord
from bench.training.compiled.compiled_model import Program
from bench.training.curve import CollapsedError
from bench.training.evaluators.distances import Gaussian, frechet, kernel_distance
from bench.training.evaluators.evaluator import Judging, Tested
from bench.training.evaluators.fid_network import load
from bench.training.evaluators.generator import latents, to_bytes
from bench.training.evaluators.samples import MOST_SAMPLES, sample_count
from bench.training.features import Features

SHOWN = 64
"""Made images that reports show."""

FOLLOWED = 12
"""Of these, how many are kept of each epoch."""

NEIGHBOURS = 8
"""Made images for which the nearest training images are looked up."""

SEARCHED = 20_000
"""Training images among which they are looked for."""

COLLAPSED = 0.05
"""Samples that vary less than this share of what real images do are one image."""

BEGUN = 1000
"""Steps before which a generator may not have begun, and still make the same grey."""


class Generation:
    """Judges generators by Fréchet and kernel distance of features.

    Args:
        task: Images; labels play no part.
        judging: Says by which network's features, and which distance ranks.

    Reference: Heusel et al. 2017, "GANs trained by a two time-scale update rule
    converge to a local Nash equilibrium".
    """

    def __init__(self, task: Task, judging: Judging) -> None:
        self.goal = GOALS[judging.goal]
        self.task = task
        self._judging = judging
        self._progress: list[np.ndarray] = []

    def check(self, model: keras.Model) -> None:
        shape = self.task.record.image_shape
        made = getattr(getattr(model, "generator", None), "output_shape", None)
        if made is None or tuple(made[1:]) != shape:
            raise ValueError(
                f"a generator must make images (batch, {', '.join(map(str, shape))}); "
                f"this model makes {made}"
            )

    def targets(self, model: keras.Model) -> np.ndarray:
        """Nothing that counts: images are compared with images."""
        return np.zeros(len(self.task.train), "float32")

    def example(self, model: keras.Model) -> np.ndarray:
        return latents(model.generator, 1, 0)

    def output(self, model: keras.Model) -> None:
        return None

    def begin(self) -> None:
        self._progress = []

    def validation(
        self, program: Program, rows: np.ndarray | None = None
    ) -> dict[str, float]:
        """Distances of what it makes now from the validation images.

        Raises:
            CollapsedError: The samples are all but one image.
        """
        real, gaussian = self._validation
        samples = made(program, len(real), stream=1)
        self._progress.append(pixels.to_uint8(samples[:FOLLOWED], (0.0, 1.0)))
        if int(program.model.optimizer.iterations) >= BEGUN:
            self._check_varied(samples)
        found = self._distances(self._features(samples), real, gaussian)
        return {f"validation_{name}": value for name, value in found.items()}

    def test(self, program: Program, features: Features | None) -> Tested:
        real, gaussian = self._test
        samples = made(program, len(real), stream=2)
        seen = self._features(samples)
        found = self._distances(seen, real, gaussian)
        near, distances = self._nearest(seen[:NEIGHBOURS])
        return Tested(
            metrics={f"test_{name}": value for name, value in found.items()},
            outputs={
                "samples": pixels.to_uint8(samples[:SHOWN], (0.0, 1.0)),
                "progress": np.stack(self._progress),
                "neighbours": near,
                "neighbour_distances": distances,
                "generator": to_bytes(program.model.averaged),
            },
        )

    def references(self, seed: int) -> list[ReferenceRecord]:
        """Training images in place of made ones, and noise."""
        real, gaussian = self._test
        count, shape = len(real), self.task.record.image_shape
        random = np.random.default_rng(seed)
        rows = random.permutation(len(self.task.train))[:count]
        trained = self._scaled(self.task.train.images[np.sort(rows)])
        noise = random.random((count, *shape), "float32")
        rowed = []
        for name, images, note in (
            ("real_images", trained, f"{len(rows):,} training images, as if made"),
            ("noise", noise, "every pixel drawn by itself"),
        ):
            started = time.perf_counter()
            found = self._distances(self._features(images), real, gaussian)
            rowed.append(
                ReferenceRecord(
                    name=name,
                    metrics={f"test_{key}": value for key, value in found.items()},
                    parameters=0,
                    seconds=time.perf_counter() - started,
                    note=note,
                )
            )
        return rowed

    # Real images -------------------------------------------------------------

    @cached_property
    def _validation(self) -> tuple[np.ndarray, Gaussian]:
        return self._seen(self.task.validation.images)

    @cached_property
    def _test(self) -> tuple[np.ndarray, Gaussian]:
        return self._seen(self.task.test.images)

    def _seen(self, images: np.ndarray) -> tuple[np.ndarray, Gaussian]:
        """Features of as many images as are compared, and their Gaussian."""
        # Drawn, since the images of a data set may lie class by class.
        drawn = np.random.default_rng(0).permutation(len(images))
        rows = np.sort(drawn[: sample_count(self.task)])
        found = self._features(self._scaled(images[rows]))
        return found, Gaussian.of(found)

    @cached_property
    def _spread(self) -> float:
        """How much real images vary, a pixel."""
        images = self.task.validation.images[:MOST_SAMPLES]
        return float(self._scaled(images).std(axis=0).mean())

    def _scaled(self, images: np.ndarray) -> np.ndarray:
        return pixels.scaled(images, self.task.pixel_range)

    # Features ------------------------------------------------------------------

    @cached_property
    def _network(self) -> keras.Model:
        assert self._judging.features is not None  # a study has it made before
        return load(self._judging.features)

    def _features(self, images: np.ndarray) -> np.ndarray:
        """What the network sees in images in [0, 1], ``(n, features)``."""
        found = self._network.predict(images, batch_size=256, verbose=0)
        return np.asarray(found, "float64")

    def _distances(
        self, seen: np.ndarray, real: np.ndarray, gaussian: Gaussian
    ) -> dict[str, float]:
        kid, deviation = kernel_distance(seen, real)
        return {
            "fid": frechet(Gaussian.of(seen), gaussian),
            "kid": kid,
            "kid_deviation": deviation,
        }

    def _check_varied(self, samples: np.ndarray) -> None:
        spread = float(samples.std(axis=0).mean())
        if spread < COLLAPSED * self._spread:
            raise CollapsedError(
                f"the samples collapsed to one image: they vary by {spread:.4f} a "
                f"pixel, real images by {self._spread:.4f}"
            )

    def _nearest(self, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The training images nearest in features, and how far they are.

        Returns:
            ``(n, height, width, channels)``, ``uint8``; and ``(2, n)``: their
            distances, and for comparison those of as many test images.
        """
        images = self.task.train.images[:SEARCHED]  # shuffled by the split
        known = self._features(self._scaled(images))
        near, distances = _closest(seen, known)
        tested = self._test[0]
        spread = np.linspace(0, len(tested) - 1, len(seen), dtype=int)
        _, usual = _closest(tested[spread], known)
        return (
            pixels.to_uint8(images[near], self.task.pixel_range),
            np.stack([distances, usual]),
        )


def made(program: Program, count: int, stream: int) -> np.ndarray:
    """Images in [0, 1] that a program's model makes."""
    return program.predict(latents(program.model.generator, count, stream))


def _closest(seen: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of what is known that are nearest to each that is seen, and how far."""
    from scipy.spatial.distance import cdist

    distances = cdist(seen, known)
    return distances.argmin(axis=1), distances.min(axis=1)
