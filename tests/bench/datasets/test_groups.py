"""Groups of images stay on one side of every split and of every fold."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bench.datasets import Folds, Task, examine
from bench.records import StudySpec, study_id

Load = Callable[..., Task]
Refusal = Callable[..., str]
SaveNpz = Callable[..., str]


def numbered(count: int) -> np.ndarray:
    """Images whose first two pixels hold their index."""
    images = np.zeros((count, 4, 4), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.divmod(np.arange(count), 256)
    return images


def positions(task: Task) -> list[np.ndarray]:
    """Indices that ``numbered`` wrote into the images of each split."""
    return [
        split.images[:, 0, :2, 0].astype(int) @ (256, 1)
        for split in (task.train, task.validation, task.test)
    ]


def in_common(groups: np.ndarray, parts: list[np.ndarray]) -> set[int]:
    """Groups of which images lie in more than one part."""
    kinds = [set(groups[part].tolist()) for part in parts]
    pairs = [(a, b) for n, a in enumerate(kinds) for b in kinds[:n]]
    return {group for a, b in pairs for group in a & b}


@st.composite
def grouped(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Labels and groups: some of one class, some of several, of many sizes."""
    random = np.random.default_rng(draw(st.integers(0, 1000)))
    classes = draw(st.integers(2, 4))
    sizes = draw(st.lists(st.integers(1, 6), min_size=30, max_size=60))
    groups = np.repeat(np.arange(len(sizes)), sizes)
    labels = (np.arange(len(sizes)) % classes)[groups]
    if draw(st.booleans()):
        mixed = random.random(len(groups)) < 0.2
        labels[mixed] = random.integers(0, classes, mixed.sum())
    order = random.permutation(len(groups))
    return labels[order], groups[order]


