"""Distances between two sets of images, computed from a network's features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SUBSETS = 100
"""Number of random subsets over which the kernel distance is averaged."""

MAX_SUBSET = 1000
"""Maximum number of images of each set in a subset; at most half of a set is taken."""


@dataclass(frozen=True)
class Gaussian:
    """A normal distribution of features: mean ``(d,)`` and covariance ``(d, d)``."""

    mean: np.ndarray
    covariance: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray) -> Gaussian:
        """Fit a Gaussian to features ``(n, d)`` of at least two images."""
        features = features.astype(np.float64)
        covariance = np.atleast_2d(np.cov(features, rowvar=False))
        return cls(features.mean(axis=0), covariance)


def frechet(one: Gaussian, other: Gaussian) -> float:
    """Squared Fréchet distance of two Gaussians; of features, the distance is the FID.

    The covariances may be singular, as those of fewer images than features are: the
    symmetric square root that is taken here exists all the same.

    Reference: Heusel et al. 2017, "GANs trained by a two time-scale update rule
    converge to a local Nash equilibrium".
    """
    root = _square_root(one.covariance)
    values = np.linalg.eigvalsh(root @ other.covariance @ root)
    trace_of_root = np.sqrt(np.maximum(values, 0)).sum()
    difference = one.mean - other.mean
    traces = np.trace(one.covariance) + np.trace(other.covariance)
    return float(max(0.0, difference @ difference + traces - 2 * trace_of_root))


def kernel_distance(
    one: np.ndarray, other: np.ndarray, *, seed: int = 0
) -> tuple[float, float]:
    """Kernel distance (KID) of two sets of features, and its spread over subsets.

    The distance is the unbiased squared maximum mean discrepancy for the kernel
    ``(x.y / d + 1)^3``, averaged over random subsets. The spread is the standard
    deviation over these subsets. It says how far the distance of a single subset may
    lie from the mean. It is no standard error: the subsets share images, and the mean
    over 100 of them varies less.

    Reference: Binkowski et al. 2018, "Demystifying MMD GANs".

    Args:
        one: Features ``(n, d)`` of at least two images.
        other: Features ``(m, d)`` of at least two images.
        seed: Seed of the random subsets.
    """
    random = np.random.default_rng(seed)
    size = max(2, min(MAX_SUBSET, len(one) // 2, len(other) // 2))
    distances = [
        _discrepancy(
            one[random.choice(len(one), size, replace=False)].astype(np.float64),
            other[random.choice(len(other), size, replace=False)].astype(np.float64),
        )
        for _ in range(SUBSETS)
    ]
    return float(np.mean(distances)), float(np.std(distances))


def nearest(
    features: np.ndarray, among: np.ndarray, unseen: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Find the nearest training image of each generated image.

    Args:
        features: Features of generated images, ``(n, d)``.
        among: Features of training images.
        unseen: Features of test images, to compare with.

    Returns:
        Indices ``(n,)`` of the training images; and distances ``(2, n)``: those of the
        generated images, and those of as many test images, evenly chosen.
    """
    from sklearn.metrics import pairwise_distances_argmin_min

    indices, distances = pairwise_distances_argmin_min(features, among)
    evenly = np.linspace(0, len(unseen) - 1, len(features), dtype=int)
    _, of_unseen = pairwise_distances_argmin_min(unseen[evenly], among)
    return indices, np.stack([distances, of_unseen])


def _discrepancy(one: np.ndarray, other: np.ndarray) -> float:
    """Unbiased squared maximum mean discrepancy of two subsets of equal size."""
    n = len(one)
    within = _kernel(one, one), _kernel(other, other)
    sums = sum((kernel.sum() - np.trace(kernel)) / (n * (n - 1)) for kernel in within)
    return float(sums - 2 * _kernel(one, other).mean())


def _kernel(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    base: np.ndarray = one @ other.T / one.shape[1] + 1
    # The power of scikit-learn's polynomial_kernel takes five times as long.
    kernel: np.ndarray = base * base * base
    return kernel


def _square_root(covariance: np.ndarray) -> np.ndarray:
    """The symmetric square root of a positive semidefinite matrix."""
    values, vectors = np.linalg.eigh(covariance)
    root: np.ndarray = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    return root
