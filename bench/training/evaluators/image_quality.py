"""How similar images are to clean ones: squared error, PSNR and SSIM."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

_MIN_ERROR = 1e-10
"""Minimum squared error in a signal-to-noise ratio, so that the ratio is finite."""

_WINDOW = 11
"""Side of the window of SSIM, in pixels."""

_SIGMA = 1.5
"""Standard deviation of the Gaussian that weighs the pixels of the window."""

_C1, _C2 = 0.01**2, 0.03**2
"""Constants of SSIM for values in [0, 1]."""

_CHUNK_VALUES = 2**23
"""Maximum number of pixel values that are compared at a time."""


def quality(images: np.ndarray, clean: np.ndarray) -> dict[str, float]:
    """Mean squared error, PSNR and SSIM of images in [0, 1] against clean images."""
    errors = squared_errors(images, clean)
    return {
        "mse": float(errors.mean()),
        "psnr": psnr(errors),
        "ssim": ssim(images, clean),
    }


def squared_errors(images: np.ndarray, clean: np.ndarray) -> np.ndarray:
    """Mean squared error of each image, ``(n,)``."""
    squares = np.square(images.astype("float64") - clean)
    errors: np.ndarray = squares.mean(axis=tuple(range(1, clean.ndim)))
    return errors


def psnr(errors: np.ndarray) -> float:
    """Mean over images of the peak signal-to-noise ratio, in dB, for pixels in [0, 1].

    Args:
        errors: Mean squared error of each image, ``(n,)``; errors below 1e-10 count
            as 1e-10.
    """
    return float(np.mean(image_psnr(errors)))


def image_psnr(errors: np.ndarray) -> np.ndarray:
    """Peak signal-to-noise ratio of each image, see ``psnr``."""
    ratios: np.ndarray = -10 * np.log10(np.maximum(errors, _MIN_ERROR))
    return ratios


def ssim(images: np.ndarray, clean: np.ndarray) -> float:
    """Mean over images of the structural similarity, for pixels in [0, 1].

    Statistics are taken in windows of 11x11 pixels under a Gaussian of standard
    deviation 1.5, with K1 = 0.01 and K2 = 0.03, wherever the window lies within the
    image. Channels are compared one by one, and averaged. In images with a side below
    11 pixels the window has the largest odd side that fits, under the same Gaussian.

    Reference: Wang et al. 2004, "Image quality assessment: from error visibility to
    structural similarity".

    Args:
        images: ``(n, height, width, channels)``.
        clean: Images of the same shape.
    """
    step = max(1, _CHUNK_VALUES // clean[0].size)
    total = sum(
        _similarities(images[n : n + step], clean[n : n + step]).sum()
        for n in range(0, len(clean), step)
    )
    return float(total / len(clean))


def _similarities(images: np.ndarray, clean: np.ndarray) -> np.ndarray:
    """Structural similarity of each image, ``(n,)``."""
    x, y = images.astype("float64"), clean.astype("float64")
    mean_x, mean_y = _windowed(x), _windowed(y)
    variance_x = _windowed(x * x) - mean_x**2
    variance_y = _windowed(y * y) - mean_y**2
    covariance = _windowed(x * y) - mean_x * mean_y
    similar = (2 * mean_x * mean_y + _C1) * (2 * covariance + _C2)
    scale = (mean_x**2 + mean_y**2 + _C1) * (variance_x + variance_y + _C2)
    similarities: np.ndarray = (similar / scale).mean(axis=(1, 2, 3))
    return similarities


def _windowed(values: np.ndarray) -> np.ndarray:
    """Weighted means in all windows that lie within the images."""
    side = min(_WINDOW, *values.shape[1:3])
    radius = (side - 1) // 2
    offsets = np.arange(-radius, radius + 1)
    weights = np.exp(-(offsets**2) / (2 * _SIGMA**2))
    weights /= weights.sum()
    for axis in (1, 2):
        values = ndimage.correlate1d(values, weights, axis=axis)
        size = values.shape[axis]
        values = values.take(range(radius, size - radius), axis=axis)
    return values
