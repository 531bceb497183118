"""Data sets in NumPy files."""

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench import datasets
from bench.datasets import Task
from bench.errors import DatasetError

Load = Callable[..., Task]
Refusal = Callable[..., str]
SaveNpz = Callable[..., str]

X = np.random.default_rng(0).integers(0, 256, (24, 6, 5, 3), np.uint8)
y = np.arange(24) % 3


def test_case_of_array_names_does_not_matter(load: Load, save_npz: SaveNpz) -> None:
    record = load(save_npz(X=X, y=y)).record
    assert record.image_shape == (6, 5, 3)
    assert record.class_names == ("0", "1", "2")
    assert load(save_npz(x=X, Y=y)).record == record


def test_pair_of_npy_files_equals_an_npz_file(
    load: Load, save_npz: SaveNpz, tmp_path: Path
) -> None:
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", y)
    pair = load(f"npy:{tmp_path / 'X.npy'},{tmp_path / 'y.npy'}")
    assert pair.record.fingerprint == load(save_npz(X=X, y=y)).record.fingerprint


def test_test_arrays_are_the_test_split(load: Load, save_npz: SaveNpz) -> None:
    task = load(
        save_npz(x_train=X, y_train=y + 5, X_TEST=X[:6] // 2, y_test=y[:6, None] + 5)
    )
    assert (task.record.train, task.record.validation) == (18, 6)
    assert task.record.class_names == ("5", "6", "7")
    np.testing.assert_array_equal(task.test.images, X[:6] // 2)
    np.testing.assert_array_equal(task.test.labels, y[:6])


def test_images_without_channels_get_one(load: Load, save_npz: SaveNpz) -> None:
    assert load(save_npz(X=X[..., 0], y=y)).record.image_shape == (6, 5, 1)


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (np.array(["b", "a", "ü"])[y], ("a", "b", "ü")),
        (np.array([b"b", b"a", "ü".encode()])[y], ("a", "b", "ü")),
        (np.array([10, -2, 9], np.int8)[y], ("-2", "9", "10")),
        (y > 0, ("False", "True")),
    ],
    ids=["text", "bytes", "integers", "booleans"],
)
def test_labels_become_sorted_class_names(
    load: Load, save_npz: SaveNpz, labels: np.ndarray, names: tuple[str, ...]
) -> None:
    images = np.zeros((24, 4, 4), np.uint8)
    images[:, 0, 0] = np.arange(24)
    task = load(save_npz(X=images, y=labels))
    assert task.record.class_names == names
    given_labels = [
        label.decode() if isinstance(label, bytes) else str(label)
        for label in labels[task.train.images[:, 0, 0, 0]].tolist()
    ]
    assert [names[index] for index in task.train.labels] == given_labels
    assert task.train.labels.dtype == np.int64


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (
            np.array([b"\xff", b"\xfe", b"\\udcff"])[y],
            ("\\udcff", "\\udcfe", "\\udcff'"),
        ),
        (np.array(["\ud800", "e\u0301", "\u00e9"])[y], None),
        (np.array(["a b", "a  b", " a b"])[y], None),
    ],
    ids=["bytes", "unicode", "blanks"],
)
def test_labels_that_differ_as_bytes_stay_apart(
    load: Load,
    save_npz: SaveNpz,
    labels: np.ndarray,
    names: tuple[str, ...] | None,
) -> None:
    images = np.zeros((24, 4, 4), np.uint8)
    images[:, 0, 0] = np.arange(24)
    task = load(save_npz(X=images, y=labels))
    assert len(set(task.record.class_names)) == 3
    assert all(name.encode() for name in task.record.class_names)
    if names is not None:
        assert set(task.record.class_names) == set(names)
    originals = labels[task.train.images[:, 0, 0, 0]]
    for index in range(3):
        assert len(set(originals[task.train.labels == index].tolist())) == 1


