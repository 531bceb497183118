"""The examination of a task: planted duplicates are found, and only these."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bench.datasets import Examination, Task, examine, keeps_classes
from bench.records import TEST, TRAIN, VALIDATION, TaskRecord

Load = Callable[..., Task]
SaveNpz = Callable[..., str]


def pictures(count: int, seed: int = 0) -> np.ndarray:
    """Different pictures with large and small shapes, ``(count, 32, 32, 3)``."""
    random = np.random.default_rng(seed)
    coarse = random.integers(20, 230, (count, 8, 8, 3))
    fine = coarse.repeat(4, axis=1).repeat(4, axis=2)
    return (fine + random.integers(-9, 10, fine.shape)).astype(np.uint8)


def examined(
    load: Load, save_npz: SaveNpz, parts: list[np.ndarray], labels: list[np.ndarray]
) -> Examination:
    """Examine training and test images; a quarter of the former validates."""
    x_train, x_test = parts
    y_train, y_test = labels
    return examine(
        load(save_npz(x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test))
    )


def halves(count: int) -> list[np.ndarray]:
    return [np.arange(count) % 2, np.arange(count) % 2]


def listed(examination: Examination, kind: str) -> set[tuple[bool, int]]:
    """Whether each duplicate is a test image, and its position."""
    rows = examination.duplicates
    chosen = rows[rows["kind"] == kind]
    return {(row["split"] == TEST, int(row["position"])) for row in chosen}


@given(
    copied=st.dictionaries(st.integers(0, 39), st.integers(0, 39), max_size=6),
    is_exact=st.booleans(),
    seed=st.integers(0, 100),
)
@settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_planted_duplicates_are_found_and_no_others(
    load: Load,
    save_npz: SaveNpz,
    copied: dict[int, int],
    is_exact: bool,
    seed: int,
) -> None:
    train, test = pictures(40, seed), pictures(40, seed + 1000)
    for to, source in copied.items():
        # Brighter copies look the same, and no two are alike.
        brighter = np.minimum(train[source], 214) + np.uint8(1 + to)
        test[to] = train[source] if is_exact else brighter
    found = examined(load, save_npz, [train, test], halves(40))
    planted = {(True, to) for to in copied} | {(False, s) for s in copied.values()}
    wrong = sum(to % 2 != source % 2 for to, source in copied.items())
    findings = found.findings
    assert findings.near is not None
    assert listed(found, "exact") == (planted if is_exact else set())
    assert findings.exact.test == (len(copied) if is_exact else 0)
    assert findings.exact.test_relabelled == (wrong if is_exact else 0)
    if is_exact:
        assert listed(found, "near") == set()
    else:
        assert listed(found, "near") == planted
        assert findings.near.test == len(copied)
        assert findings.near.test_relabelled == wrong


def test_a_pair_across_splits_and_classes_is_named_first(
    load: Load, save_npz: SaveNpz
) -> None:
    train, test = pictures(40), pictures(40, 1)
    for source in range(8):
        train[39 - source] = train[source]
    test[3] = train[20]
    exact = examined(load, save_npz, [train, test], halves(40)).findings.exact
    one, other = exact.pairs[0]
    assert {
        (one.split == TEST, one.position),
        (other.split == TEST, other.position),
    } == {
        (False, 20),
        (True, 3),
    }
    assert (exact.images, exact.test, exact.test_relabelled) == (18, 1, 1)


@pytest.mark.parametrize("change", ["jpeg", "smaller", "brighter"])
def test_a_picture_saved_again_is_a_near_duplicate(
    load: Load, save_npz: SaveNpz, change: str, tmp_path: Path
) -> None:
    train, test = pictures(40), pictures(40, 1)
    image = Image.fromarray(train[5])
    if change == "jpeg":
        image.save(tmp_path / "copy.jpg", quality=60)
        image = Image.open(tmp_path / "copy.jpg")
    elif change == "smaller":
        image = image.resize((24, 24)).resize((32, 32))
    else:
        image = image.point(lambda value: value * 1.1)
    test[7] = np.asarray(image)
    findings = examined(load, save_npz, [train, test], halves(40)).findings
    assert findings.near is not None
    assert (findings.near.test, findings.near.images) == (1, 2)
    assert findings.exact.images == 0


def test_near_duplicates_are_not_looked_for_where_images_fill_the_frame_alike(
    load: Load,
) -> None:
    findings = examine(load("digits")).findings
    assert findings.near is None
    assert "fill the frame alike" in findings.not_near


def test_bursts_of_many_scenes_are_near_duplicates(
    load: Load, save_npz: SaveNpz
) -> None:
    scenes = pictures(40).repeat(5, axis=0).astype(int)
    frames = scenes + np.random.default_rng(0).integers(-6, 7, scenes.shape)
    X = frames.clip(0, 255).astype(np.uint8)
    findings = examine(load(save_npz(X=X, y=np.arange(200) // 5 % 2))).findings
    assert findings.near is not None
    assert findings.near.images == 200
    assert findings.near.relabelled == 0


def test_pixels_and_classes_of_each_split_are_summed_up(
    load: Load, save_npz: SaveNpz
) -> None:
    train, test = pictures(40), pictures(40, 1) // 4
    train[0] = 7
    task = load(
        save_npz(
            x_train=train, y_train=np.arange(40) % 2, x_test=test, y_test=[0, 1] * 20
        )
    )
    findings = examine(task).findings
    assert sum(findings.constant.values()) == 1
    assert findings.constant[TEST] == 0
    assert findings.counts == {TRAIN: (15, 15), VALIDATION: (5, 5), TEST: (20, 20)}
    for name, split in ((TRAIN, task.train), (TEST, task.test)):
        pixels = findings.pixels[name]
        assert pixels.mean == pytest.approx(split.images.mean(), rel=1e-5)
        assert pixels.deviation == pytest.approx(split.images.std(), rel=1e-5)
        assert (pixels.low, pixels.high) == (split.images.min(), split.images.max())
        each = split.images.mean(axis=(1, 2, 3))
        assert pixels.brightness_deviation == pytest.approx(each.std(), rel=1e-4)


def test_sizes_of_files_and_those_left_out_are_known(
    load: Load, tmp_path: Path
) -> None:
    for label in ("cat", "dog"):
        (tmp_path / label).mkdir()
        for number, image in enumerate(pictures(12, ord(label[0]))):
            width = 20 if number < 2 else 32
            Image.fromarray(image).resize((width, 32)).save(
                tmp_path / label / f"{number}.png"
            )
    (tmp_path / "cat" / "broken.png").write_bytes(b"no image")
    task = load(f"folder:{tmp_path}", image_size=(16, 16), skip_unreadable=True)
    files = examine(task).findings.files
    assert files is not None
    assert (files.smallest, files.median, files.largest) == (
        (32, 20),
        (32, 32),
        (32, 32),
    )
    assert files.unreadable == 1


def test_findings_survive_json_and_are_no_part_of_a_task(
    load: Load, save_npz: SaveNpz
) -> None:
    X = pictures(40)
    X[1] = X[0]
    task = load(save_npz(X=X, y=np.arange(40) % 2))
    findings = examine(task).findings
    kept = TaskRecord.from_json(
        TaskRecord(**{**vars(task.record), "findings": findings}).to_json()
    )
    assert kept.findings == findings
    assert kept == task.record


def test_mirrored_digits_leave_their_classes(digits: Task) -> None:
    assert not keeps_classes(digits)


def test_images_that_look_alike_when_mirrored_keep_their_classes(stripes: Task) -> None:
    assert keeps_classes(stripes)


def test_few_images_are_not_taken_for_a_side(digits: Task) -> None:
    few = digits.validation.part(slice(0, 3))
    assert keeps_classes(replace(digits, validation=few))
