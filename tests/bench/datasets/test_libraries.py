"""Data sets of Hugging Face and of TensorFlow Datasets, which were fetched before."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.datasets import Task
from bench.datasets.to_shards import to_shards

Load = Callable[..., Task]
Refusal = Callable[..., str]
Fill = Callable[..., Path]


@pytest.fixture
def hugging_face(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The library, without a network and with a cache of its own."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    return pytest.importorskip("datasets")


@pytest.mark.parametrize(
    ("dataset", "package", "extra"),
    [
        ("hf:beans", "datasets", "datasets"),
        ("tfds:beans", "tensorflow_datasets", "tfds"),
    ],
)
def test_library_that_is_not_installed_is_named(
    dataset: str,
    package: str,
    extra: str,
    refusal: Refusal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    assert f"pip install 'keras-leaderboard[{extra}]'" in refusal(dataset)


@pytest.fixture
def parts(fill: Fill, tmp_path: Path) -> str:
    for part, count in {"train": 8, "validation": 4, "test": 2}.items():
        for name in ("cat", "dog"):
            fill(f"{part}/{name}", count)
    return str(tmp_path / "photos")


@pytest.mark.slow
def test_folder_and_saved_data_set_of_hugging_face_are_that_of_the_folder(
    hugging_face: Any, load: Load, parts: str, tmp_path: Path
) -> None:
    given = hugging_face.load_dataset(
        "imagefolder", data_dir=parts, cache_dir=str(tmp_path / "cache")
    )
    given.save_to_disk(str(tmp_path / "saved"))
    task = load(f"hf:{tmp_path / 'saved'}")
    assert (len(task.train), len(task.validation), len(task.test)) == (16, 8, 4)
    assert task.record.class_names == ("cat", "dog")
    folder = load(f"folder:{parts}")
    assert task.record.test_fingerprint == folder.record.test_fingerprint


@pytest.mark.slow
def test_data_set_that_can_not_be_fetched_is_refused_with_the_way_out(
    hugging_face: Any, refusal: Refusal
) -> None:
    message = refusal("hf:nobody/nothing")
    assert "'hf:nobody/nothing' is not in the local cache" in message
    assert "as hf:PATH" in message


@pytest.fixture
def prepared(parts: str, tmp_path: Path) -> Callable[[], str]:
    """Prepares a data set of TFDS from the parts, and returns its name."""
    tfds = pytest.importorskip("tensorflow_datasets")
    features = tfds.features.FeaturesDict(
        {
            "image": tfds.features.Image(shape=(None, None, 3)),
            "label": tfds.features.ClassLabel(names=["cat", "dog"]),
        }
    )

    # Each test has its own, of one name.
    class Photos(tfds.core.GeneratorBasedBuilder, skip_registration=True):
        VERSION = tfds.core.Version("1.0.0")

        def _info(self) -> Any:
            return tfds.core.DatasetInfo(builder=self, features=features)

        def _split_generators(self, manager: Any) -> Any:
            folders = sorted(Path(parts).iterdir())
            return {part.name: self._generate_examples(part) for part in folders}

        def _generate_examples(self, part: Path) -> Any:
            for file in sorted(part.rglob("*.png")):
                yield str(file), {"image": str(file), "label": file.parent.name}

    def prepared() -> str:
        builder = Photos(data_dir=str(tmp_path / "tfds"))
        builder.download_and_prepare()
        return f"tfds:{builder.data_dir}"

    return prepared


@pytest.mark.slow
def test_prepared_data_set_of_tensorflow_keeps_its_splits_and_sizes(
    load: Load, prepared: Callable[[], str]
) -> None:
    task = load(prepared())
    assert (len(task.train), len(task.validation), len(task.test)) == (16, 8, 4)
    assert task.record.class_names == ("cat", "dog")


@pytest.mark.slow
def test_shards_of_tensorflows_data_set_keep_its_files(
    prepared: Callable[[], str], parts: str, tmp_path: Path
) -> None:
    shutil.rmtree(Path(parts) / "validation")
    assert_shards_keep_files(prepared(), parts, tmp_path)


@pytest.mark.slow
def test_shards_of_hugging_faces_data_set_keep_its_files(
    hugging_face: Any, parts: str, tmp_path: Path
) -> None:
    shutil.rmtree(Path(parts) / "validation")
    given = hugging_face.load_dataset(
        "imagefolder", data_dir=parts, cache_dir=str(tmp_path / "cache")
    )
    given.save_to_disk(str(tmp_path / "saved"))
    assert_shards_keep_files(f"hf:{tmp_path / 'saved'}", parts, tmp_path)


def assert_shards_keep_files(dataset: str, folder: str, tmp_path: Path) -> None:
    """Shards of a data set hold the bytes of the files of a folder."""
    to, files = tmp_path / "shards", sorted(Path(folder).rglob("*.png"))
    to_shards(
        dataset,
        to,
        data_folder=None,
        shard_size=10**9,
        skip_unreadable=False,
        tell=lambda _: None,
    )
    written = b"".join(path.read_bytes() for path in to.glob("*tfrecord*"))
    assert all(file.read_bytes() in written for file in files)
