"""Data sets in a folder of images, with one subfolder per class."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bench.datasets import Task

Load = Callable[..., Task]
Refusal = Callable[..., str]
Fill = Callable[..., Path]


def all_images(task: Task) -> np.ndarray:
    splits = (task.train, task.validation, task.test)
    return np.concatenate([split.images for split in splits])


def test_classes_are_the_subfolders_in_order(load: Load, photos: str) -> None:
    task = load(photos)
    assert task.record.class_names == ("cat", "dog")
    assert task.record.dataset == photos
    assert task.record.image_shape == (16, 16, 3)
    assert all_images(task).shape == (16, 16, 16, 3)
    assert all_images(task).dtype == np.uint8


def test_pixels_belong_to_their_labels(load: Load, fill: Fill, tmp_path: Path) -> None:
    for name, colour in (("blue", (0, 0, 255)), ("red", (255, 0, 0))):
        folder = fill(name, 0)
        for number in range(6):
            Image.new("RGB", (8, 8), colour).save(folder / f"{number}.png")
    task = load(f"folder:{tmp_path / 'photos'}")
    for split in (task.train, task.validation, task.test):
        np.testing.assert_array_equal(split.images[:, 0, 0, 0] == 255, split.labels)


@pytest.mark.parametrize("suffix", ["png", "JPG", "jpeg", "BMP", "gif", "WebP"])
def test_case_of_a_suffix_does_not_matter(
    load: Load, fill: Fill, tmp_path: Path, suffix: str
) -> None:
    fill("cat", suffix=suffix)
    fill("dog", suffix=suffix)
    assert load(f"folder:{tmp_path / 'photos'}").record.train > 0


def test_hidden_and_other_files_are_ignored(
    load: Load, photos: str, tmp_path: Path
) -> None:
    before = load(photos).record
    folder = tmp_path / "photos"
    (folder / ".thumbnails").mkdir()
    (folder / "cat" / "._0.png").write_bytes(b"no image")
    (folder / "cat" / "notes.txt").write_text("no image")
    (folder / "README.md").write_text("no class")
    assert load(photos).record == before


@given(random=st.randoms(use_true_random=False))
@settings(
    deadline=None,
    max_examples=10,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_order_in_which_a_folder_is_listed_does_not_matter(
    load: Load, photos: str, random: Random
) -> None:
    scandir = os.scandir

    @contextmanager
    def shuffled(path: Path) -> Iterator[list[os.DirEntry]]:
        with scandir(path) as entries:
            yield random.sample(listed := list(entries), len(listed))

    expected = load(photos)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.scandir", shuffled)
        task = load(photos)
    assert task.record == expected.record
    for name in ("train", "validation", "test"):
        images = (getattr(each, name).images for each in (task, expected))
        np.testing.assert_array_equal(*images)


def test_what_is_left_out_is_counted(load: Load, photos: str, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    (folder / "cat" / ".hidden").touch()
    assert load(photos).notes == ()
    (folder / "cat" / "notes.txt").touch()
    (folder / "dog" / "more").mkdir()
    (folder / "README\n.md").touch()
    [note] = load(photos).notes
    assert note == (
        "left out 3 files or folders that are no images (1 .txt, 1 folder, 1 .md), "
        "such as 'cat/notes.txt'"
    )


def test_folders_beside_the_splits_are_counted(
    load: Load, fill: Fill, tmp_path: Path
) -> None:
    for name in ("train/cat", "train/dog", "test/cat", "test/dog", "other/cat"):
        fill(name, 8)
    (tmp_path / "photos" / "train" / "labels.csv").touch()
    [note] = load(f"folder:{tmp_path / 'photos'}").notes
    assert note.startswith("left out 2 files or folders")


def test_links_out_of_the_folder_are_followed_and_counted(
    load: Load, photos: str, tmp_path: Path
) -> None:
    before = load(photos)
    folder = tmp_path / "photos"
    (folder / "cat").rename(tmp_path / "cats")
    (folder / "cat").symlink_to(tmp_path / "cats")
    (folder / "dog" / "0.png").rename(folder / "dog" / "zero")
    (folder / "dog" / "0.png").symlink_to("zero")
    task = load(photos)
    assert task.record == before.record
    assert "followed 1 links out of the folder, such as 'cat'" in task.notes


@pytest.mark.parametrize("link", ["emu", "train/emu", "test/dog"])
def test_one_folder_is_not_two_classes_or_parts(
    refusal: Refusal, fill: Fill, tmp_path: Path, link: str
) -> None:
    parts = ["train", "test"] if "/" in link else ["."]
    for part in parts:
        fill(f"{part}/cat")
        fill(f"{part}/dog")
        fill(f"{part}/emu") if link == "train/emu" and part == "test" else None
    place = tmp_path / "photos" / link
    shutil.rmtree(place, ignore_errors=True)
    place.symlink_to(tmp_path / "photos" / parts[0] / "dog")
    message = refusal(f"folder:{tmp_path / 'photos'}")
    assert "needs a folder of its own" in message


def test_train_and_test_folders_are_the_splits(
    load: Load, fill: Fill, tmp_path: Path
) -> None:
    for name in ("cat", "dog"):
        fill(f"train/{name}", 8)
        fill(f"test/{name}", 3)
    task = load(f"folder:{tmp_path / 'photos'}")
    assert task.record.class_names == ("cat", "dog")
    assert (task.record.train, task.record.validation) == (12, 4)
    np.testing.assert_array_equal(task.test.labels, [0, 0, 0, 1, 1, 1])


def test_train_folder_without_test_folder_is_a_class(
    load: Load, fill: Fill, tmp_path: Path
) -> None:
    fill("bus")
    fill("train")
    assert load(f"folder:{tmp_path / 'photos'}").record.class_names == ("bus", "train")


def test_train_and_test_folders_must_hold_the_same_classes(
    refusal: Refusal, fill: Fill, tmp_path: Path
) -> None:
    for name in ("train/cat", "train/dog", "test/cat", "test/cow"):
        fill(name)
    message = refusal(f"folder:{tmp_path / 'photos'}")
    assert "'cow'" in message
    assert "train/ and test/" in message


def test_images_are_turned_as_exif_says(load: Load, fill: Fill, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # viewers turn the image clockwise by 90 degrees
    stored = np.zeros((16, 32, 3), np.uint8)
    stored[:, :16] = 255  # at the left in the file, at the top in a viewer
    for name in ("cat", "dog"):
        folder = fill(name, 0)
        for number in range(4):
            Image.fromarray(stored).save(folder / f"{number}.jpg", exif=exif)
    images = all_images(load(f"folder:{tmp_path / 'photos'}"))
    assert images.shape[1:] == (32, 16, 1)
    assert images[:, 4].min() > 200
    assert images[:, -4].max() < 50


def test_transparent_pixels_become_white(
    load: Load, fill: Fill, tmp_path: Path
) -> None:
    for name in ("cat", "dog"):
        folder = fill(name, 0)
        for number in range(4):
            image = Image.new("RGBA", (8, 8), (200, 0, 0, 255))
            image.paste((0, 0, 0, 0), (0, 0, 4, 8))
            image.save(folder / f"{number}.png")
    images = all_images(load(f"folder:{tmp_path / 'photos'}"))
    assert (images[:, 0, 0] == 255).all()
    assert (images[:, 0, 7] == (200, 0, 0)).all()


def test_transparent_palette_becomes_white(
    load: Load, fill: Fill, tmp_path: Path
) -> None:
    for name in ("cat", "dog"):
        folder = fill(name, 0)
        image = Image.new("P", (8, 8), 1)
        image.putpalette([0, 0, 0, 9, 9, 99])
        for number in range(4):
            image.save(folder / f"{number}.png", transparency=b"\xff\x00")
    assert (all_images(load(f"folder:{tmp_path / 'photos'}")) == 255).all()


def test_first_of_several_frames_is_taken(
    load: Load, fill: Fill, tmp_path: Path
) -> None:
    frames = [Image.new("L", (8, 8), shade) for shade in (40, 80)]
    for name in ("cat", "dog"):
        folder = fill(name, 0)
        for number in range(4):
            frames[0].save(
                folder / f"{number}.gif", save_all=True, append_images=frames[1:]
            )
    assert (all_images(load(f"folder:{tmp_path / 'photos'}")) == 40).all()


def test_gray_images_have_one_channel(load: Load, fill: Fill, tmp_path: Path) -> None:
    fill("cat", mode="L")
    fill("dog", mode="LA")
    assert load(f"folder:{tmp_path / 'photos'}").record.image_shape == (16, 16, 1)


def test_single_colour_image_makes_all_images_rgb(
    load: Load, fill: Fill, tmp_path: Path
) -> None:
    fill("cat", mode="L")
    Image.new("RGB", (16, 16), "red").save(fill("dog", mode="L") / "red.png")
    assert load(f"folder:{tmp_path / 'photos'}").record.image_shape == (16, 16, 3)


def test_first_bytes_of_a_class_name_tell_folders_apart(
    load: Load, fill: Fill, tmp_path: Path
) -> None:
    fill(os.fsdecode(b"\xfe"))
    fill(os.fsdecode(b"\xff"))
    names = load(f"folder:{tmp_path / 'photos'}").record.class_names
    assert names == ("\\udcfe", "\\udcff")


def test_size_that_all_images_share_is_kept(
    load: Load, fill: Fill, tmp_path: Path
) -> None:
    fill("cat", size=(30, 20))
    fill("dog", size=(30, 20))
    assert load(f"folder:{tmp_path / 'photos'}").record.image_shape == (20, 30, 3)


@pytest.mark.parametrize(
    ("short_side", "expected"), [(6, 8), (45, 40), (200, 96)], ids=str
)
def test_different_sizes_become_a_square_of_the_median_short_side(
    load: Load, fill: Fill, tmp_path: Path, short_side: int, expected: int
) -> None:
    fill("cat", size=(short_side, short_side + 20))
    fill("dog", size=(short_side + 30, short_side))
    shape = load(f"folder:{tmp_path / 'photos'}").record.image_shape
    assert shape == (expected, expected, 3)


def test_image_size_crops_around_the_centre(
    load: Load, fill: Fill, tmp_path: Path
) -> None:
    stored = np.zeros((20, 60), np.uint8)
    stored[:, 20:40] = 255
    for name in ("cat", "dog"):
        folder = fill(name, 0)
        for number in range(4):
            Image.fromarray(stored).save(folder / f"{number}.png")
    task = load(f"folder:{tmp_path / 'photos'}", image_size=(10, 10))
    assert all_images(task).shape == (8, 10, 10, 1)
    assert (all_images(task)[:, :, 2:-2] == 255).all()


def test_large_common_size_needs_image_size(
    refusal: Refusal, fill: Fill, tmp_path: Path
) -> None:
    fill("cat", 1, size=(600, 600))
    fill("dog", 1, size=(600, 600))
    message = refusal(f"folder:{tmp_path / 'photos'}")
    assert "600x600" in message
    assert "--image-size" in message


def test_missing_folder_is_named(refusal: Refusal, tmp_path: Path) -> None:
    assert "'nowhere'" in refusal("folder:nowhere")
    (tmp_path / "file").touch()
    assert "no folder" in refusal(f"folder:{tmp_path / 'file'}")


def test_empty_folder_is_refused(refusal: Refusal, tmp_path: Path) -> None:
    assert "holds none" in refusal(f"folder:{tmp_path}")


def test_folder_of_one_class_is_refused(
    refusal: Refusal, photos: str, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "photos" / "dog")
    assert "only 'cat'" in refusal(photos)


def test_class_folder_without_images_is_named(
    refusal: Refusal, photos: str, tmp_path: Path
) -> None:
    (tmp_path / "photos" / "cow").mkdir()
    assert "cow'" in refusal(photos)


def test_kind_without_a_path_is_refused(refusal: Refusal) -> None:
    assert "folder:PATH" in refusal("folder:")
