"""What workers run, as it travels to another machine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench import datasets
from bench.datasets import Task
from bench.datasets.streamed import Room
from bench.datasets.to_shards import to_shards
from bench.executors.remote.files import place_of
from bench.training import shared_task

pytestmark = pytest.mark.usefixtures("keras_started")


@pytest.mark.parametrize("is_copied", [True, False])
def test_relative_file_of_weights_is_found_on_a_node_with_and_without_copies(
    small_task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_copied: bool
) -> None:
    from bench.training import travel
    from bench.training.trial_runner import TrialRunnerFactory

    root = tmp_path / "node" if is_copied else None

    def place(path: Path) -> Path:
        return place_of(root, path)

    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    Path("weights.h5").write_text("weights")
    factory = travel.packable(
        TrialRunnerFactory(
            place="transfer",
            task=shared_task.save(small_task, home / "images"),
            cache=home / "cache",
            backend="tensorflow",
            options={"weights": "weights.h5"},
        )
    )
    for path in travel.files_read(factory):
        place(path).parent.mkdir(parents=True, exist_ok=True)
        place(path).write_bytes(path.read_bytes())
    monkeypatch.chdir(tmp_path)
    if is_copied:
        home.rename(tmp_path / "elsewhere")  # a node does not see it
    there = travel.moved(factory, place, 0.0).options["weights"]
    assert there == str(place(home / "weights.h5"))
    assert Path(there).read_text() == "weights"


def test_name_of_weights_travels_as_it_is_beside_a_file_of_that_name(
    small_task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bench.training import travel
    from bench.training.trial_runner import TrialRunnerFactory

    monkeypatch.chdir(tmp_path)
    Path("random").touch()
    factory = TrialRunnerFactory(
        place="transfer",
        task=shared_task.save(small_task, tmp_path),
        cache=tmp_path,
        backend="tensorflow",
        options={"weights": "random"},
    )
    moved = travel.moved(travel.packable(factory), lambda path: path, 0.0)
    assert moved.options == {"weights": "random"}


def test_shards_are_read_where_a_node_has_them(tmp_path: Path) -> None:
    from bench.training import travel
    from bench.training.trial_runner import TrialRunnerFactory

    task = streamed(tmp_path / "home")
    expected = task.test.images[:]
    factory = TrialRunnerFactory(
        place="dense",
        task=shared_task.save(task, tmp_path / "home" / "images"),
        cache=tmp_path / "home" / "cache",
        backend="tensorflow",
    )

    def place(path: Path) -> Path:
        return place_of(tmp_path / "node", path)

    for path in travel.files_read(factory):
        place(path).parent.mkdir(parents=True, exist_ok=True)
        place(path).write_bytes(path.read_bytes())
    (tmp_path / "home").rename(tmp_path / "elsewhere")  # a node does not see it
    there = travel.moved(factory, place, 0.0).task.load()
    np.testing.assert_array_equal(there.test.images[:], expected)


def streamed(folder: Path) -> Task:
    """A task that streams its images from shards in a folder."""
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (24, 8, 8), np.uint8)
    np.savez(folder / "set.npz", x=pixels, y=np.arange(24) % 2)
    to_shards(
        f"npz:{folder / 'set.npz'}",
        folder / "shards",
        data_folder=None,
        shard_size=1000,
        skip_unreadable=False,
        tell=lambda line: None,
    )
    return datasets.load(
        datasets.DataSetRequest(
            dataset=f"shards:{folder / 'shards'}",
            validation_fraction=0.25,
            test_fraction=0.25,
            room=Room(streams=True),
        )
    )
