"""Studies of images that are decoded when they are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import datasets
from bench.datasets import Task
from bench.datasets.streamed import Files, Room
from bench.datasets.to_shards import to_shards
from bench.errors import DatasetError, UsageError
from bench.records import Budget, Resources, StudySpec, StudyState
from bench.store import SCRATCH, Store
from bench.training.inputs import windowed

INLINE = Resources(workers=0)
STREAM = Room(streams=True)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shards of 120 small images, whose brightness says their class."""
    folder = tmp_path_factory.mktemp("data")
    random = np.random.default_rng(0)
    labels = np.arange(120) % 3
    images = random.integers(0, 90, (120, 8, 8), np.uint8) + 80 * labels[:, None, None]
    np.savez(folder / "set.npz", x=images.astype(np.uint8), y=labels)
    to_shards(
        f"npz:{folder / 'set.npz'}",
        folder / "shards",
        data_folder=None,
        shard_size=8000,
        skip_unreadable=False,
        tell=lambda line: None,
    )
    return folder / "shards"


@pytest.fixture
def task_of(shards: Path) -> Callable[..., Task]:
    def task_of(room: Room, path: Path = shards) -> Task:
        return datasets.load(
            datasets.DataSetRequest(
                dataset=f"shards:{path}",
                validation_fraction=0.2,
                test_fraction=0.2,
                room=room,
            )
        )

    return task_of


def spec_of(task: Task, **changes: Any) -> StudySpec:
    spec = StudySpec(
        family="dense",
        dataset=task.record.dataset,
        tuner="random",
        budget=Budget(trials=2, epochs=2),
        seeds=1,
        skip_default=True,
        only=("dropout",),
        fixed=(("batch_size", "32"), ("units", "64")),
    )
    return replace(spec, **changes)


def run_on(task: Task, folder: Path, progress: Any, resources: Resources) -> Any:
    from bench.study.prepare import prepare
    from bench.study.run import run

    with Store(folder) as store:
        prepared = prepare(spec_of(task), task, resources)
        run(prepared, store, progress, resources=resources)
        (study,) = store.studies()
        trials, finals = store.trials(study.id), store.finals(study.id)
        references = store.references(study.test)
    assert study.state is StudyState.FINISHED
    scores = [t.result.metrics for t in trials] + [f.metrics for f in finals]
    measured = [{k: v for k, v in s.items() if "accuracy" in k} for s in scores]
    return study.id, measured, {row.name: row.images for row in references}


@pytest.mark.usefixtures("keras_started")
@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=pytest.mark.slow)])
def test_a_study_scores_the_same_streamed_as_in_memory(
    task_of: Callable[..., Task],
    make_progress: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    workers: int,
) -> None:
    if not workers:  # several chunks an epoch; workers are processes of their own
        monkeypatch.setattr("bench.training.inputs.WINDOW", 64 * 64)
        monkeypatch.setattr("bench.training.compiled.device_images.CHUNK", 32 * 64)
    resources = Resources(workers=workers)
    memory = run_on(task_of(Room()), tmp_path / "a", make_progress(), resources)
    progress = make_progress()
    streamed = run_on(task_of(STREAM), tmp_path / "b", progress, resources)
    assert streamed == memory
    assert not list((tmp_path / "b" / SCRATCH).glob("*/images"))
    assert "in a sample of" in progress.data[0] or "of 120" in progress.data[0]


