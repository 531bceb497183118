"""Splits, fingerprints and samples."""

from collections.abc import Callable
from itertools import chain

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.datasets import SingleSplit, Task

Load = Callable[..., Task]
Refusal = Callable[..., str]
SaveNpz = Callable[..., str]


def numbered(labels: np.ndarray) -> np.ndarray:
    """Images whose pixels hold their index."""
    images = np.zeros((len(labels), 4, 4), np.int64)
    images[:, 0, 0], images[:, 0, 1] = np.divmod(np.arange(len(labels)), 256)
    return images


def indices(images: np.ndarray) -> list[int]:
    """The indices that ``numbered`` wrote into images."""
    return (images[:, 0, :2, 0].astype(int) @ (256, 1)).tolist()


def all_indices(task: Task) -> list[list[int]]:
    return [indices(s.images) for s in (task.train, task.validation, task.test)]


@given(
    counts=st.lists(st.integers(20, 60), min_size=2, max_size=5),
    validation_fraction=st.floats(0.1, 0.5),
    test_fraction=st.floats(0.1, 0.5),
    seed=st.integers(0, 2**40),
)
@settings(
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_splits_hold_every_image_once_and_keep_the_shares_of_classes(
    load: Load,
    save_npz: SaveNpz,
    counts: list[int],
    validation_fraction: float,
    test_fraction: float,
    seed: int,
) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    task = load(
        save_npz(X=numbered(labels), y=labels),
        validation_fraction=validation_fraction,
        test_fraction=test_fraction,
        seed=seed,
    )
    assert sorted(chain(*all_indices(task))) == list(range(len(labels)))
    for split in (task.train, task.validation, task.test):
        np.testing.assert_array_equal(labels[indices(split.images)], split.labels)
        expected = np.array(counts) * len(split) / len(labels)
        assert np.abs(np.bincount(split.labels) - expected).max() < 2
    assert len(task.test) == np.ceil(test_fraction * len(labels))
    rest = len(labels) - len(task.test)
    assert len(task.validation) == np.ceil(validation_fraction * rest)


def test_same_seed_gives_the_same_splits(load: Load) -> None:
    first, again = load("digits", seed=3), load("digits", seed=3)
    assert first.record == again.record
    np.testing.assert_array_equal(first.train.images, again.train.images)


def test_different_seeds_give_different_splits(load: Load) -> None:
    first, other = load("digits", seed=0).record, load("digits", seed=1).record
    assert first.fingerprint != other.fingerprint
    assert first.test_fingerprint != other.test_fingerprint


def test_official_test_part_does_not_depend_on_the_seed(
    load: Load, save_npz: SaveNpz
) -> None:
    labels = np.arange(40) % 2
    images = numbered(labels)
    dataset = save_npz(
        x_train=images, y_train=labels, x_test=images[:6], y_test=labels[:6]
    )
    first, other = load(dataset, seed=0), load(dataset, seed=1)
    assert indices(first.test.images) == list(range(6))
    assert indices(other.test.images) == list(range(6))
    assert first.record.test_fingerprint == other.record.test_fingerprint
    assert first.record.fingerprint != other.record.fingerprint


def test_fingerprints_change_with_a_pixel_a_label_and_a_class_name(
    load: Load, save_npz: SaveNpz
) -> None:
    labels = np.arange(40) % 2

    def fingerprints(X: np.ndarray, y: np.ndarray) -> tuple[str, str]:
        dataset = save_npz(x_train=images, y_train=labels, x_test=X, y_test=y)
        record = load(dataset).record
        return record.fingerprint, record.test_fingerprint

    images = numbered(labels)
    seen = {fingerprints(images, labels)}
    pixel = images.copy()
    pixel[7, 3, 3] = 1
    seen.add(fingerprints(pixel, labels))
    seen.add(fingerprints(images, labels[::-1]))
    seen.add(fingerprints(images / 2, labels))
    labels = labels + 1
    seen.add(fingerprints(images, labels))
    assert len({fingerprint for fingerprint, _ in seen}) == 5
    assert len({test_fingerprint for _, test_fingerprint in seen}) == 5


@pytest.mark.parametrize("rare", [1, 2, 3])
def test_class_too_small_for_the_splits_is_named(
    refusal: Refusal, save_npz: SaveNpz, rare: int
) -> None:
    labels = np.array(["common"] * 60 + ["rare"] * rare)
    message = refusal(
        save_npz(X=numbered(labels), y=labels),
        validation_fraction=0.15,
        test_fraction=0.12,
    )
    assert f"'rare', has {rare} of {60 + rare}" in message
    assert "--validation-fraction 0.15" in message
    assert "--test-fraction 0.12" in message


def test_fraction_smaller_than_the_number_of_classes_is_refused(
    refusal: Refusal, save_npz: SaveNpz
) -> None:
    labels = np.arange(100) % 50
    dataset = save_npz(
        x_train=numbered(labels),
        y_train=labels,
        x_test=numbered(labels),
        y_test=labels,
    )
    message = refusal(dataset, validation_fraction=0.1)
    assert "--validation-fraction 0.1;" in message
    assert "--test-fraction" not in message


def test_samples_show_varied_classes_and_point_into_the_test_split(
    load: Load,
) -> None:
    task = load("digits")
    samples = task.samples()
    assert len(set(samples.train_labels.tolist())) == 8
    assert len(set(samples.test_indices.tolist())) == 24
    np.testing.assert_array_equal(
        samples.test_images, task.test.images[samples.test_indices]
    )
    np.testing.assert_array_equal(
        samples.test_labels, task.test.labels[samples.test_indices]
    )
    np.testing.assert_array_equal(samples.test_indices, task.samples().test_indices)


def test_training_samples_go_through_the_classes_in_turn(
    load: Load, save_npz: SaveNpz
) -> None:
    labels = np.repeat([0, 1], 20)
    samples = load(save_npz(X=numbered(labels), y=labels)).samples()
    assert samples.train_labels.tolist() == [0, 1, 0, 1, 0, 1, 0, 1]
    assert samples.train_images[1, 0, 1, 0] >= 20


def test_samples_hold_all_images_of_a_small_test_split(
    load: Load, save_npz: SaveNpz
) -> None:
    labels = np.arange(16) % 2
    samples = load(save_npz(X=numbered(labels), y=labels)).samples()
    assert samples.test_indices.tolist() == [0, 1, 2, 3]


def test_samples_of_float_images_are_uint8(load: Load, save_npz: SaveNpz) -> None:
    labels = np.arange(40) % 2
    images = np.zeros((40, 4, 4))
    images[:, 0, :3] = (-1, 0, 1)
    samples = load(save_npz(X=images, y=labels)).samples()
    assert samples.test_images.dtype == np.uint8
    assert samples.train_images[0, 0, :, 0].tolist() == [0, 128, 255, 128]


def test_part_of_a_split_is_stratified_and_within_a_larger_part(digits: Task) -> None:
    whole = SingleSplit(digits).indices(None)
    ninth, third = (whole.part(digits, share, 3 * share) for share in (1 / 9, 1 / 3))
    assert set(ninth.train) < set(third.train) < set(whole.train)
    for part, share in ((ninth, 1 / 9), (third, 1 / 3)):
        counts = np.bincount(digits.train.labels[part.train])
        expected = share * np.bincount(digits.train.labels)
        assert ((counts >= expected) & (counts < expected + 1)).all()
    assert third.validation.tolist() == list(range(len(digits.validation)))
    validated = np.bincount(digits.validation.labels[ninth.validation])
    assert (
        validated.tolist()
        == np.ceil(np.bincount(digits.validation.labels) / 3).astype(int).tolist()
    )
    again = whole.part(digits, 1 / 9, 1 / 3)
    assert again.train.tolist() == ninth.train.tolist()
