"""Data sets known by name."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.datasets import load_digits

from bench import datasets
from bench.datasets import Task
from bench.errors import DatasetError

Load = Callable[..., Task]
Refusal = Callable[..., str]

x_train = np.random.default_rng(0).integers(0, 256, (80, 28, 28), np.uint8)
y_train = np.arange(80, dtype=np.uint8) % 10
ARRAYS = ((x_train, y_train[:, np.newaxis]), (x_train[:20], y_train[:20, np.newaxis]))


def offer(
    monkeypatch: pytest.MonkeyPatch, name: str, load_data: Callable[[], object]
) -> None:
    """Replace a module of keras.datasets, without importing Keras."""
    module = SimpleNamespace(load_data=load_data)
    monkeypatch.setitem(sys.modules, f"keras.datasets.{name}", module)


def no_network() -> object:
    raise Exception("URL fetch failure on\nhttps://example.org")


def test_digits_need_no_file_and_keep_all_shades(load: Load) -> None:
    task = load("digits", data_folder=Path("nowhere"), image_size=None)
    assert task.record.image_shape == (8, 8, 1)
    assert task.record.class_names == tuple("0123456789")
    splits = (task.train, task.validation, task.test)
    images = np.concatenate([split.images for split in splits])
    shades = np.rint(images[..., 0] * (16 / 255))
    assert images.dtype == np.uint8
    assert len(images) == 1797
    assert sorted(map(bytes, shades.astype(np.uint8))) == sorted(
        map(bytes, load_digits().images.astype(np.uint8))
    )
    assert images.max() == 255


def test_file_in_the_data_folder_is_loaded(load: Load, tmp_path: Path) -> None:
    (x, y), (x_test, y_test) = ARRAYS
    np.savez(
        tmp_path / "fashion_mnist.npz",
        x_train=x,
        y_train=y,
        x_test=x_test,
        y_test=y_test,
    )
    task = load("fashion_mnist", data_folder=tmp_path)
    assert task.record.class_names[9] == "Ankle boot"
    assert (task.record.train, task.record.validation, task.record.test) == (60, 20, 20)
    np.testing.assert_array_equal(task.test.images[..., 0], x_test)


@pytest.mark.parametrize(
    ("name", "classes", "third"),
    [("cifar10", 10, "bird"), ("cifar100", 100, "baby"), ("mnist", 10, "2")],
)
def test_classes_of_named_data_sets_have_their_names(
    name: str, classes: int, third: str
) -> None:
    names = datasets.DATASETS[name].class_names
    assert len(set(names)) == classes
    assert names[2] == third


def test_key_of_each_data_set_is_its_name() -> None:
    assert [info.name for info in datasets.DATASETS.values()] == list(datasets.DATASETS)


def test_missing_data_set_is_fetched_once_and_kept(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "new" / "folder"
    offer(monkeypatch, "mnist", lambda: ARRAYS)
    assert not datasets.is_present("mnist", folder)
    first = load("mnist", data_folder=folder)
    assert datasets.is_present("mnist", folder)
    assert [file.name for file in folder.iterdir()] == ["mnist.npz"]
    offer(monkeypatch, "mnist", no_network)
    assert load("mnist", data_folder=folder).record == first.record
    assert datasets.fetch("mnist", folder) == folder / "mnist.npz"


def test_failed_fetch_says_where_to_place_the_file(
    refusal: Refusal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, "mnist", no_network)
    message = refusal("mnist", data_folder=tmp_path)
    assert str(tmp_path / "mnist.npz") in message
    assert "URL fetch failure" in message
    assert list(tmp_path.iterdir()) == []


def test_interrupted_save_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    offer(monkeypatch, "mnist", lambda: ARRAYS)
    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        datasets.fetch("mnist", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_data_folder_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, "mnist", lambda: ARRAYS)
    (tmp_path / "file").touch()
    message = r"data folder must be writable; .*--data"
    with pytest.raises(DatasetError, match=message) as refused:
        datasets.fetch("mnist", tmp_path / "file" / "folder")
    assert str(tmp_path / "file") in str(refused.value)
    assert "results" not in str(refused.value)


def test_embedded_data_set_cannot_be_fetched(tmp_path: Path) -> None:
    assert datasets.is_present("digits", tmp_path)
    with pytest.raises(DatasetError, match="comes with scikit-learn"):
        datasets.fetch("digits", tmp_path)


@pytest.mark.parametrize("labels", [y_train + 1, y_train % 9])
def test_file_with_other_classes_than_its_data_set_has_is_refused(
    refusal: Refusal, tmp_path: Path, labels: np.ndarray
) -> None:
    np.savez(
        tmp_path / "mnist.npz",
        x_train=x_train,
        y_train=labels,
        x_test=x_train,
        y_test=labels,
    )
    assert "labels 0 to 9" in refusal("mnist", data_folder=tmp_path)


def test_file_without_test_part_is_refused(refusal: Refusal, tmp_path: Path) -> None:
    np.savez(tmp_path / "mnist.npz", x=x_train, y=y_train)
    assert "x_test" in refusal("mnist", data_folder=tmp_path)


def test_unknown_name_gets_a_suggestion_and_the_command_that_lists_names(
    refusal: Refusal,
) -> None:
    message = refusal("fashion-mnist")
    assert "did you mean 'fashion_mnist'?" in message
    assert "python -m bench datasets" in message
    assert "a folder, a .csv or an .npz file" in message
    with pytest.raises(DatasetError, match="unknown data set 'minst'"):
        datasets.fetch("minst", Path("nowhere"))


def test_data_folder_is_the_option_else_the_environment_else_a_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "environment"))
    assert datasets.data_folder(tmp_path / "option") == tmp_path / "option"
    assert datasets.data_folder(None) == tmp_path / "environment"
    monkeypatch.delenv("BENCH_DATA")
    assert "keras-leaderboard" in datasets.data_folder(None).parts


def test_importing_datasets_imports_no_heavy_library() -> None:
    code = (
        "import sys, bench.datasets; "
        "print([m for m in ('keras', 'sklearn', 'PIL', 'pandas') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    output = subprocess.run(command, capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10", "cifar100"])
def test_real_data_set_holds_the_images_that_its_description_says(
    load: Load, name: str
) -> None:
    folder = datasets.data_folder(None)
    if not datasets.is_present(name, folder):
        pytest.skip(f"{name}.npz is not in the data folder; set BENCH_DATA")
    record = load(name, data_folder=folder).record
    height, width, channels = record.image_shape
    description = datasets.DATASETS[name].description
    kind = "gray" if channels == 1 else "RGB"
    counts = f"{record.train + record.validation:,} + {record.test:,}"
    assert f"{counts} of {height}x{width} {kind}" in description
    assert f"{len(record.class_names)} classes" in description


def test_list_of_data_sets_needs_no_numpy(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from bench import datasets; "
        "datasets.is_present('mnist', datasets.data_folder(pathlib.Path('.'))); "
        "print(*datasets.DATASETS, 'numpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split()[-2:] == ["cifar100", "False"]


def test_every_name_of_the_package_is_there() -> None:
    assert all(hasattr(datasets, name) for name in datasets.__all__)
    assert not hasattr(datasets, "unknown")
