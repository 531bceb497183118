"""Folders with truncated images and with files that are no images."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.datasets import Task

Load = Callable[..., Task]
Refusal = Callable[..., str]
Fill = Callable[..., Path]


def all_images(task: Task) -> np.ndarray:
    splits = (task.train, task.validation, task.test)
    return np.concatenate([split.images for split in splits])


def truncate(path: Path) -> None:
    """Cut off a file in the middle of its pixels."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def test_truncated_image_is_named(
    refusal: Refusal, photos: str, tmp_path: Path
) -> None:
    truncate(tmp_path / "photos" / "cat" / "3.png")
    message = refusal(photos)
    assert "1 of 16" in message
    assert "'cat/3.png'" in message
    assert "--skip-unreadable" in message


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "gif", "webp"])
def test_truncated_image_of_any_format_is_named(
    refusal: Refusal, fill: Fill, tmp_path: Path, suffix: str
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    for name in ("cat", "dog"):
        Image.fromarray(noise).save(fill(name, 0) / f"0.{suffix}")
    truncate(tmp_path / "photos" / "dog" / f"0.{suffix}")
    assert f"'dog/0.{suffix}'" in refusal(f"folder:{tmp_path / 'photos'}")


def test_many_unreadable_images_are_counted(
    refusal: Refusal, photos: str, tmp_path: Path
) -> None:
    for number in range(5):
        (tmp_path / "photos" / "dog" / f"{number}.png").write_text("no image")
    message = refusal(photos)
    assert "5 of 16" in message
    assert "'dog/2.png' (no image of these formats) and 2 more" in message


def test_skipped_images_are_left_out_and_counted(
    load: Load, photos: str, tmp_path: Path
) -> None:
    truncate(tmp_path / "photos" / "cat" / "3.png")
    (tmp_path / "photos" / "dog" / "0.png").write_bytes(b"")
    task = load(photos, skip_unreadable=True)
    assert task.notes == ("left out 2 unreadable images",)
    assert len(all_images(task)) == 14
    assert (all_images(task).max(axis=(1, 2, 3)) == 200).all()


def test_skipped_images_do_not_count_for_the_common_size(
    load: Load, photos: str, tmp_path: Path
) -> None:
    large = tmp_path / "photos" / "cat" / "large.png"
    Image.effect_noise((90, 90), 50).save(large)
    truncate(large)
    task = load(photos, skip_unreadable=True)
    assert task.record.image_shape == (16, 16, 3)
    assert len(all_images(task)) == 16


def test_skipping_gives_the_same_task_as_removing_the_files(
    load: Load, photos: str, tmp_path: Path
) -> None:
    unreadable = tmp_path / "photos" / "cat" / "3.png"
    truncate(unreadable)
    skipping = load(photos, skip_unreadable=True).record
    unreadable.unlink()
    assert load(photos).record == skipping


def test_class_left_without_readable_images_is_named(
    refusal: Refusal, photos: str, tmp_path: Path
) -> None:
    for file in (tmp_path / "photos" / "dog").iterdir():
        file.write_bytes(b"")
    assert "'dog'" in refusal(photos, skip_unreadable=True)


def test_folder_without_any_readable_image_is_refused(
    refusal: Refusal, photos: str, tmp_path: Path
) -> None:
    for file in (tmp_path / "photos").glob("*/*"):
        file.write_bytes(b"")
    assert "16 of 16" in refusal(photos)
    assert "none left" in refusal(photos, skip_unreadable=True)
