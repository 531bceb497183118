"""Augmentation: how images change in training, and only there."""

from __future__ import annotations

from pathlib import Path

import keras
import keras_tuner
import numpy as np
import pytest

from search_spaces.parts import augmentation
from search_spaces.parts.augmentation import Augmentation, MixingModel, Mixup

COUNT = 400
IMAGE = np.random.default_rng(0).uniform(-1, 1, (1, 12, 10, 3)).astype("float32")
IMAGES = np.repeat(IMAGE, COUNT, axis=0)


def augmented(**amounts: float) -> np.ndarray:
    return np.asarray(Augmentation(amounts, seed=1)(IMAGES, training=True))


def configuration(level: str, flip: bool = True) -> keras_tuner.HyperParameters:
    hp = keras_tuner.HyperParameters()
    hp.values = {"augmentation": level} | ({} if level == "off" else {"flip": flip})
    return hp


def test_images_stay_the_same_at_inference_and_with_amounts_of_0() -> None:
    amounts = dict.fromkeys(augmentation.AMOUNTS, 0.5)
    np.testing.assert_array_equal(Augmentation(amounts)(IMAGES), IMAGES)
    np.testing.assert_allclose(augmented(), IMAGES, atol=1e-6)


def test_flip_mirrors_its_share_exactly() -> None:
    out = augmented(flip=0.25)
    same = np.isclose(out, IMAGES, atol=1e-6).all(axis=(1, 2, 3))
    mirrored = np.isclose(out, IMAGES[:, :, ::-1], atol=1e-6).all(axis=(1, 2, 3))
    assert (same ^ mirrored).all()
    assert mirrored.mean() == pytest.approx(0.25, abs=0.08)


def test_shift_moves_by_whole_pixels_up_to_its_amount_and_repeats_the_edge() -> None:
    out = augmented(shift=0.25)
    height, width = IMAGE.shape[1:3]
    seen = set()
    for image in out:
        for down in range(-3, 4):
            for right in range(-3, 4):
                rows = np.clip(np.arange(height) + down, 0, height - 1)
                columns = np.clip(np.arange(width) + right, 0, width - 1)
                if np.allclose(image, IMAGE[0][rows][:, columns], atol=1e-5):
                    seen.add((down, right))
                    break
    assert {down for down, _ in seen} == set(range(-3, 4))
    assert {right for _, right in seen} == {-2, -1, 0, 1, 2}  # 2.5 rounds to even


@pytest.mark.parametrize("name", ["rotation", "zoom", "shear"])
def test_other_transforms_change_each_image_slightly_and_differently(
    name: str,
) -> None:
    ramp = np.linspace(-1, 1, 16, dtype="float32")
    smooth = (ramp[:, None, None] + ramp[None, :, None])[None] / 2
    smooth = np.repeat(smooth, 50, axis=0)
    layer = Augmentation({name: 0.2}, seed=1)
    out = np.asarray(layer(smooth, training=True))
    assert np.abs(out - smooth).max() > 0.02
    assert np.abs(out - smooth).max() < 0.6
    assert out.std(axis=0).max() > 0.01
    # The center stays in its place.
    np.testing.assert_allclose(out[:, 7:9, 7:9].mean(axis=(1, 2, 3)), 0, atol=0.02)


def test_cutout_blanks_a_square_of_its_side() -> None:
    images = np.ones((COUNT, 20, 20, 1), np.float32)
    layer = Augmentation({"cutout": 0.4}, seed=1)
    blank = np.asarray(layer(images, training=True))[..., 0] == 0
    # It is complete, unless it extends over the edge.
    assert blank.sum(axis=(1, 2)).max() == 64
    assert blank.any(axis=(1, 2)).all()
    assert blank.mean(axis=0).min() > 0  # sometimes at each position


def test_amounts_are_weights_that_are_not_trained() -> None:
    layer = Augmentation({"flip": 0.5, "cutout": 0.3})
    layer.build(IMAGES.shape)
    assert layer.trainable_weights == []
    np.testing.assert_allclose(layer.get_weights()[0], [0.5, 0, 0, 0, 0, 0.3])


