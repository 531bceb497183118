"""Image files of further formats, and of sizes that differ."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.datasets import Task
from bench.datasets.streamed import Room

Load = Callable[..., Task]
Refusal = Callable[..., str]
Fill = Callable[..., Path]


@pytest.mark.parametrize(
    ("mode", "suffix", "channels"),
    [
        ("RGB", "tif", 3),
        ("L", "TIFF", 1),
        ("CMYK", "tiff", 3),
        ("1", "tif", 1),
        ("CMYK", "jpg", 3),
    ],
)
def test_tiff_and_cmyk_are_read(
    mode: str, suffix: str, channels: int, load: Load, fill: Fill, tmp_path: Path
) -> None:
    random = np.random.default_rng(0)
    for name in ("cat", "dog"):
        folder = fill(name, 0)
        for number in range(8):
            pixels = random.integers(0, 256, (16, 16, 3), np.uint8)
            image = Image.fromarray(pixels).convert(mode)
            image.save(folder / f"{number}.{suffix}")
    task = load(f"folder:{tmp_path / 'photos'}")
    assert task.record.image_shape == (16, 16, channels)
    assert task.pixel_range == (0, 255)


@pytest.mark.parametrize("order", ["<u2", ">u2"])
def test_grey_tiff_of_16_bits_keeps_its_range(
    order: str, load: Load, fill: Fill, tmp_path: Path
) -> None:
    for name in ("cat", "dog"):
        folder = fill(name, 0)
        for number in range(8):
            values = np.full((8, 8), 4000 - number, order)
            mode = "I;16" if order == "<u2" else "I;16B"
            image = Image.frombytes(mode, (8, 8), values.tobytes())
            image.save(folder / f"{number}.tif")
    task = load(f"folder:{tmp_path / 'photos'}")
    assert 3993 <= task.train.images.min() <= task.train.images.max() <= 4000


def heic(folder: Path) -> None:
    """Write a file that begins like a HEIC file, which it isn't else."""
    (folder / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(16))


def test_heic_file_without_the_extra_says_how_to_read_it(
    refusal: Refusal, fill: Fill, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    fill("cat")
    heic(fill("dog"))
    message = refusal(f"folder:{tmp_path / 'photos'}")
    assert "HEIC needs the extra heic: pip install 'keras-leaderboard[heic]'" in message


def test_heic_photographs_are_read_as_viewers_show_them(
    load: Load, fill: Fill, tmp_path: Path
) -> None:
    heif = pytest.importorskip("pillow_heif")
    exif = Image.Exif()
    exif[0x0112] = 6
    for name, colour in (("cat", "red"), ("dog", "blue")):
        folder = fill(name, 0)
        for number in range(8):
            image = Image.new("RGB", (64, 32), colour)
            heif.from_pillow(image).save(folder / f"{number}.HEIC", exif=exif.tobytes())
    task = load(f"folder:{tmp_path / 'photos'}")
    assert task.record.image_shape == (64, 32, 3)
    assert task.train.images[task.train.labels == 0][..., 0].min() > 200


def test_what_is_left_out_is_counted_by_kind(
    load: Load, photos: str, tmp_path: Path
) -> None:
    for name in ("a.mp4", "b.MP4", "c.txt", "d"):
        (tmp_path / "photos" / "cat" / name).touch()
    [note] = load(photos).notes
    assert note == (
        "left out 4 files or folders that are no images (2 .mp4, 1 .txt, 1 without a "
        "suffix), such as 'cat/a.mp4'"
    )


@pytest.mark.parametrize(
    ("sides", "said"),
    [
        ((20, 30), "become 24x24 pixels, cropped to a square: the median of their"),
        ((200, 300), "is 250, and 96 the most that is taken unasked; --image-size"),
    ],
)
def test_size_chosen_for_images_of_several_sizes_is_said_first(
    sides: tuple[int, int], said: str, load: Load, fill: Fill, tmp_path: Path
) -> None:
    for name, side in zip(("cat", "dog"), sides, strict=True):
        (fill(name, size=(side, 400)) / "notes.txt").touch()
    dataset = f"folder:{tmp_path / 'photos'}"
    first, left_out = load(dataset).notes
    assert first.startswith("images of 2 sizes become ")
    assert said in first
    assert load(dataset, image_size=(16, 16)).notes == (left_out,)
    streamed = load(dataset, room=Room(streams=True))
    assert streamed.notes[0] == first
