"""Reference rows of a leaderboard of classifiers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from bench import datasets
from bench.datasets import Task
from bench.records import Budget, ReferenceRecord, Resources, StudySpec
from bench.store import Store
from bench.study.prepare import prepare
from bench.study.progress import Progress
from bench.study.run import run
from bench.training.evaluators import linear_probe as probe_module
from bench.training.evaluators import nearest_neighbour as neighbour_module
from bench.training.evaluators import regression as regression_module
from bench.training.evaluators.pool import Pool, shrunk
from bench.training.evaluators.references import references
from bench.training.time_limit import time_limit

MakeStripes = Callable[..., Task]


@pytest.fixture(autouse=True)
def _without_downloads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """File of random weights of MobileNetV2, in the format of those of Keras."""
    path = tmp_path_factory.mktemp("weights") / "mobilenet.h5"
    keras.utils.set_random_seed(0)
    network = keras.applications.MobileNetV2(
        include_top=False, weights=None, input_shape=(96, 96, 3)
    )
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name for layer in network.layers]
        for layer in network.layers:
            values = [*layer.trainable_weights, *layer.non_trainable_weights]
            group = file.create_group(layer.name)
            group.attrs["weight_names"] = list(map(str, range(len(values))))
            for number, value in enumerate(values):
                group[str(number)] = np.asarray(value)
    return path


def by_name(task: Task, **options: object) -> dict[str, ReferenceRecord]:
    scored = (score() for score in references(task, {}, **options).values())
    return {row.name: row for row in scored if row is not None}


def pooled(task: Task) -> np.ndarray:
    return np.concatenate([task.train.labels, task.validation.labels])


def test_prior_is_scored_by_the_class_shares_of_the_training_images(
    digits: Task,
) -> None:
    prior = by_name(digits)["prior"]
    shares = np.bincount(pooled(digits)) / len(pooled(digits))
    accuracy = np.mean(digits.test.labels == shares.argmax())
    log_loss = -np.log(shares[digits.test.labels]).mean()
    assert prior.metrics["test_accuracy"] == pytest.approx(accuracy)
    assert prior.metrics["test_log_loss"] == pytest.approx(log_loss)


def test_references_beat_the_prior_and_say_how_they_were_trained(digits: Task) -> None:
    rows = by_name(digits)
    assert list(rows) == ["prior", "logistic_regression", "nearest_neighbour"]
    prior, regression, neighbour = rows.values()
    total = f"{len(pooled(digits)):,} training and validation images"
    for row in (regression, neighbour):
        assert row.metrics["test_accuracy"] > 0.9
        assert row.metrics["test_log_loss"] < prior.metrics["test_log_loss"] / 3
        assert row.images == len(pooled(digits))
        assert total in row.note
        assert "sample" not in row.note
        assert "8x8 px" in row.note
    assert neighbour.metrics["test_accuracy"] > 0.97
    assert regression.parameters == 64 * 10 + 10


def test_logistic_regression_of_large_images_is_above_the_prior(
    make_stripes: MakeStripes,
) -> None:
    """It used to be trained on 2 of 100 such images, and scored below the prior."""
    large = make_stripes(shape=(256, 256, 3), count=144)
    rows = by_name(large)
    assert rows["logistic_regression"].metrics["test_accuracy"] == 1
    assert rows["logistic_regression"].parameters == (16 * 16 * 3 + 1) * 3
    assert "16x16 px" in rows["logistic_regression"].note


@pytest.mark.parametrize("side", [5, 16, 23, 28, 32])
def test_images_are_shrunk_by_averages_of_areas(side: int) -> None:
    images = np.random.default_rng(0).random((3, side, 2 * side, 2))
    small = shrunk(images, 16)
    count, columns = min(16, side), min(16, 2 * side)
    assert small.shape == (3, count, columns, 2)
    # Every pixel repeated so often that areas hold whole numbers of them.
    whole = images.repeat(count, axis=1).repeat(columns, axis=2)
    areas = whole.reshape(3, count, side, columns, 2 * side, 2)
    np.testing.assert_allclose(small, areas.mean(axis=(2, 4)), atol=1e-6)


def test_references_depend_on_no_seed_and_on_no_division(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (160, 6, 6), np.uint8)
    labels = np.arange(160) % 2
    images[labels == 1, 0] //= 2
    np.savez(
        tmp_path / "set.npz",
        x_train=images[:120],
        y_train=labels[:120],
        x_test=images[120:],
        y_test=labels[120:],
    )

    def rows(**options: object) -> list[ReferenceRecord]:
        task = load(f"npz:{tmp_path / 'set.npz'}", **options)
        return [replace(row, seconds=0) for row in by_name(task).values()]

    first = rows(seed=0)
    assert rows(seed=7) == first
    assert rows(seed=0, validation_fraction=0.4) == first
    assert rows(seed=0, images=20) == first


def load(dataset: str, **options: object) -> Task:
    defaults = {
        "data_folder": None,
        "validation_fraction": 0.15,
        "test_fraction": 0.15,
        "seed": 0,
        "image_size": None,
        "skip_unreadable": False,
    }
    return datasets.load(
        datasets.DataSetRequest(dataset=dataset, **(defaults | options))
    )


def test_study_of_a_sample_has_references_of_all_images(digits: Task) -> None:
    sample = load("digits", images=100)
    assert len(pooled(sample)) == 100
    rows = by_name(sample)
    assert {row.images for row in rows.values()} == {len(pooled(digits))}
    assert rows["nearest_neighbour"].metrics == pytest.approx(
        by_name(digits)["nearest_neighbour"].metrics
    )


def test_board_keeps_references_of_all_images_whatever_study_comes_first(
    digits: Task, tmp_path: Path
) -> None:
    spec = StudySpec(
        family="linear",
        tuner="random",
        budget=Budget(trials=1, epochs=1),
        test_fraction=0.15,
        seeds=1,
    )
    old = replace(by_name(digits)["prior"], metrics={"test_accuracy": 0.9}, images=0)
    with Store(tmp_path) as store:
        store.add_reference(digits.record.test_fingerprint, old)
        for images in (100, None):
            task = load("digits", images=images)
            prepared = prepare(replace(spec, images=images), task)
            run(prepared, store, Progress(), resources=Resources(workers=0))
            rows = store.references(task.record.test_fingerprint)
            assert {row.images for row in rows} == {len(pooled(digits))}
            assert {row.name: row.metrics for row in rows} == {
                name: row.metrics for name, row in by_name(digits).items()
            }


def test_data_set_that_was_lost_leaves_the_sample(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    X = np.random.default_rng(0).integers(0, 256, (80, 4, 4), np.uint8)
    np.savez(path, X=X, y=np.arange(80) % 2)
    sample = load(f"npz:{path}", images=20)
    path.unlink()
    assert {row.images for row in by_name(sample).values()} == {20}


def test_only_references_of_fewer_images_are_scored_again(stripes: Task) -> None:
    known = by_name(stripes)
    assert not references(stripes, known)
    known["prior"] = replace(known["prior"], images=len(pooled(stripes)) - 1)
    del known["nearest_neighbour"]
    names = list(references(stripes, known))
    assert names == ["prior", "nearest_neighbour"]


def test_references_within_a_limit_are_those_without_one(digits: Task) -> None:
    unlimited = by_name(digits)
    with time_limit(time.monotonic() + 1000):
        limited = by_name(digits)
    for name, row in unlimited.items():
        assert replace(limited[name], seconds=0) == replace(row, seconds=0)


def test_reference_that_does_not_fit_is_left_to_another_search(
    digits: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = StudySpec(
        family="linear",
        tuner="random",
        budget=Budget(trials=1, epochs=1, seconds=1000.0),
        test_fraction=0.15,
        seeds=1,
    )
    said = []

    class Remarks(Progress):
        def remarks(self, text: str) -> None:
            said.append(text)

    with Store(tmp_path) as store:
        for seconds in (1e6, 1e-6):  # of an iteration
            monkeypatch.setattr(
                regression_module, "_iteration_seconds", lambda *_, s=seconds: s
            )
            prepared = prepare(replace(spec, seed=int(seconds > 1)), digits)
            run(prepared, store, Remarks(), resources=Resources(workers=0))
            rows = store.references(digits.record.test_fingerprint)
            names = {row.name for row in rows}
            assert ("logistic_regression" in names) == (seconds < 1)
            assert {"prior", "nearest_neighbour"} <= names
    assert [text for text in said if "reference" in text] == [
        "time is up before the references logistic_regression: another search of this "
        "data set scores them, if it has more time"
    ]


def test_long_regression_ends_after_fewer_iterations_and_says_so(
    digits: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    products = len(pooled(digits)) * 64 * 10
    monkeypatch.setattr(regression_module, "MAX_PRODUCTS", 33 * products)
    note = by_name(digits)["logistic_regression"].note
    assert note.startswith("logistic regression, 33 iterations")


def test_neighbours_of_many_images_are_those_of_smaller_ones_then_of_a_sample(
    make_stripes: MakeStripes, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = make_stripes(shape=(16, 16, 1), count=240)
    compared = len(large.test) + neighbour_module.MAX_HELD_OUT
    for maximum, texts in (
        (len(pooled(large)) * 64 * compared, ("nearest of 204", "8x8 px")),
        (90 * 16 * compared, ("a sample of 90 of 204", "4x4 px")),
    ):
        monkeypatch.setattr(neighbour_module, "MAX_PRODUCTS", maximum)
        note = by_name(large)["nearest_neighbour"].note
        assert all(text in note for text in texts), note


def test_number_of_neighbours_is_chosen_without_the_test_images(digits: Task) -> None:
    inverted = replace(digits.test, labels=9 - digits.test.labels)
    one, other = (
        neighbour_module.nearest_neighbour(Pool(task))
        for task in (digits, replace(digits, test=inverted))
    )
    assert one.note == other.note
    np.testing.assert_array_equal(one.probabilities, other.probabilities)
    np.testing.assert_allclose(one.probabilities.sum(axis=1), 1)
    assert one.probabilities.min() > 0


def test_sample_keeps_the_shares_of_the_classes(digits: Task) -> None:
    pool = Pool(digits)
    labels = pool.labels[pool.sample(300)]
    shares = np.bincount(pool.labels) / len(pool)
    assert 300 <= len(labels) <= 310
    np.testing.assert_allclose(np.bincount(labels), 300 * shares, atol=1)
    np.testing.assert_array_equal(pool.sample(10**6), np.arange(len(pool)))


def test_pool_has_the_same_images_at_both_sizes(stripes: Task) -> None:
    pool = Pool(stripes)
    np.testing.assert_array_equal(pool.images(np.arange(len(pool))), pool.small)


def test_probe_of_given_weights_is_a_reference(stripes: Task, weights: Path) -> None:
    given = by_name(stripes, weights=str(weights))["linear_probe"]
    assert given.metrics["test_accuracy"] > 0.4
    assert "outputs of MobileNetV2, pretrained, at 96 px" in given.note
    assert "204 training and validation images" in given.note


def test_weights_that_keras_has_downloaded_are_at_hand(
    tmp_path: Path, weights: Path
) -> None:
    assert probe_module.weights_at_hand(None) is None
    downloaded = tmp_path / "keras" / "models" / "efficientnetb0_notop.h5"
    downloaded.parent.mkdir(parents=True)
    downloaded.touch()
    assert probe_module.weights_at_hand(None) == downloaded
    assert probe_module.weights_at_hand("random") == downloaded
    assert probe_module.weights_at_hand(str(weights)) == weights


@pytest.mark.slow  # makes three large networks
def test_probe_of_many_images_takes_smaller_ones_or_a_sample(
    make_stripes: MakeStripes, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = make_stripes(shape=(100, 100, 1), count=60)
    of_an_image = 6_000 * 224**2
    for maximum, texts in (
        (70 * of_an_image, ("at 224 px", "; 51 training")),
        (40 * of_an_image, ("at 100 px", "; 51 training")),
        (6_000 * 100**2 * (9 + 30), ("at 100 px", "a sample of 30 of 51")),
    ):
        monkeypatch.setattr(probe_module, "MAX_PRODUCTS", maximum)
        note = by_name(large, weights=str(weights))["linear_probe"].note
        assert all(text in note for text in texts), note
    monkeypatch.setattr(probe_module, "MAX_PRODUCTS", 6_000 * 100**2 * 10)
    assert "linear_probe" not in by_name(large, weights=str(weights))


def test_probe_is_left_out_where_its_network_cannot_be_used(
    make_stripes: MakeStripes, weights: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "keras" / "models" / "efficientnetb0_notop.h5"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(weights.read_bytes()[:100_000])
    gray = make_stripes()
    assert "linear_probe" not in by_name(gray)
    two_channels = make_stripes(shape=(8, 8, 2))
    assert "linear_probe" not in by_name(two_channels, weights=str(weights))
