"""Folders of images with 16 bits a channel."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.datasets import Task

Load = Callable[..., Task]
Refusal = Callable[..., str]
Fill = Callable[..., Path]

COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
"""Numbers that stand in PNG files for gray, RGB and RGBA, by channels."""


def save(path: Path, image: np.ndarray) -> None:
    """Write an image of 16 bits, which Pillow can do for gray images alone."""
    height, width, channels = image.shape
    header = (width, height, 16, COLOUR_TYPES[channels], 0, 0, 0)
    lines = b"".join(b"\0" + line.astype(">u2").tobytes() for line in image)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", *header))
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )


def chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def images(high: int, channels: int = 1, count: int = 16) -> np.ndarray:
    """Images of 8x8 pixels whose values reach ``high``."""
    random = np.random.default_rng(0)
    values = random.integers(0, high + 1, (count, 8, 8, channels), np.uint16)
    values[:, 0, 0] = high
    return values


@pytest.fixture
def save_all(fill: Fill, tmp_path: Path) -> Callable[..., str]:
    """Save images in two class folders, and return the name of the data set."""

    def save_all(values: np.ndarray, part: str = "") -> str:
        for number, image in enumerate(values):
            folder = fill(f"{part}{('cat', 'dog')[number % 2]}", 0)
            save(folder / f"{number:02}.png", image)
        return f"folder:{tmp_path / 'photos'}"

    return save_all


def all_images(task: Task) -> np.ndarray:
    splits = (task.train, task.validation, task.test)
    return np.concatenate([split.images for split in splits])


@pytest.mark.parametrize(
    ("high", "channels", "bits"),
    [(4095, 1, 12), (4095, 3, 12), (4095, 4, 12), (65535, 1, 16), (700, 1, 10)],
)
def test_values_of_16_bits_and_their_range_are_kept(
    load: Load,
    save_all: Callable[..., str],
    high: int,
    channels: int,
    bits: int,
) -> None:
    values = images(high, channels)
    values[..., 3:] = 65535  # opaque
    task = load(save_all(values))
    colours = values[..., :3]
    assert sorted(all_images(task).sum((1, 2, 3))) == sorted(colours.sum((1, 2, 3)))
    np.testing.assert_array_equal(np.unique(all_images(task)), np.unique(colours))
    assert task.pixel_range == (0, 2**bits - 1)
    assert task.bits == bits


def test_values_of_16_bits_that_fit_8_are_bytes(
    load: Load, save_all: Callable[..., str]
) -> None:
    task = load(save_all(images(17)))
    assert task.train.images.dtype == np.uint8
    assert task.pixel_range == (0, 17)
    assert task.bits == 5


def test_transparent_pixels_of_16_bits_become_white(
    load: Load, save_all: Callable[..., str]
) -> None:
    values = images(4095, 4)
    values[..., 3] = 65535
    values[:, :4, :, 3] = 0
    task = load(save_all(values))
    assert (all_images(task)[:, :4] == 65535).all()
    assert all_images(task)[:, 4:].max() <= 4095


def test_resized_images_of_16_bits_are_whole_numbers_in_their_range(
    load: Load, save_all: Callable[..., str]
) -> None:
    task = load(save_all(images(4095)), image_size=(12, 12))
    resized = all_images(task)
    np.testing.assert_array_equal(resized, np.rint(resized))
    assert 0 <= resized.min() < 200
    assert 3900 < resized.max() <= 4095


def test_range_is_that_of_the_bits_not_of_the_brightest_training_image(
    load: Load, save_all: Callable[..., str]
) -> None:
    values = images(4095)
    save_all(np.minimum(values, 3000), "train/")
    task = load(save_all(values[:4], "test/"))
    assert task.pixel_range == (0, 4095)


def test_train_of_12_bits_with_test_of_16_is_refused(
    refusal: Refusal, save_all: Callable[..., str]
) -> None:
    save_all(images(4095), "train/")
    message = refusal(save_all(images(65535), "test/"))
    assert "4095]" in message
    assert "65535]" in message
    assert "scale both alike" in message


def test_images_of_8_bits_among_images_of_16_are_refused(
    refusal: Refusal, save_all: Callable[..., str], tmp_path: Path
) -> None:
    dataset = save_all(images(65535))
    Image.new("L", (8, 8), 9).save(tmp_path / "photos" / "cat" / "shallow.png")
    message = refusal(dataset)
    assert "16 of 17 images have 16 bits" in message
    assert "shallow.png'" in message


def test_truncated_image_of_16_bits_is_named(
    refusal: Refusal, save_all: Callable[..., str], tmp_path: Path
) -> None:
    dataset = save_all(images(65535, 3))
    path = tmp_path / "photos" / "cat" / "02.png"
    path.write_bytes(path.read_bytes()[:100])
    assert "'cat/02.png'" in refusal(dataset)