def test_unknown_amount_is_refused() -> None:
    with pytest.raises(ValueError, match="not 'sheer'"):
        Augmentation({"sheer": 0.1})


def test_mixup_mixes_a_batch_with_its_reverse_by_the_stored_share() -> None:
    images = np.random.default_rng(0).normal(size=(6, 4, 4, 1)).astype("float32")
    layer = Mixup(1.0, seed=3)
    out = np.asarray(layer(images, training=True))
    share = float(layer.share)
    assert 0 < share < 1
    np.testing.assert_allclose(
        out, share * images + (1 - share) * images[::-1], atol=1e-6
    )
    np.testing.assert_array_equal(layer(images), images)


def test_mixup_with_alpha_0_mixes_nothing() -> None:
    layer = Mixup(0.0)
    np.testing.assert_array_equal(layer(IMAGES, training=True), IMAGES)


def test_loss_of_mixed_images_is_a_mean_over_both_labels() -> None:
    inputs = keras.Input((2,))
    outputs = keras.layers.Activation("softmax")(Mixup(1.0, name=Mixup.NAME)(inputs))
    model = MixingModel(inputs, outputs)
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.get_layer(Mixup.NAME).share.assign(0.75)
    labels = np.array([0, 1])
    probabilities = np.array([[0.9, 0.1], [0.6, 0.4]], np.float32)
    loss = -np.log([0.9, 0.4]).mean()
    reversed_loss = -np.log([0.1, 0.6]).mean()
    arguments = {"y": labels, "y_pred": probabilities}
    in_training = float(model.compute_loss(**arguments))
    at_inference = float(model.compute_loss(**arguments, training=False))
    assert in_training == pytest.approx(0.75 * loss + 0.25 * reversed_loss, rel=1e-4)
    assert at_inference == pytest.approx(loss, rel=1e-4)


def test_levels_set_their_amounts_and_flip_can_be_off() -> None:
    inputs = keras.Input((8, 8, 1))
    assert augmentation.augmented(configuration("off"), inputs) is inputs
    amounts = {}
    for level in augmentation.LEVELS:
        for flip in (False, True):
            hp = configuration(level, flip)
            model = keras.Model(inputs, augmentation.augmented(hp, inputs))
            [layer] = [x for x in model.layers if isinstance(x, Augmentation)]
            amounts[level, flip] = layer.get_weights()[0]
    assert amounts["light", True][0] == 0.5
    assert amounts["light", False][0] == 0
    assert (amounts["strong", True] > 0).all()
    assert (amounts["light", True][2:] == 0).all()


def test_augmenting_model_is_saved_and_loaded(tmp_path: Path) -> None:
    inputs = keras.Input((12, 10, 3))
    x = augmentation.augmented(configuration("strong"), inputs)
    outputs = keras.layers.Dense(2, "softmax")(keras.layers.Flatten()(x))
    model = MixingModel(inputs, outputs)
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert isinstance(loaded, MixingModel)
    np.testing.assert_array_equal(loaded(IMAGES), model(IMAGES))


def test_gradient_through_shift_and_cutout_is_exact() -> None:
    """A weighted sum of the outputs is linear in the images, so it equals the product
    of its gradient and the images.
    """
    import tensorflow as tf

    layer = Augmentation(
        {"shift": 0.3, "cutout": 0.4}, seed=1, always=True, fill_mode="constant"
    )
    images, weights = np.random.default_rng(0).normal(size=(2, 6, 12, 12, 3))
    variable = tf.Variable(images.astype("float32"))
    with tf.GradientTape() as tape:
        moved = layer(variable)
        total = tf.reduce_sum(weights.astype("float32") * moved)
    gradient = tape.gradient(total, variable)
    assert not np.array_equal(moved, images)
    product = float(tf.reduce_sum(gradient * variable))
    assert product == pytest.approx(float(total), rel=1e-3, abs=1e-3)
