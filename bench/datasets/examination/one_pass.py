"""What is measured of each image, in one pass over all of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from bench.datasets.examination.images import Images
from bench.datasets.examination.perceptual_hash import hashes
from bench.records import PixelSummary


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Measurements of all images, each ``(n,)`` unless it says otherwise.

    Attributes:
        contents: Numbers that are equal for images with the same pixels alone.
        hashes: Perceptual hashes, ``(n, 4)``.
        low, high: Extremes of the pixels.
        mean: Of the pixels.
        deviation: Standard deviation of the pixels.
    """

    contents: np.ndarray
    hashes: np.ndarray
    low: np.ndarray
    high: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray

    @property
    def is_constant(self) -> np.ndarray:
        """Which images are of a single value."""
        constant: np.ndarray = self.low == self.high
        return constant

    def summary(self, chosen: np.ndarray) -> PixelSummary:
        """The pixels of some images."""
        means, deviations = self.mean[chosen], self.deviation[chosen]
        variance = means.var() + (deviations**2).mean()
        return PixelSummary(
            low=float(self.low[chosen].min()),
            high=float(self.high[chosen].max()),
            mean=float(means.mean()),
            deviation=float(np.sqrt(variance)),
            brightness_deviation=float(means.std()),
            contrast=float(deviations.mean()),
            contrast_deviation=float(deviations.std()),
        )


def measure(images: Images) -> Measured:
    """Measure all images, a few at a time."""
    parts: list[list[np.ndarray]] = []
    for chunk in images.chunks():
        pixels = chunk.astype(np.float32)
        flat = pixels.reshape(len(chunk), -1)
        means = flat.mean(axis=1)
        centred = flat - means[:, None]
        variances = np.einsum("np,np->n", centred, centred) / flat.shape[1]
        parts.append(
            [
                _contents(chunk),
                hashes(pixels),
                flat.min(axis=1),
                flat.max(axis=1),
                means.astype(np.float64),
                np.sqrt(variances, dtype=np.float64),
            ]
        )
    names = Measured.__dataclass_fields__
    columns = map(np.concatenate, zip(*parts, strict=True))
    return Measured(**dict(zip(names, columns, strict=True)))


def _contents(chunk: np.ndarray) -> np.ndarray:
    """64 bits of a hash of each image.

    Two of a million different images have the same with a probability of 3e-8.
    """
    digests = [
        hashlib.blake2b(image.data, digest_size=8).digest()
        for image in np.ascontiguousarray(chunk)
    ]
    return np.frombuffer(b"".join(digests), np.uint64)
