"""PSNR and SSIM equal those of scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from bench.training.evaluators import image_quality
from bench.training.evaluators.image_quality import psnr, squared_errors, ssim


def pair(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Random clean images, and the same with noise."""
    random = np.random.default_rng(0)
    clean = random.random(shape)
    return clean, np.clip(clean + 0.2 * random.standard_normal(shape), 0, 1)


def test_psnr_equals_that_of_scikit_image() -> None:
    clean, images = pair((5, 9, 7, 3))
    expected = [
        peak_signal_noise_ratio(a, b, data_range=1)
        for a, b in zip(clean, images, strict=True)
    ]
    assert psnr(squared_errors(images, clean)) == pytest.approx(np.mean(expected))


@pytest.mark.parametrize(
    ("shape", "known"),
    [
        ((4, 28, 28, 1), 0.8195289850763652),
        ((4, 32, 40, 3), 0.8191864122615802),
        ((3, 11, 12, 1), 0.814132692849567),
    ],
)
def test_ssim_is_that_of_wang_et_al(
    shape: tuple[int, ...], known: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The known values are those of scikit-image 0.26."""
    clean, images = pair(shape)
    expected = [
        structural_similarity(
            a,
            b,
            data_range=1.0,
            channel_axis=-1,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            win_size=11,
        )
        for a, b in zip(images, clean, strict=True)
    ]
    assert ssim(images, clean) == pytest.approx(known, abs=1e-12)
    assert ssim(images, clean) == pytest.approx(np.mean(expected), abs=1e-9)
    monkeypatch.setattr(image_quality, "_CHUNK_VALUES", 1)  # image by image
    assert ssim(images, clean) == pytest.approx(known, abs=1e-12)


def test_window_of_small_images_is_the_largest_that_fits() -> None:
    """In images of 7x7 pixels that is a single window, whose formula is short."""
    clean, images = pair((1, 7, 7, 1))
    offsets = np.arange(-3, 4)
    gaussian = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * 1.5**2))
    weights = (gaussian / gaussian.sum())[None, ..., None]
    x, y = ((weights * i).sum() for i in (images, clean))
    xx, yy = ((weights * i**2).sum() - m**2 for i, m in ((images, x), (clean, y)))
    xy = (weights * images * clean).sum() - x * y
    expected = (2 * x * y + 1e-4) * (2 * xy + 9e-4)
    expected /= (x**2 + y**2 + 1e-4) * (xx + yy + 9e-4)
    assert ssim(images, clean) == pytest.approx(expected)
    for side in (4, 8, 10):
        clean, images = pair((2, side, 20, 1))
        assert ssim(images, clean) < ssim(clean, clean) == pytest.approx(1)
