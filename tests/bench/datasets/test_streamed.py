"""Images that are decoded when they are read."""

import pickle
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bench.datasets import Task, examine, load_again, load_for
from bench.datasets.streamed import (
    Files,
    PixelFile,
    Room,
    StreamedImages,
    is_streamed,
)
from bench.errors import DatasetError
from bench.records import ImageSource, StudySpec

Load = Callable[..., Task]
Refusal = Callable[..., str]
Fill = Callable[..., Path]

STREAM = Room(streams=True)


def streamed(task: Task) -> StreamedImages:
    assert is_streamed(task.train.images)
    return task.train.images


def test_a_folder_has_the_same_pixels_streamed_as_in_memory(
    load: Load, photos: str
) -> None:
    memory, task = load(photos), load(photos, room=STREAM)
    assert task.record.image_shape == memory.record.image_shape
    for name in ("train", "validation", "test"):
        one, other = getattr(task, name), getattr(memory, name)
        np.testing.assert_array_equal(one.images[:], other.images)
        np.testing.assert_array_equal(one.labels, other.labels)
        np.testing.assert_array_equal(one.files, other.files)


def test_streamed_images_are_read_like_an_array(load: Load, photos: str) -> None:
    images = streamed(load(photos, room=STREAM))
    pixels = images[:]
    assert images.shape == pixels.shape
    assert images.nbytes == pixels.nbytes
    indices = np.array([5, 0, 3])
    np.testing.assert_array_equal(images[indices], pixels[indices])
    np.testing.assert_array_equal(images[2], pixels[2])
    np.testing.assert_array_equal(images[1:4], pixels[1:4])
    assert images[:0].shape == (0, 16, 16, 3)


def test_streamed_images_never_become_an_array_by_accident(
    load: Load, photos: str
) -> None:
    with pytest.raises(TypeError, match="in parts"):
        np.asarray(streamed(load(photos, room=STREAM)))


def test_gray_images_have_one_channel(load: Load, fill: Fill, tmp_path: Path) -> None:
    fill("cat", mode="L")
    fill("dog", mode="L")
    task = load(f"folder:{tmp_path / 'photos'}", room=STREAM)
    assert task.record.image_shape == (16, 16, 1)


def test_a_file_that_cannot_be_read_is_named_when_it_is_needed(
    load: Load, photos: str, tmp_path: Path
) -> None:
    task = load(photos, room=STREAM)
    for file in (tmp_path / "photos").glob("*/*.png"):
        file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(DatasetError, match=r"\.png' is not \(.*--skip-unreadable"):
        task.train.images[:]


def test_unreadable_files_are_left_out_of_a_stream(
    load: Load, photos: str, tmp_path: Path
) -> None:
    (tmp_path / "photos" / "cat" / "3.png").write_bytes(b"no image")
    task = load(photos, room=STREAM, skip_unreadable=True)
    assert task.record.images == 15
    assert "left out 1 unreadable images" in task.notes


def test_groups_may_name_files_that_are_left_out_of_a_stream(
    load: Load, photos: str, tmp_path: Path
) -> None:
    files = sorted((tmp_path / "photos").glob("*/*.png"))
    names = [file.relative_to(tmp_path / "photos").as_posix() for file in files]
    table = tmp_path / "groups.csv"
    rows = [f"{name},{number // 2}" for number, name in enumerate(names)]
    table.write_text("\n".join(["path,group", *rows]))
    files[3].write_bytes(b"no image")
    task = load(photos, room=STREAM, skip_unreadable=True, groups=str(table))
    assert task.record.images == 15
    assert task.grouping is not None


def test_streamed_folders_differ_by_names_and_sizes_of_files(
    load: Load, photos: str, fill: Fill
) -> None:
    before = load(photos, room=STREAM).record
    assert load(photos, room=STREAM).record == before
    fill("cat", 9)
    assert load(photos, room=STREAM).record.fingerprint != before.fingerprint


def test_a_folder_that_a_study_streamed_is_streamed_again(photos: str) -> None:
    spec = StudySpec(family="dense", dataset=photos)
    source = ImageSource(streams=True)
    record = load_for(spec, source).record
    again = load_again(spec, ImageSource(), record)
    assert again.record == record
    assert again.is_streamed
    in_memory = load_for(spec, ImageSource()).record
    assert not load_again(spec, ImageSource(), in_memory).is_streamed


