"""Data sets given as objects: what becomes of them, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from bench.datasets import given
from bench.errors import DatasetError

N = 24
X = np.arange(N * 36, dtype=np.int64).reshape(N, 6, 6, 1) % 251
Y = np.arange(N) % 3


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{number:02}.png" for number in range(N)]
    for path, image in zip(paths, X, strict=True):
        Image.fromarray(image[..., 0].astype(np.uint8)).save(path)
    return paths


def content(source: Any) -> set[tuple[bytes, str]]:
    """Each image with the name of its class, in no order."""
    return {
        (image.tobytes(), source.class_names[label])
        for image, label in zip(source.train.images, source.train.labels, strict=True)
    }


WHOLE = content(given.source((X, Y)))


def test_arrays_become_bytes_with_class_indices() -> None:
    source = given.source((X, Y))
    assert source.train.images.dtype == np.uint8
    assert source.class_names == ("0", "1", "2")
    assert source.test is None


@pytest.mark.parametrize(
    "labels",
    [Y.tolist(), pd.Series(Y), Y[:, np.newaxis], pd.Series(Y).map(str)],
    ids=["list", "series", "column", "series of texts"],
)
def test_labels_of_any_library_are_those_of_arrays(labels: Any) -> None:
    assert content(given.source((X, labels))) == WHOLE


def test_four_arrays_or_two_pairs_are_training_and_test_images() -> None:
    flat = given.source((X[:15], Y[:15], X[15:], Y[15:]))
    nested = given.source(((X[:15], Y[:15]), (X[15:], Y[15:])))
    for source in (flat, nested):
        assert source.test is not None
        assert (len(source.train), len(source.test)) == (15, N - 15)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ((X,), "given as \\(X, y\\)"),
        ((X, Y, X), "not as 3 parts"),
        ((X, Y[:-1]), "one length"),
        ((X, Y + 0.5), "fractions"),
        ((X, np.eye(3)[Y]), "argmax"),
        ((np.full_like(X, np.nan, float), Y), "finite"),
        (([[1], [1, 2], [3]], [0, 1, 0]), "must become NumPy arrays"),
        ((X, [0, "a", None] * 8), "integers or strings"),
        (object(), "turn it into arrays"),
        (7, "not builtins.int"),
    ],
)
def test_what_is_no_data_set_is_refused_with_a_way_out(data: Any, said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        given.source(data)


def test_arrays_beyond_the_memory_are_refused_before_they_are_copied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bench.datasets.memory.available_memory", lambda: 1000)
    for data in ((X, Y), stream_of([(X, Y)])):
        with pytest.raises(DatasetError, match="fit in memory"):
            given.source(data)


# Streams of batches ----------------------------------------------------------


class PyDataset:
    """Stands for ``keras.utils.PyDataset``, which is known by name and package."""

    def __init__(self, batches: list[Any], num_batches: int | None) -> None:
        self.batches, self.num_batches = batches, num_batches

    def __getitem__(self, index: int) -> Any:
        return self.batches[index]


PyDataset.__module__ = "keras.src.trainers"


def stream_of(batches: list[Any], num_batches: int | None = 0) -> PyDataset:
    return PyDataset(batches, len(batches) if num_batches == 0 else num_batches)


def batches(order: np.ndarray, labels: np.ndarray = Y) -> list[Any]:
    parts = np.array_split(order, 4)
    return [(X[part], labels[part]) for part in parts]


def test_shuffled_stream_is_the_same_data_set() -> None:
    one = given.source(stream_of(batches(np.arange(N))))
    shuffled = np.random.default_rng(1).permutation(N)
    other = given.source(stream_of(batches(shuffled)))
    assert content(one) == WHOLE
    np.testing.assert_array_equal(one.train.images, other.train.images)
    np.testing.assert_array_equal(one.train.labels, other.train.labels)


def test_one_hot_labels_of_a_stream_become_classes() -> None:
    source = given.source(stream_of(batches(np.arange(N), np.eye(3)[Y])))
    assert content(source) == WHOLE


def test_two_streams_are_training_and_test_images() -> None:
    pair = stream_of([(X[:15], Y[:15])]), stream_of([(X[15:], Y[15:])])
    source = given.source(pair)
    assert source.test is not None
    assert len(source.test) == N - 15


@pytest.mark.parametrize(
    ("batches", "num_batches", "said"),
    [
        ([(X, Y)], None, "repeats for ever"),
        ([], 0, "no element"),
        ([X], 0, "must be \\(images, labels\\)"),
        ([{"image": X}], 0, "image and label"),
    ],
)
def test_stream_without_end_or_labels_is_refused(
    batches: list[Any], num_batches: int | None, said: str
) -> None:
    with pytest.raises(DatasetError, match=said):
        given.source(stream_of(batches, num_batches))


# Frames of paths -------------------------------------------------------------


def test_frame_of_paths_is_read_as_a_folder_is(photos: list[Path]) -> None:
    frame = pd.DataFrame({"path": map(str, photos), "label": Y, "size": 6})
    assert content(given.source(frame)) == WHOLE
    two = pd.DataFrame({"where": photos, "what": Y}).sample(frac=1, random_state=0)
    assert content(given.source(two)) == WHOLE
    first, second = given.source(frame), given.source(two)
    np.testing.assert_array_equal(first.train.images, second.train.images)


def test_frame_with_splits_has_test_images(photos: list[Path]) -> None:
    split = ["train"] * 15 + ["test"] * (N - 15)
    frame = pd.DataFrame({"path": photos, "label": Y, "split": split})
    source = given.source(frame)
    assert source.test is not None
    assert len(source.test) == N - 15


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.rename(columns={"path": "x", "size": "z"}), "needs the columns"),
        (lambda f: f.assign(label=[None, *f["label"][1:]]), "dropna"),
        (lambda f: f.iloc[:0], "no row"),
        (lambda f: pd.concat([f, f[:1]]), "drop_duplicates"),
        (lambda f: f.assign(path="nowhere/" + f["label"].astype(str)), "several rows"),
        (lambda f: f.assign(path=[*f["path"][1:], "nowhere.png"]), "nowhere.png"),
    ],
)
def test_frame_that_is_not_whole_is_refused(
    photos: list[Path], change: Any, said: str
) -> None:
    frame = pd.DataFrame({"path": map(str, photos), "label": Y, "size": 6})
    with pytest.raises(DatasetError, match=said):
        given.source(change(frame))


# Hugging Face ----------------------------------------------------------------


class Dataset:
    """Stands for ``datasets.Dataset``, with encoded images and class labels."""

    def __init__(self, files: list[Path], labels: Any, names: tuple[str, ...]) -> None:
        label = type("ClassLabel", (), {"names": names})()
        self.features = {"image": type("Image", (), {})(), "label": label}
        self._rows = [
            {"image": {"bytes": file.read_bytes(), "path": None}, "label": int(label)}
            for file, label in zip(files, labels, strict=True)
        ]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, column: str) -> list[Any]:
        return [row[column] for row in self._rows]

    def with_format(self, name: str) -> Dataset:
        assert name == "arrow"
        return self

    def iter(self, batch_size: int) -> Iterator[Any]:
        for row in self._rows:
            held = SimpleNamespace(to_pylist=lambda row=row: [row["image"]])
            yield SimpleNamespace(column=lambda _, held=held: held, nbytes=1)


Dataset.__module__ = "datasets.arrow_dataset"


def test_hugging_face_images_are_decoded_as_files_with_their_names(
    photos: list[Path],
) -> None:
    source = given.source(Dataset(photos, Y, ("a", "b", "c")))
    assert source.class_names == ("a", "b", "c")
    named = {(image, "abc"[int(label)]) for image, label in WHOLE}
    assert content(source) == named


def test_broken_hugging_face_image_is_named(photos: list[Path]) -> None:
    photos[3].write_bytes(b"no image")
    with pytest.raises(DatasetError, match="image 3"):
        given.source(Dataset(photos, Y, ("a", "b", "c")))


def test_hugging_face_data_without_images_is_refused(photos: list[Path]) -> None:
    data = Dataset(photos, Y, ("a", "b", "c"))
    data.features = {"text": SimpleNamespace()}
    with pytest.raises(DatasetError, match="one column of Image"):
        given.source(data)


# Groups ----------------------------------------------------------------------


def test_column_of_hugging_face_data_names_the_groups(photos: list[Path]) -> None:
    data = Dataset(photos, Y, ("a", "b", "c"))
    data.features["patient"] = SimpleNamespace()
    for number, row in enumerate(data._rows):
        row["patient"] = f"p{number // 2}"
    groups = given.source(data, groups="patient").train.groups
    assert groups is not None
    assert len(np.unique(groups)) == -(-len(photos) // 2)
    assert groups[0] == groups[1] != groups[2]
    with pytest.raises(DatasetError, match="no 'scene' but image, label, patient"):
        given.source(data, groups="scene")


def test_stream_has_no_order_for_groups() -> None:
    with pytest.raises(DatasetError, match="in the order of the images"):
        given.source(stream_of([(X, Y)]), groups=np.arange(N))