@pytest.mark.usefixtures("keras_started")
def test_an_image_that_breaks_while_it_streams_ends_the_study(
    task_of: Callable[..., Task],
    make_progress: Callable[..., Any],
    tmp_path: Path,
    shards: Path,
) -> None:
    from bench.study.prepare import prepare
    from bench.study.run import run

    copy = tmp_path / "shards"
    copy.mkdir()
    for file in shards.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    task = task_of(STREAM, copy)
    prepared = prepare(spec_of(task), task, INLINE)
    for shard in copy.glob("*tfrecord*"):
        content = bytearray(shard.read_bytes())
        content[len(content) // 2] ^= 255
        shard.write_bytes(content)
    with (
        Store(tmp_path / "results") as store,
        pytest.raises(DatasetError, match="byte"),
    ):
        run(prepared, store, make_progress(), resources=INLINE)


@pytest.mark.usefixtures("keras_started")
def test_a_study_whose_workers_cannot_start_leaves_no_images(
    task_of: Callable[..., Task],
    make_progress: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def images() -> list[Path]:
        return list((tmp_path / SCRATCH).glob("*/images"))

    def refuse(*_: object) -> None:
        assert images()
        raise UsageError("there is no cluster")

    monkeypatch.setattr("bench.study.run.make_executor", refuse)
    with pytest.raises(UsageError, match="no cluster"):
        run_on(task_of(STREAM), tmp_path, make_progress(), INLINE)
    assert not images()


@pytest.mark.usefixtures("keras_started")
def test_a_model_that_runs_eagerly_gets_streamed_images_in_batches(
    task_of: Callable[..., Task],
) -> None:
    import keras

    from bench.training.compiled.keras_fit import KerasFitModel
    from bench.training.evaluators.classification import Classification

    def trained(task: Task) -> tuple[dict[str, float], np.ndarray]:
        keras.utils.set_random_seed(0)
        layers = [keras.Input((8, 8, 1)), keras.layers.Flatten()]
        model = keras.Sequential([*layers, keras.layers.Dense(3, "softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
        compiled = KerasFitModel(model, Classification(task))
        metrics = compiled.train_epoch(np.arange(40)[::-1], None, 32)
        return metrics, compiled.predict(task.test.images)

    memory, streamed = trained(task_of(Room())), trained(task_of(STREAM))
    assert streamed[0] == memory[0]
    np.testing.assert_array_equal(streamed[1], memory[1])


@pytest.mark.usefixtures("keras_started")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tuner": "sklearn-random", "folds": 3}, "folds of the images"),
        ({"family": "autoencoder"}, "whose targets are images"),
    ],
)
def test_what_needs_all_images_at_once_is_refused(
    task_of: Callable[..., Task], changes: dict[str, Any], said: str
) -> None:
    from bench.study.prepare import prepare

    task = task_of(STREAM)
    if changes.get("family"):
        changes = changes | {"only": None, "fixed": ()}
    with pytest.raises(UsageError, match=said):
        prepare(spec_of(task, **changes), task)


@pytest.mark.usefixtures("keras_started")
def test_a_streamed_folder_and_a_cluster_are_refused_with_the_way_out(
    task_of: Callable[..., Task], tmp_path: Path
) -> None:
    from bench.study.prepare import prepare

    task, cluster = task_of(STREAM), Resources(executor="ray")
    assert prepare(spec_of(task), task, cluster).task is task
    names = np.zeros(120, "S5")
    images: Any = replace(task.train.images, encoded=Files(tmp_path, names))
    task = replace(task, train=replace(task.train, images=images))
    with pytest.raises(UsageError, match="python -m bench shard"):
        prepare(spec_of(task), task, cluster)


def test_an_order_by_blocks_is_the_same_for_the_same_seed() -> None:
    blocks = np.random.default_rng(1).permutation(np.repeat(np.arange(50), 8))

    def order(seed: int) -> np.ndarray:
        return windowed(blocks, 40, np.random.default_rng(seed))

    np.testing.assert_array_equal(order(3), order(3))
    assert not np.array_equal(order(3), order(4))
    np.testing.assert_array_equal(np.sort(order(3)), np.arange(400))


def test_a_window_reads_few_blocks_and_mixes_them() -> None:
    blocks = np.repeat(np.arange(50), 8)
    order = windowed(blocks, 40, np.random.default_rng(0))
    windows = blocks[order].reshape(-1, 40)
    assert all(len(np.unique(window)) == 5 for window in windows)
    assert len({tuple(np.unique(window)) for window in windows}) == 10
    assert any((np.diff(window) != 0).sum() > 20 for window in windows)
