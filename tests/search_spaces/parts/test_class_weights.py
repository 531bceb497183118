"""Class weights: searched on imbalanced tasks only, and weights of the model."""

from __future__ import annotations

import keras
import keras_tuner
import numpy as np
import pytest

from bench.training.compiled.structure import structure
from search_spaces.cnn import CNN
from search_spaces.family import Family, ImageTask
from search_spaces.linear import Linear
from search_spaces.parts.class_weights import NAME, WeightingModel

SHARES = (0.8, 0.1, 0.1)


def family(kind: type[Family] = Linear, shares: tuple[float, ...] = SHARES) -> Family:
    shape = (8, 8, 1)
    task = ImageTask(image_shape=shape, classes=len(shares), class_shares=shares)
    return kind(task)


def configured(family: Family, **values: object) -> keras_tuner.HyperParameters:
    hp = keras_tuner.HyperParameters()
    family.declare_hyperparameters(hp)
    hp.values |= values
    family.declare_hyperparameters(hp)
    return hp


def loss(model: keras.Model, labels: list[int]) -> float:
    images = np.zeros((len(labels), 8, 8, 1), np.float32)
    predicted = model(images)
    return float(model.compute_loss(images, np.array(labels), predicted))


@pytest.mark.parametrize("shares", [(0.6, 0.2, 0.2), ()])
def test_balanced_task_has_no_class_weights(shares: tuple[float, ...]) -> None:
    task = ImageTask(image_shape=(8, 8, 1), classes=3, class_shares=shares)
    hp = configured(Linear(task))
    assert NAME not in hp.values
    assert not isinstance(Linear(task).build(hp), WeightingModel)


def test_loss_weighs_images_by_the_inverse_share_of_their_class() -> None:
    plain = family().build(configured(family(), class_weights="none"))
    weighing = family().build(configured(family(), class_weights="balanced"))
    for theirs, its in zip(
        plain.trainable_weights, weighing.trainable_weights, strict=True
    ):
        its.assign(theirs)
    for label, share in enumerate(SHARES):
        expected = loss(plain, [label] * 4) / (3 * share)
        assert loss(weighing, [label] * 4) == pytest.approx(expected, rel=1e-5)


def test_weighing_changes_no_structure() -> None:
    texts = set()
    for value in ("none", "balanced"):
        keras.utils.clear_session(free_memory=False)  # names are counted anew
        hp = configured(family(CNN), class_weights=value, augmentation="off")
        texts.add(structure(family(CNN).build(hp)))
    assert len(texts) == 1
    assert None not in texts


def test_mixed_images_have_weights_of_both_labels() -> None:
    cnn = family(CNN)
    hp = configured(cnn, class_weights="balanced", augmentation="strong", flip=True)
    model = cnn.build(hp)
    images = np.zeros((2, 8, 8, 1), np.float32)
    labels, predicted = np.array([0, 1]), model(images)
    model.get_layer("mixup").share.assign(0.25)
    of_label = -np.log(np.asarray(predicted)[[0, 1], labels])
    swapped = -np.log(np.asarray(predicted)[[0, 1], labels[::-1]])
    weights = np.array([1 / (3 * SHARES[0]), 1 / (3 * SHARES[1])])
    expected = 0.25 * (weights * of_label).mean()
    expected += 0.75 * (weights[::-1] * swapped).mean()
    found = model.compute_loss(images, labels, predicted, training=True)
    assert float(found) == pytest.approx(expected, rel=1e-4)


def test_binary_cross_entropy_is_weighed_too() -> None:
    shares = (0.9, 0.1)
    binary = family(shares=shares)
    losses = {}
    for value in ("none", "balanced"):
        hp = configured(binary, class_weights=value, loss="bce")
        model = binary.build(hp)
        for weight in model.trainable_weights:
            weight.assign(np.zeros(weight.shape))
        images, labels = np.zeros((2, 8, 8, 1)), np.array([[0.0], [1.0]])
        losses[value] = float(model.compute_loss(images, labels, model(images)))
    assert losses["none"] == pytest.approx(np.log(2), rel=1e-5)
    expected = np.log(2) * np.mean([1 / (2 * share) for share in shares])
    assert losses["balanced"] == pytest.approx(expected, rel=1e-5)
