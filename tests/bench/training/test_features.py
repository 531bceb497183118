"""Features of frozen networks: computed once, in files that processes fill together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from filelock import FileLock

from bench.datasets import Task
from bench.datasets.folds import SingleSplit
from bench.errors import StoreError, WriteError
from bench.text import activity
from bench.text.activity import Activity, listening
from bench.training import feature_file
from bench.training.evaluators.evaluator import EvaluatorConfig
from bench.training.features import Features
from bench.training.inputs import InputCache
from bench.training.time_limit import CutShortError, LimitedPredictions, time_limit
from search_spaces.family import Extractor
from search_spaces.parts.augmentation import Augmentation

SPLITS = ("train", "validation")


class CountingNetwork:
    """A network that keeps images as they are, and counts how often it is built."""

    def __init__(self, copies: int = 1) -> None:
        self.builds = 0
        self.extractor = Extractor(name="same", make=self._make, copies=copies)

    def _make(self, augments: bool) -> keras.Model:
        self.builds += 1
        inputs = keras.Input((8, 8, 1))
        x = inputs
        if augments:
            x = Augmentation({"flip": 0.5}, always=True)(x)
        return keras.Model(inputs, keras.layers.Flatten()(x))


@pytest.fixture(autouse=True)
def in_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_file, "PART", 50)


def flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype("float16")


def input_cache(task: Task, folder: Path | None) -> InputCache:
    return InputCache(task, EvaluatorConfig(), SingleSplit(task), folder)


def test_course_of_the_computation_is_told(
    stripes: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "INTERVAL", 0.0)
    heard: list[Activity | None] = []
    with listening(heard.append):
        _ = Features(stripes, CountingNetwork().extractor, tmp_path).task
    count = len(stripes.train)
    of_training = [each.done for each in heard if each and each.total == count]
    assert of_training[0] == 0
    assert of_training == sorted(of_training)
    assert of_training[-1] == count
    assert heard[-1] is None


def test_features_are_the_outputs_of_the_network(stripes: Task, tmp_path: Path) -> None:
    computed = Features(stripes, CountingNetwork().extractor, tmp_path)
    for name in SPLITS:
        split, features_split = getattr(stripes, name), getattr(computed.task, name)
        np.testing.assert_array_equal(features_split.images, flat(split.images))
        np.testing.assert_array_equal(features_split.labels, split.labels)
    np.testing.assert_array_equal(computed.test(), flat(stripes.test.images))
    np.testing.assert_array_equal(
        computed.of(stripes.test.images[:3]), flat(stripes.test.images[:3])
    )


def test_features_are_computed_once(
    stripes: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Features(stripes, CountingNetwork().extractor, tmp_path).task.train.images

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(feature_file, "_predicted", refuse)
    network = CountingNetwork()
    again = Features(stripes, network.extractor, tmp_path).task.train.images
    np.testing.assert_array_equal(again, first)
    assert network.builds == 0


def test_parts_that_a_killed_process_left_are_computed_by_the_next(
    stripes: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = []
    predicted = feature_file._predicted

    def interrupted(*arguments: object, **named: object) -> np.ndarray:
        starts.append(named["seed"])
        if len(starts) == 3:
            raise KeyboardInterrupt
        return predicted(*arguments, **named)

    monkeypatch.setattr(feature_file, "_predicted", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _ = Features(stripes, CountingNetwork().extractor, tmp_path).task
    completed = Features(stripes, CountingNetwork().extractor, tmp_path).task
    np.testing.assert_array_equal(completed.train.images, flat(stripes.train.images))
    assert starts[:5] == [0, 50, 100, 100, 150]


def test_several_processes_fill_the_files_together(
    stripes: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feature_file, "PART", 10)
    both = threading.Barrier(2, timeout=20)
    starts: list[int] = []

    def meet(
        network: object, images: np.ndarray, *, seed: int, reach: object
    ) -> np.ndarray:
        starts.append(seed)
        if len(starts) <= 2:  # so that neither computes everything alone
            both.wait()
        return flat(images)

    monkeypatch.setattr(feature_file, "_predicted", meet)
    results: list[np.ndarray] = []

    def compute() -> None:
        extractor = CountingNetwork().extractor
        results.append(np.array(Features(stripes, extractor, tmp_path).test()))

    threads = [threading.Thread(target=compute) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 2
    for result in results:
        np.testing.assert_array_equal(result, flat(stripes.test.images))
    assert sorted(starts) == list(range(0, len(stripes.test), 10))


def test_augmented_copies_differ_and_take_turns(stripes: Task, tmp_path: Path) -> None:
    cache = input_cache(stripes, tmp_path)
    inputs = cache.of(CountingNetwork(copies=3).extractor)
    indices = cache.splits.indices(None)
    images = len(stripes.train)
    assert len(indices.train) == images
    train = inputs.task.train
    assert len(train.images) == 3 * images
    copies = np.asarray(train.images).reshape(3, images, -1)
    assert not np.array_equal(copies[0], copies[1])
    originals = stripes.train.images
    for expected in (originals, originals[:, :, ::-1]):  # as they were, or mirrored
        matches = (copies == flat(expected)).all(axis=2)
        assert 0.3 < matches.mean() < 0.8
    for epoch in range(4):
        order = inputs.order(indices, 7, epoch)
        start = images * (epoch % 3)
        assert sorted(order) == list(range(start, start + images))
        np.testing.assert_array_equal(
            train.labels[order], stripes.train.labels[order - start]
        )
    # Validation images are never augmented.
    validation = inputs.task.validation.images
    np.testing.assert_array_equal(validation, flat(stripes.validation.images))


def test_every_network_and_task_has_its_own_files(
    stripes: Task, make_stripes: Callable[..., Task], tmp_path: Path
) -> None:
    other = Extractor(name="other", make=CountingNetwork().extractor.make)
    tasks = (stripes, make_stripes(count=300))
    for task, extractor in (
        (tasks[0], CountingNetwork().extractor),
        (tasks[1], CountingNetwork().extractor),
        (tasks[0], other),
    ):
        _ = Features(task, extractor, tmp_path).task
    assert len(list(tmp_path.iterdir())) == 3


def test_parts_of_a_networks_outputs_are_computed_together(
    stripes: Task, tmp_path: Path
) -> None:
    network = CountingNetwork(copies=2)
    complete = Features(stripes, network.extractor, tmp_path)
    images = {name: getattr(complete.task, name).images for name in SPLITS}
    cache = input_cache(stripes, tmp_path)
    builds = network.builds
    for part in (slice(0, 1), slice(3, None), 5):
        inputs = cache.of(replace(network.extractor, part=part))
        for name in SPLITS:
            split, expected = getattr(inputs.task, name), getattr(complete.task, name)
            np.testing.assert_array_equal(split.images, images[name][:, part])
            np.testing.assert_array_equal(split.labels, expected.labels)
        assert inputs.features is not None
        test = flat(stripes.test.images)[:, part]
        np.testing.assert_array_equal(inputs.features.test(), test)
        few = inputs.features.of(stripes.test.images[:3])
        np.testing.assert_array_equal(few, test[:3])
    # Each of the three builds the network for images that no file holds.
    assert network.builds == builds + 3


def test_features_that_the_disk_cannot_hold_are_refused(
    stripes: Task, small_disk: Any
) -> None:
    cache = small_disk.folder / "cache"
    small_disk.fill(but=20_000)
    with pytest.raises(WriteError, match=r"train\.npy' needs .* left"):
        _ = Features(stripes, CountingNetwork().extractor, cache).task
    assert not list(cache.glob("*/*.npy"))
    small_disk.empty()
    assert len(Features(stripes, CountingNetwork().extractor, cache).task.train)


@pytest.mark.parametrize("damage", [Path.unlink, lambda p: p.write_bytes(b"\x93NUMPY")])
def test_damaged_features_name_the_folder_to_remove(
    stripes: Task, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    _ = Features(stripes, CountingNetwork().extractor, tmp_path).task
    (path,) = tmp_path.glob("*/train.npy")
    damage(path)
    with pytest.raises(StoreError, match=f"remove '{path.parent}'"):
        _ = Features(stripes, CountingNetwork().extractor, tmp_path).task


def test_features_that_others_compute_too_are_not_given_up_for_their_cost(
    stripes: Task, tmp_path: Path, slow: list[int]
) -> None:
    extractor = CountingNetwork().extractor
    with pytest.raises(CutShortError), time_limit(1030):
        _ = Features(stripes, extractor, tmp_path).task
    (folder,) = tmp_path.iterdir()
    finished = slow.copy()
    of_another = FileLock(folder / "train-0-50.lock")
    with of_another, pytest.raises(CutShortError), time_limit(1030):
        _ = Features(stripes, extractor, tmp_path).task
    assert len(slow) > len(finished)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A network that takes 10 s for a part, by a clock that nothing else moves.

    Returns:
        First images of the parts, as they are computed.
    """
    now, starts = [1000.0], []
    predicted = feature_file._predicted
    monkeypatch.setattr("time.monotonic", lambda: now[0])

    def take_ten_seconds(*arguments: object, **named: object) -> np.ndarray:
        starts.append(named["seed"])
        now[0] += 10
        return predicted(*arguments, **named)

    monkeypatch.setattr(feature_file, "_predicted", take_ten_seconds)
    return starts


