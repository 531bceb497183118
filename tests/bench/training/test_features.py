"""What frozen networks compute, once, in files that processes fill together."""

from __future__ import annotations

import threading
from collections import namedtuple
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from bench.datasets import Task
from bench.training import features
from bench.training.compiled.cache import Programs
from bench.training.features import Features
from search_spaces.family import Extractor
from search_spaces.parts.augmentation import Augmentation

SPLITS = ("train", "validation")


class Networks:
    """Makes a network that keeps images as they are, and counts what it computes."""

    def __init__(self, copies: int = 1) -> None:
        self.made = 0
        self.extractor = Extractor(name="same", make=self._make, copies=copies)

    def _make(self, augments: bool) -> keras.Model:
        self.made += 1
        inputs = keras.Input((8, 8, 1))
        x = inputs
        if augments:
            x = Augmentation({"flip": 0.5}, always=True)(x)
        return keras.Model(inputs, keras.layers.Flatten()(x))


@pytest.fixture(autouse=True)
def in_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "PART", 50)


def flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype("float16")


def test_features_are_what_the_network_computes(stripes: Task, tmp_path: Path) -> None:
    found = Features(stripes, Networks().extractor, tmp_path)
    for split in ("train", "validation"):
        images, labels = getattr(stripes, split).images, getattr(stripes, split).labels
        np.testing.assert_array_equal(getattr(found.task, split).images, flat(images))
        np.testing.assert_array_equal(getattr(found.task, split).labels, labels)
    np.testing.assert_array_equal(found.test(), flat(stripes.test.images))
    np.testing.assert_array_equal(
        found.of(stripes.test.images[:3]), flat(stripes.test.images[:3])
    )


def test_features_are_computed_once(
    stripes: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Features(stripes, Networks().extractor, tmp_path).task.train.images

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(features, "_predicted", refuse)
    networks = Networks()
    again = Features(stripes, networks.extractor, tmp_path).task.train.images
    np.testing.assert_array_equal(again, first)
    assert networks.made == 0


def test_what_a_killed_process_left_is_computed_by_the_next(
    stripes: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = []
    compute = features._predicted

    def killed(*arguments: object, **named: object) -> np.ndarray:
        parts.append(named["seed"])
        if len(parts) == 3:
            raise KeyboardInterrupt
        return compute(*arguments, **named)

    monkeypatch.setattr(features, "_predicted", killed)
    with pytest.raises(KeyboardInterrupt):
        _ = Features(stripes, Networks().extractor, tmp_path).task
    found = Features(stripes, Networks().extractor, tmp_path).task
    np.testing.assert_array_equal(found.train.images, flat(stripes.train.images))
    assert parts[:5] == [0, 50, 100, 100, 150]


def test_several_fill_the_files_together(
    stripes: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "PART", 10)
    both = threading.Barrier(2, timeout=20)
    parts: list[int] = []

    def meet(network: object, images: np.ndarray, seed: int) -> np.ndarray:
        parts.append(seed)
        if len(parts) <= 2:  # so that neither does it all alone
            both.wait()
        return flat(images)

    monkeypatch.setattr(features, "_predicted", meet)
    results: list[np.ndarray] = []

    def take() -> None:
        results.append(
            np.array(Features(stripes, Networks().extractor, tmp_path).test())
        )

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        np.testing.assert_array_equal(result, flat(stripes.test.images))
    assert sorted(parts) == list(range(0, len(stripes.test), 10))


def test_augmented_copies_differ_and_take_turns(stripes: Task, tmp_path: Path) -> None:
    programs = Programs(stripes, tmp_path).on(Networks(copies=3).extractor)
    images = len(stripes.train)
    rows = programs.rows()
    assert len(rows.train) == images
    train = programs.task.train
    assert len(train.images) == 3 * images
    copies = np.asarray(train.images).reshape(3, images, -1)
    assert not np.array_equal(copies[0], copies[1])
    whole = stripes.train.images
    for kept in (whole, whole[:, :, ::-1]):  # each image as it was, or mirrored
        matches = (copies == flat(kept)).all(axis=2)
        assert 0.3 < matches.mean() < 0.8
    for epoch in range(4):
        order = programs.order(rows, 7, epoch)
        start = images * (epoch % 3)
        assert sorted(order) == list(range(start, start + images))
        np.testing.assert_array_equal(
            train.labels[order], stripes.train.labels[order - start]
        )
    # Images that validate are never augmented.
    validation = programs.task.validation.images
    np.testing.assert_array_equal(validation, flat(stripes.validation.images))


def test_another_network_or_task_has_files_of_its_own(
    stripes: Task, make_stripes: Callable[..., Task], tmp_path: Path
) -> None:
    other = Extractor(name="other", make=Networks().extractor.make)
    tasks = (stripes, make_stripes(count=300))
    for task, extractor in (
        (tasks[0], Networks().extractor),
        (tasks[1], Networks().extractor),
        (tasks[0], other),
    ):
        _ = Features(task, extractor, tmp_path).task
    assert len(list(tmp_path.iterdir())) == 3


def test_parts_of_one_network_share_its_work(stripes: Task, tmp_path: Path) -> None:
    networks = Networks(copies=2)
    whole = Features(stripes, networks.extractor, tmp_path)
    everything = {split: getattr(whole.task, split).images for split in SPLITS}
    programs = Programs(stripes, tmp_path)
    looked = networks.made
    for part in (slice(0, 1), slice(3, None), 5):
        found = programs.on(replace(networks.extractor, part=part))
        for split, seen in everything.items():
            got = getattr(found.task, split)
            np.testing.assert_array_equal(got.images, seen[:, part])
            np.testing.assert_array_equal(got.labels, getattr(whole.task, split).labels)
        assert found.features is not None
        test = flat(stripes.test.images)[:, part]
        np.testing.assert_array_equal(found.features.test(), test)
        some = found.features.of(stripes.test.images[:3])
        np.testing.assert_array_equal(some, test[:3])
    # To look at images that no file holds, by each of the three.
    assert networks.made == looked + 3


def test_features_that_the_disk_cannot_hold_are_refused(
    stripes: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = namedtuple("Usage", "total used free")(10**6, 10**6 - 1000, 1000)
    monkeypatch.setattr(features.shutil, "disk_usage", lambda _: full)
    with pytest.raises(OSError, match="--fix resolution"):
        _ = Features(stripes, Networks().extractor, tmp_path).task
    assert not list(tmp_path.glob("*/*.npy"))


def test_features_without_a_folder_are_refused(stripes: Task) -> None:
    with pytest.raises(ValueError, match="need a folder"):
        Programs(stripes).on(Networks().extractor)