@given(drawn=grouped(), seed=st.integers(0, 2**40), images=st.none() | st.just(60))
@settings(
    deadline=None,
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_group_is_in_two_splits_or_folds_and_shares_are_kept(
    load: Load,
    save_npz: SaveNpz,
    drawn: tuple[np.ndarray, np.ndarray],
    seed: int,
    images: int | None,
) -> None:
    labels, groups = drawn
    name = save_npz(X=numbered(len(labels)), y=labels, patient=groups)
    task = load(name, groups="patient", seed=seed, images=images)
    parts = positions(task)
    everyone = np.concatenate(parts)
    assert len(set(everyone.tolist())) == len(everyone)
    assert in_common(groups, parts) == set()
    largest = np.bincount(groups).max()
    assert abs(len(task.test) - 0.25 * len(labels)) <= 2 * largest
    others = len(task.train) + len(task.validation)
    wanted = min(60, others) if images else len(labels) - len(task.test)
    assert abs(others - wanted) <= 2 * largest
    assert task.grouping is not None
    assert task.grouping.test_share == len(task.test) / len(labels)
    if images is not None:
        return
    folds = Folds(task, 3, seed)
    pool = np.concatenate(parts[:2])
    held_out = [folds.indices(fold).validation for fold in range(3)]
    assert sorted(np.concatenate(held_out)) == list(range(len(pool)))
    assert in_common(groups, [pool[indices] for indices in held_out]) == set()


def test_another_seed_divides_groups_differently(load: Load, save_npz: SaveNpz) -> None:
    groups = np.arange(120) // 4
    name = save_npz(X=numbered(120), y=groups % 2, groups=groups)
    first, again, other = (
        load(name, groups="groups", seed=seed).record.fingerprint for seed in (0, 0, 1)
    )
    assert first == again != other


def test_groups_are_part_of_a_tasks_identity_and_their_absence_is_not(
    load: Load, save_npz: SaveNpz
) -> None:
    y = np.arange(120) % 2
    arrays = {"x_train": numbered(120), "y_train": y, "x_test": numbered(20)}
    name = save_npz(
        **arrays, y_test=y[:20], one=np.arange(120), two=np.arange(120) // 2
    )
    one, two = (load(name, groups=key).record for key in ("one", "two"))
    assert one.fingerprint != two.fingerprint
    assert (
        one.test_fingerprint
        == two.test_fingerprint
        == load(name).record.test_fingerprint
    )
    spec = StudySpec(family="vgg")
    assert "groups" not in spec.to_json()
    assert study_id(spec, "", "") != study_id(
        StudySpec(family="vgg", groups="one"), "", ""
    )
    kept = StudySpec(family="vgg", groups="one")
    assert StudySpec.from_json(kept.to_json()) == kept


def test_training_images_of_groups_in_the_test_part_are_left_out(
    load: Load, save_npz: SaveNpz
) -> None:
    train, test = np.arange(120) // 3, np.arange(35, 55) % 50
    name = save_npz(
        x_train=numbered(120),
        y_train=train % 2,
        x_test=numbered(20),
        y_test=test % 2,
        scene_train=train,
        scene_test=test,
    )
    task = load(name, groups="scene")
    kept = np.concatenate(positions(task)[:2])
    assert set(kept.tolist()) == set(np.flatnonzero(~np.isin(train, test)).tolist())
    assert len(task.test) == 20
    assert task.grouping is not None
    assert task.grouping.left_out == 120 - len(kept) > 0
    assert task.record.test_fingerprint == load(name).record.test_fingerprint


def test_duplicates_as_groups_leave_none_across_splits(
    load: Load, save_npz: SaveNpz
) -> None:
    random = np.random.default_rng(0)
    coarse = random.integers(20, 220, (120, 8, 8, 3), dtype=np.uint8)
    X = coarse.repeat(4, axis=1).repeat(4, axis=2)
    X[60:90] = X[:30]
    X[90:120] = X[30:60] + np.uint8(9)
    name = save_npz(X=X, y=np.arange(120) % 2)
    before, after = (
        examine(load(name, groups=groups)).findings for groups in (None, "duplicates")
    )
    assert before.near is not None
    assert after.near is not None
    assert before.exact.test > 0
    assert before.near.test > 0
    assert (after.exact.test, after.exact.validation) == (0, 0)
    assert (after.near.test, after.near.validation) == (0, 0)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for label in ("cat", "dog"):
        (folder / label).mkdir(parents=True)
        for number in range(12):
            pixels = np.full((8, 8, 3), 10 * number + ord(label[0]) % 7, np.uint8)
            Image.fromarray(pixels).save(folder / label / f"{number}.png")
    return folder


def write(path: Path, rows: list[tuple[str, str]], header: str = "path,group") -> str:
    with path.open("w", newline="") as file:
        file.write(f"{header}\n")
        csv.writer(file).writerows(rows)
    return str(path)


ROWS = [(f"{k}/{n}.png", f"{k}{n // 3}") for k in ("cat", "dog") for n in range(12)]


def test_a_table_names_the_groups_of_files(
    load: Load, photos: Path, tmp_path: Path
) -> None:
    table = write(tmp_path / "groups.csv", [(f"./{path}", g) for path, g in ROWS])
    task = load(f"folder:{photos}", groups=table)
    of_path = dict(ROWS)
    groups = [
        {of_path[str(file)] for file in split.files}
        for split in (task.train, task.validation, task.test)
        if split.files is not None
    ]
    assert len(groups) == 3
    assert sum(map(len, groups)) == len(set.union(*groups)) == 8


@pytest.mark.parametrize(
    ("rows", "header", "said"),
    [
        (ROWS[1:], "path,group", "1 of 24 have none in"),
        ([*ROWS, ("cat/99.png", "x")], "path,group", "such as 'cat/99.png'"),
        ([*ROWS, ("cat/0.png", "x")], "path,group", "'cat/0.png' in"),
        ([("cat/0.png", " "), *ROWS[1:]], "path,group", "has none"),
        (ROWS, "file,patient", "has file, patient"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(
    refusal: Refusal,
    photos: Path,
    tmp_path: Path,
    rows: list[tuple[str, str]],
    header: str,
    said: str,
) -> None:
    table = write(tmp_path / "groups.csv", rows, header)
    assert said in refusal(f"folder:{photos}", groups=table)


def test_groups_that_can_not_be_found_are_refused(
    refusal: Refusal, save_npz: SaveNpz, photos: Path, tmp_path: Path
) -> None:
    name = save_npz(X=numbered(60), y=np.arange(60) % 2, half=np.arange(30))
    assert "holds no 'patient'" in refusal(name, groups="patient")
    assert "30 for 60 images" in refusal(name, groups="half")
    assert "--groups takes" in refusal(f"folder:{photos}", groups="patient")
    assert "there is no file" in refusal(f"folder:{photos}", groups="gone.csv")
    assert "come as arrays" in refusal(name, groups=write(tmp_path / "g.csv", ROWS))
    np.save(tmp_path / "g.npy", np.linspace(0, 1, 60))
    assert "integer or text" in refusal(name, groups=str(tmp_path / "g.npy"))


def test_a_class_of_too_few_groups_is_refused(
    refusal: Refusal, save_npz: SaveNpz
) -> None:
    groups = np.where(np.arange(60) % 2, np.arange(60), np.arange(60) // 30)
    name = save_npz(X=numbered(60), y=np.arange(60) % 2, groups=groups)
    message = refusal(name, groups="groups")
    assert "3 or more groups" in message
    assert "'0' has 2 with" in message