@pytest.mark.parametrize(
    ("train", "test", "texts"),
    [
        (X / 255, X[:6], ("[0, 1]", "[0, 255]")),
        (X, X[:6] / 255, ("[0, 255]", "[0, 1]")),
        (X / 127.5 - 1, X[:6] / 255, ("[-1, 1]", "[0, 1]")),
        (X / 255, X[:6] / 127.5 - 1, ("[0, 1]", "[-1, 1]")),
        (X // 15, X[:6], ("[0, 17]", "[0, 255]")),
        (X.astype(int) * 257, X[:6].astype(int) * 16, ("65535]", "4080]")),
        (X / 127.5 - 2.1, X[:6], ("-0.1]", "[0, 255]")),
    ],
)
def test_parts_of_different_pixel_ranges_are_refused(
    refusal: Refusal,
    save_npz: SaveNpz,
    train: np.ndarray,
    test: np.ndarray,
    texts: tuple[str, str],
) -> None:
    train, test = train.copy(), test.copy()
    message = refusal(save_npz(x_train=train, y_train=y, x_test=test, y_test=y[:6]))
    assert "must have one range of pixel values" in message
    for text in (*texts, "scale both alike"):
        assert text in message


@pytest.mark.parametrize(
    ("train", "test"),
    [
        (X / 255, X[:6] / 2550),
        (X, X[:6] // 3),
        (X, X[:6].astype(float)),
        (X / 127.5 - 1, X[:6] / 130 - 0.99),
        (X / 255 * 1.001 - 0.0005, X[:6] / 255),
        (X / 60.0 - 2.1, X[:6] / 65.0 - 2),
        (X.astype(int) * 16, X[:6].astype(int) * 15),
    ],
)
def test_darker_or_noisier_test_images_are_no_mismatch(
    load: Load, save_npz: SaveNpz, train: np.ndarray, test: np.ndarray
) -> None:
    task = load(save_npz(x_train=train, y_train=y, x_test=test, y_test=y[:6]))
    assert task.record.test == 6


@pytest.mark.parametrize(
    ("images", "bits"),
    [
        (X, 8),
        (X / 255, 8),
        (X.astype(int) * 16, 12),
        (X // 15, 5),
        ((X > 99) / 1.0, 1),
        (np.random.default_rng(0).random((24, 60, 60, 3)), 32),
    ],
)
def test_bits_of_a_value_are_those_of_the_images_not_of_their_type(
    load: Load, save_npz: SaveNpz, images: np.ndarray, bits: int
) -> None:
    assert load(save_npz(X=images, y=y)).bits == bits


@pytest.mark.parametrize(
    ("images", "dtype", "pixel_range"),
    [
        (X, "uint8", (0, 255)),
        (X.astype(np.int64), "uint8", (0, 255)),
        (X > 127, "uint8", (0, 255)),
        (X.astype(np.int32) * 4, "float32", (0, 1023)),
        (X.astype(np.uint16) * 257, "float32", (0, 65535)),
        (X * 16.01, "float32", (0, 4082.55)),
        (X.astype(np.int64) * 512, "float32", (0, 130560)),
        (X / 255, "float32", (0, 1)),
        (X / np.float16(256), "float32", (0, 1)),
        (X / 127.5 - 1, "float32", (-1, 1)),
        (X.astype(np.float32), "float32", (0, 255)),
        (X / 255 + 300, "float32", (300, 301)),
        (X // 15, "uint8", (0, 17)),
        (np.full(X.shape, -7.0), "float32", (-7, -6)),
        (X.astype(">f8") / 255, "float32", (0, 1)),
    ],
)
def test_pixels_keep_their_values_and_give_their_range(
    load: Load,
    save_npz: SaveNpz,
    images: np.ndarray,
    dtype: str,
    pixel_range: tuple[float, float],
) -> None:
    task = load(save_npz(X=images, y=y))
    assert task.train.images.dtype == np.dtype(dtype)
    assert task.pixel_range == pytest.approx(pixel_range, abs=1e-2, rel=0.02)


def test_boolean_pixels_are_black_and_white(load: Load, save_npz: SaveNpz) -> None:
    images = load(save_npz(X=X > 127, y=y)).train.images
    np.testing.assert_array_equal(np.unique(images), [0, 255])


def test_parts_of_different_dtypes_become_float32(
    load: Load, save_npz: SaveNpz
) -> None:
    task = load(
        save_npz(x_train=X, y_train=y, x_test=X[:6].astype(np.float64), y_test=y[:6])
    )
    assert task.train.images.dtype == task.test.images.dtype == np.float32


@pytest.mark.parametrize("images", [X, X / 255, X[..., [0, 0, 1, 2]]])
def test_image_size_scales_arrays(
    load: Load, save_npz: SaveNpz, images: np.ndarray
) -> None:
    dataset = save_npz(X=images, y=y)
    task = load(dataset, image_size=(9, 12))
    assert task.train.images.shape == (len(task.train), 9, 12, images.shape[-1])
    assert task.train.images.dtype == load(dataset).train.images.dtype
    assert task.pixel_range == load(dataset).pixel_range
    middle = task.train.images.mean() / task.pixel_range[1]
    assert middle == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("size", [(3, 32), (32, 513)])
def test_image_size_out_of_range_is_refused(
    refusal: Refusal, save_npz: SaveNpz, size: tuple[int, int]
) -> None:
    message = refusal(save_npz(X=X, y=y), image_size=size)
    assert f"{size[0]}x{size[1]}" in message


def test_images_of_one_pixel_need_image_size(
    refusal: Refusal, save_npz: SaveNpz
) -> None:
    assert "not 1x1" in refusal(save_npz(X=X[:, :1, :1], y=y))


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (X, y[:-1], "24 images and 23 labels"),
        (X, y.astype(float), "not float64"),
        (X, y * 1j, "not complex128"),
        (X, np.eye(3, dtype=int)[y], "argmax"),
        (X, np.int64(3), "labels must be one per image"),
        (X[:, 0, 0], y, "(24, 3)"),
        (X[..., None], y, "(24, 6, 5, 3, 1)"),
        (np.moveaxis(np.tile(X, (1, 2, 2, 1)), -1, 1), y, "moveaxis"),
        (X[:0], y[:0], "not nothing"),
        (X[:, :0], y, "not nothing"),
        (X * 1j, y, "not complex128"),
        (X.astype(str), y, "pixels must be numbers"),
        (X, y * 0, "two or more classes"),
        (X * 1e300, y, "infinite"),
    ],
)
def test_arrays_that_cannot_be_used_are_refused(
    refusal: Refusal,
    save_npz: SaveNpz,
    images: np.ndarray,
    labels: np.ndarray,
    message: str,
) -> None:
    assert message in refusal(save_npz(X=images, y=labels))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_number_of_images_with_infinite_or_nan_pixels_is_given(
    refusal: Refusal, save_npz: SaveNpz, value: float
) -> None:
    images = X / 255
    images[[2, 2, 7], 0, [0, 1, 0]] = value
    assert "2 of 24 images" in refusal(save_npz(X=images, y=y))


@pytest.mark.parametrize("name", ["X", "y"])
def test_object_array_is_never_unpickled(
    refusal: Refusal, save_npz: SaveNpz, name: str
) -> None:
    arrays = {"X": X, "y": y}
    arrays[name] = arrays[name].astype(object)
    assert "pickled" in refusal(save_npz(**arrays))


def test_pickle_instead_of_an_array_is_never_unpickled(
    refusal: Refusal, tmp_path: Path
) -> None:
    (tmp_path / "X.npy").write_bytes(pickle.dumps(X))
    np.save(tmp_path / "y.npy", y)
    message = refusal(f"npy:{tmp_path / 'X.npy'},{tmp_path / 'y.npy'}")
    assert "not unpickled" in message


@pytest.mark.parametrize(
    ("x_test", "y_test", "message"),
    [
        (X[:6], y[:6] + 1, "'3' is not"),
        (X[:6], y[:6].astype(str), "of one kind"),
        (X[:6, :5], y[:6], "(5, 5, 3)"),
        (X[:6], y[:6] % 2, "none of '2'"),
        (X[:6], y[:5], "6 images and 5 labels"),
    ],
)
def test_test_part_must_fit_the_training_part(
    refusal: Refusal,
    save_npz: SaveNpz,
    x_test: np.ndarray,
    y_test: np.ndarray,
    message: str,
) -> None:
    dataset = save_npz(x_train=X, y_train=y, x_test=x_test, y_test=y_test)
    assert message in refusal(dataset)


@pytest.mark.parametrize(
    "arrays",
    [{}, {"X": X}, {"x_train": X, "y_train": y}, {"X": X, "x": X, "y": y}],
    ids=["none", "no labels", "no test part", "equal names"],
)
def test_unexpected_arrays_are_listed(
    refusal: Refusal, save_npz: SaveNpz, arrays: dict[str, np.ndarray]
) -> None:
    assert (", ".join(arrays) or "none") in refusal(save_npz(**arrays))


def test_other_arrays_in_the_file_are_not_read(load: Load, save_npz: SaveNpz) -> None:
    pickled = np.array([None])
    assert load(save_npz(X=X, y=y, other=pickled)).record.train


def test_refusal_of_a_numpy_file_of_the_other_kind_names_the_right_option(
    refusal: Refusal, save_npz: SaveNpz, tmp_path: Path
) -> None:
    np.save(tmp_path / "X.npy", X)
    archive = save_npz(X=X, y=y).removeprefix("npz:")
    assert "npy:X.npy,y.npy" in refusal(f"npz:{tmp_path / 'X.npy'}")
    assert "npz:PATH" in refusal(f"npy:{archive},{archive}")


def test_missing_file_or_path_is_named(refusal: Refusal, tmp_path: Path) -> None:
    assert "no file 'nowhere.npz'" in refusal("npz:nowhere.npz")
    assert "no file 'nowhere.npy'" in refusal("npy:nowhere.npy,y.npy")
    assert "lacks a path" in refusal("npy:X.npy")
    assert str(tmp_path) in refusal(f"npz:{tmp_path}")


@given(data=st.data())
@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_damaged_file_is_refused_or_read(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "damaged.npz"
    np.savez(path, X=X[:, :4, :4, 0], y=y)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        task = datasets.load(
            datasets.DataSetRequest(
                dataset=f"npz:{path}",
                validation_fraction=0.25,
                test_fraction=0.25,
            )
        )
    except DatasetError as error:
        message = str(error)
    else:
        message = ""
        assert len(task.train) + len(task.validation) + len(task.test) == 24
    assert "\n" not in message
