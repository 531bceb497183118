"""Folders of training, validation and test images, and classes in nested folders."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench.datasets import Task
from bench.datasets.streamed import Room

Load = Callable[..., Task]
Refusal = Callable[..., str]
Fill = Callable[..., Path]


def counts(task: Task) -> tuple[int, int, int]:
    return len(task.train), len(task.validation), len(task.test)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"train": 16, "val": 4, "test": 3}, (32, 8, 6)),
        ({"train": 16, "valid": 4}, (24, 8, 8)),
        ({"Train": 16, "Validation": 4, "Test": 3}, (32, 8, 6)),
        ({"train": 16, "test": 3}, (24, 8, 6)),
        ({"train": 16}, (18, 6, 8)),
    ],
)
def test_parts_are_splits_and_a_missing_one_is_cut_from_the_training_images(
    parts: dict[str, int],
    expected: tuple[int, int, int],
    load: Load,
    fill: Fill,
    tmp_path: Path,
) -> None:
    for part, count in parts.items():
        for name in ("cat", "dog"):
            fill(f"{part}/{name}", count)
    dataset = f"folder:{tmp_path / 'photos'}"
    task = load(dataset)
    assert counts(task) == expected
    for part, split in (("val", task.validation), ("test", task.test)):
        if any(name.lower().startswith(part) for name in parts):
            assert all(file.lower().startswith(part) for file in split.files)
            assert set(load(dataset, seed=7).validation.files) or part == "test"
    streamed = load(dataset, room=Room(streams=True))
    assert counts(streamed) == expected
    np.testing.assert_array_equal(streamed.validation.files, task.validation.files)
    if len(parts) == 3:
        assert load(dataset, seed=7).record.fingerprint == task.record.fingerprint


def test_sample_takes_its_share_of_each_part(
    load: Load, fill: Fill, tmp_path: Path
) -> None:
    for part, count in {"train": 12, "val": 6, "test": 2}.items():
        for name in ("cat", "dog"):
            fill(f"{part}/{name}", count)
    task = load(f"folder:{tmp_path / 'photos'}", images=12)
    assert counts(task) == (8, 4, 4)
    assert counts(task.whole()) == (24, 12, 4)


def test_training_images_of_a_group_that_validates_are_left_out(
    load: Load, fill: Fill, tmp_path: Path
) -> None:
    lines = ["path,group"]
    for part in ("train", "val", "test"):
        for name in ("cat", "dog"):
            fill(f"{part}/{name}", 8)
            lines += [
                f"{part}/{name}/{n}.png,{n if n == 0 else f'{part}{name}{n}'}"
                for n in range(8)
            ]
    (tmp_path / "groups.csv").write_text("\n".join(lines))
    dataset = f"folder:{tmp_path / 'photos'}"
    task = load(dataset, groups=str(tmp_path / "groups.csv"))
    assert counts(task) == (14, 14, 16)


def test_two_folders_of_validation_images_are_refused(
    refusal: Refusal, fill: Fill, tmp_path: Path
) -> None:
    for part in ("train", "val", "valid"):
        fill(f"{part}/cat")
        fill(f"{part}/dog")
    assert "has val and valid" in refusal(f"folder:{tmp_path / 'photos'}")


@pytest.fixture
def plants(fill: Fill, tmp_path: Path) -> str:
    """Name of a data set whose classes lie in folders of folders."""
    for name in ("plants/daisy", "plants/rose", "animals/cat", "animals/big/lion"):
        fill(name)
    (tmp_path / "photos" / "plants" / "list.txt").touch()
    return f"folder:{tmp_path / 'photos'}"


@pytest.mark.parametrize(
    ("classes_from", "names"),
    [
        ("leaf", ("cat", "daisy", "lion", "rose")),
        ("top", ("animals", "plants")),
        ("path", ("animals/big/lion", "animals/cat", "plants/daisy", "plants/rose")),
    ],
)
def test_nested_folders_are_classes_as_asked(
    classes_from: str, names: tuple[str, ...], load: Load, plants: str
) -> None:
    task = load(plants, classes_from=classes_from)
    assert task.record.class_names == names
    assert task.record.images == 32
    [note] = task.notes
    assert note == (
        "left out 1 files or folders that are no images (1 .txt), such as "
        "'plants/list.txt'"
    )


def test_nested_folders_are_refused_with_the_way_out(
    refusal: Refusal, plants: str
) -> None:
    message = refusal(plants)
    assert "holds only folders, such as 'big'" in message or "'cat'" in message
    assert "--classes-from leaf" in message


def test_link_to_a_folder_above_is_refused(
    refusal: Refusal, plants: str, tmp_path: Path
) -> None:
    (tmp_path / "photos" / "plants" / "loop").symlink_to(tmp_path / "photos")
    assert "can't lie in itself" in refusal(plants, classes_from="leaf")
