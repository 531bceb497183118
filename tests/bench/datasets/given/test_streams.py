"""Streams of TensorFlow and Keras themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bench.datasets import given
from bench.errors import DatasetError

pytestmark = pytest.mark.usefixtures("keras_started")

N = 24
X = np.random.default_rng(0).integers(0, 256, (N, 6, 6, 3), np.uint8)
Y = np.arange(N) % 3


def of(images: Any, labels: Any) -> Any:
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((images, labels))


def sorted_bytes(images: np.ndarray) -> list[bytes]:
    return sorted(image.tobytes() for image in images)


@pytest.mark.parametrize("labels", [Y, np.eye(3)[Y]], ids=["indices", "one-hot"])
@pytest.mark.parametrize("size", [None, 7], ids=["single", "batched"])
@pytest.mark.parametrize("images", [X, X[..., 0]], ids=["colour", "gray"])
def test_dataset_of_tensorflow_is_read_whole(
    images: np.ndarray, size: int | None, labels: np.ndarray
) -> None:
    stream = of(images, labels)
    source = given.source(stream if size is None else stream.batch(size))
    assert sorted_bytes(source.train.images) == sorted_bytes(images)
    assert np.bincount(source.train.labels).tolist() == [8, 8, 8]


def test_infinite_dataset_is_refused() -> None:
    with pytest.raises(DatasetError, match="repeats for ever"):
        given.source(of(X, Y).repeat())


def test_dictionaries_of_tensorflow_datasets_are_read() -> None:
    stream = of(X, Y).map(lambda x, y: {"image": x, "label": y}).batch(5)
    assert len(given.source(stream).train) == N


def test_classes_of_a_directory_keep_their_names(tmp_path: Path) -> None:
    import keras

    for number, label in enumerate(Y):
        folder = tmp_path / "abc"[label]
        folder.mkdir(exist_ok=True)
        Image.fromarray(X[number]).save(folder / f"{number}.png")
    stream = keras.utils.image_dataset_from_directory(
        tmp_path, image_size=(6, 6), verbose=False
    )
    source = given.source(stream)
    assert source.class_names == ("a", "b", "c")
    images = source.train.images.astype(np.uint8)  # which Keras made floats
    assert sorted_bytes(images) == sorted_bytes(X)


def test_stream_that_fails_is_refused_with_its_error() -> None:
    def images() -> Any:
        yield X[:2], Y[:2]
        raise RuntimeError("the camera is off")

    import tensorflow as tf

    signature = (tf.TensorSpec((2, 6, 6, 3), "uint8"), tf.TensorSpec((2,), "int64"))
    stream = tf.data.Dataset.from_generator(images, output_signature=signature)
    with pytest.raises(DatasetError, match="the camera is off"):
        given.source(stream)


def test_py_dataset_of_keras_is_read_whole() -> None:
    import keras

    class Batches(keras.utils.PyDataset):
        def __len__(self) -> int:
            return 3

        def __getitem__(self, index: int) -> Any:
            part = slice(8 * index, 8 * index + 8)
            return X[part], Y[part]

    source = given.source(Batches())
    assert sorted_bytes(source.train.images) == sorted_bytes(X)