def test_features_that_do_not_fit_end_as_soon_as_their_cost_is_known(
    stripes: Task, tmp_path: Path, slow: list[int]
) -> None:
    def compute(deadline: float) -> Features:
        computed = Features(stripes, CountingNetwork().extractor, tmp_path)
        with time_limit(deadline):
            _ = computed.task
        return computed

    parts = list(range(0, len(stripes.train), 50))
    with pytest.raises(CutShortError, match="about 40s, and 20s were left") as cut:
        compute(1030)
    assert (slow, cut.value.seconds) == (parts[:1], 40)
    # A part is kept, and by its time the cost is known before anything is computed.
    with pytest.raises(CutShortError):
        compute(1030)
    assert slow == parts[:1]
    compute(1060)
    assert slow[: len(parts)] == parts


def test_time_of_test_features_is_known_from_others(
    stripes: Task, tmp_path: Path, slow: list[int]
) -> None:
    computed = Features(stripes, CountingNetwork().extractor, tmp_path)
    assert computed.seconds_an_image() is None
    _ = computed.task
    assert computed.seconds_an_image() == pytest.approx(10 / 50, rel=0.1)
    assert computed.test_seconds() == pytest.approx(len(stripes.test) / 5, rel=0.1)
    computed.test()
    assert computed.test_seconds() == 0


def test_predictions_that_do_not_fit_end_after_their_first_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, batches = [1000.0], []
    monkeypatch.setattr("time.monotonic", lambda: now[0])

    class Tick(keras.callbacks.Callback):
        def on_predict_batch_end(self, batch: int, logs: object = None) -> None:
            batches.append(batch)
            now[0] += 50.0 if batch == 0 else 2.0  # the first one traces

    def predict(deadline: float) -> None:
        batches.clear()
        limit = LimitedPredictions("features", 10)
        with time_limit(deadline):
            model.predict(images, batch_size=4, verbose=0, callbacks=[Tick(), limit])

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    images = np.zeros((40, 2), "float32")
    with pytest.raises(CutShortError, match="about 20s, and 13s were left"):
        predict(1065)
    assert batches == [0, 1]
    predict(now[0] + 50 + 9 * 2)
    assert batches == list(range(10))


def test_features_without_a_folder_are_refused(stripes: Task) -> None:
    with pytest.raises(ValueError, match="need a folder"):
        input_cache(stripes, None).of(CountingNetwork().extractor)