def test_a_folder_that_a_study_read_into_memory_is_read_so_again(
    photos: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = StudySpec(family="dense", dataset=photos)
    record = load_for(spec, ImageSource()).record
    free = 2 * 16 * 16 * 16 * 3
    monkeypatch.setattr("bench.datasets.streamed.room.available_memory", lambda: free)
    source = ImageSource(processes=4)
    assert load_for(spec, source).is_streamed
    assert load_again(spec, source, record).record == record
    free //= 2
    with pytest.raises(DatasetError, match=r"take 24 KiB, and 12 KiB are free: run"):
        load_again(spec, source, record)


def test_a_stream_travels_without_its_images(load: Load, photos: str) -> None:
    images = streamed(load(photos, room=STREAM))
    content = pickle.dumps(images)
    assert len(content) < images.nbytes
    np.testing.assert_array_equal(pickle.loads(content)[:], images[:])


def test_kept_images_are_not_decoded_again(
    load: Load, photos: str, tmp_path: Path
) -> None:
    images = streamed(load(photos, room=STREAM))
    file = PixelFile.create(tmp_path / "pixels", len(images.encoded))
    images = replace(images, kept=file)
    some = np.array([4, 1, 2])
    first = images[some]
    for path in (tmp_path / "photos").glob("*/*.png"):
        path.unlink()
    np.testing.assert_array_equal(images[some], first)
    with pytest.raises(DatasetError):
        images[np.array([4, 0])]


@pytest.mark.parametrize("is_kept", [False, True])
@pytest.mark.parametrize("value_range", [None, (0.0, 255.0)])
def test_reading_takes_little_memory_beside_what_is_read(
    tmp_path: Path, is_kept: bool, value_range: tuple[float, float] | None
) -> None:
    names = np.array([b"image.png"] * 256)
    Image.new("RGB", (64, 64), "green").save(tmp_path / "image.png")
    images = StreamedImages(
        encoded=Files(tmp_path, names),
        positions=np.arange(256),
        image_shape=(64, 64, 3),
        threads=1,
    )
    if is_kept:
        file = PixelFile.create(tmp_path / "pixels", 256)
        images = replace(images, kept=file)
        images[:]
    if value_range is not None:
        images = images.mapped(value_range)
    images[:2]  # imports
    tracemalloc.start()
    try:
        images[:]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.3 * images.nbytes


@pytest.mark.parametrize(("processes", "kept"), [(2, 2**28), (1, 2**29), (64, 2**23)])
def test_features_of_streamed_images_share_the_memory_among_processes(
    processes: int, kept: int
) -> None:
    assert Room(limit=2**30, processes=processes).max_kept == kept


def test_a_full_disk_keeps_no_images_and_stops_nothing(
    load: Load, photos: str, small_disk: Any
) -> None:
    images = streamed(load(photos, room=STREAM))
    file = PixelFile.create(small_disk.folder / "pixels", len(images.encoded))
    small_disk.fill(but=0)
    np.testing.assert_array_equal(replace(images, kept=file)[:], images[:])
    assert not file.has(images.positions).any()


def test_memory_decides_whether_images_are_streamed(load: Load, photos: str) -> None:
    size = 16 * 16 * 16 * 3
    enough = Room(limit=2 * size, processes=1)
    assert not load(photos, room=enough).is_streamed
    with pytest.raises(DatasetError, match=r"--memory allows 0M.*--workers"):
        load(photos, room=Room(limit=size, processes=1))


@pytest.mark.parametrize(
    ("backend", "is_streamed"), [("tensorflow", False), ("jax", True), ("torch", True)]
)
def test_copies_are_bounded_where_training_takes_chunks(
    photos: str, monkeypatch: pytest.MonkeyPatch, backend: str, is_streamed: bool
) -> None:
    size = 16 * 16 * 16 * 3
    monkeypatch.setattr("bench.datasets.streamed.room.MAX_KEPT", size // 4)
    monkeypatch.setattr(
        "bench.datasets.streamed.room.available_memory", lambda: 2 * size
    )
    spec = StudySpec(family="dense", dataset=photos, backend=backend)
    assert load_for(spec, ImageSource(processes=4)).is_streamed == is_streamed


def test_arrays_beyond_the_memory_are_refused(
    refusal: Refusal, save_npz: Callable[..., str]
) -> None:
    images = np.zeros((40, 8, 8), np.uint8)
    dataset = save_npz(x=images, y=np.arange(40) % 2)
    message = refusal(dataset, room=Room(limit=images.nbytes, processes=1))
    assert "python -m bench shard" in message


def test_a_table_of_images_beyond_the_memory_is_refused(
    refusal: Refusal, photos: str, tmp_path: Path
) -> None:
    files = (tmp_path / "photos").glob("*/*.png")
    rows = [f"{file.relative_to(tmp_path)},{file.parent.name}" for file in files]
    (tmp_path / "photos.csv").write_text("\n".join(["path,label", *rows]))
    room = Room(limit=16 * 16 * 16 * 3, processes=1)
    message = refusal(f"csv:{tmp_path / 'photos.csv'}", room=room)
    assert "python -m bench shard" in message


def test_the_choice_is_said_with_its_reason(
    load: Load, photos: str, tmp_path: Path
) -> None:
    task = load(photos, room=STREAM)
    assert task.notes[0].startswith("images are streamed: 16 images take")


def test_a_sample_of_streamed_images_is_examined(
    load: Load, photos: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module("bench.datasets.examination.examine")
    monkeypatch.setattr(module, "SAMPLE", 3)
    findings = examine(load(photos, room=STREAM)).findings
    assert findings.examined == {"train": 3, "validation": 3, "test": 3}
    assert sum(findings.class_counts) == 16


def test_groups_of_duplicates_need_all_images(refusal: Refusal, photos: str) -> None:
    message = refusal(photos, room=STREAM, groups="duplicates")
    assert "raise --memory" in message
