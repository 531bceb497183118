"""Records of networks: shapes, parameters and multiply-adds of their layers."""

from __future__ import annotations

from typing import Any

import keras
import pytest

from bench.training.network import network_record

layers = keras.layers


def record_of(shape: tuple[int | None, ...], *stack: Any) -> Any:
    """The record of the last of some layers."""
    inputs = outputs = keras.Input(shape)
    for layer in stack:
        outputs = layer(outputs)
    return network_record(keras.Model(inputs, outputs)).layers[-1]


@pytest.mark.parametrize(
    ("shape", "layer", "count"),
    [
        ((20,), layers.Dense(5), 20 * 5),
        ((7, 20), layers.Dense(5), 7 * 20 * 5),
        ((8, 8, 3), layers.Conv2D(4, 3, padding="same"), 64 * 9 * 3 * 4),
        ((8, 8, 4), layers.Conv2D(4, 3, padding="same", groups=2), 64 * 9 * 2 * 4),
        ((8, 8, 3), layers.Conv2D(4, 3, strides=2, padding="same"), 16 * 9 * 3 * 4),
        ((8, 8, 3), layers.DepthwiseConv2D(3, padding="same"), 64 * 9 * 3),
        ((8, 8, 3), layers.SeparableConv2D(5, 3, padding="same"), 64 * (27 + 15)),
        ((4, 4, 3), layers.Conv2DTranspose(5, 4, strides=2), 16 * 16 * 3 * 5),
        ((6, 8), layers.EinsumDense("abc,cd->abd", (6, 3)), 6 * 8 * 3),
        ((8, 8, 3), layers.BatchNormalization(), 0),
        ((8, 8, 3), layers.MaxPooling2D(), 0),
    ],
    ids=lambda value: type(value).__name__,
)
def test_multiply_adds_are_those_of_the_kernels(
    shape: tuple[int, ...], layer: Any, count: int
) -> None:
    record = record_of(shape, layer)
    assert record.multiply_adds == count
    assert record.parameters == layer.count_params()
    assert record.shape == tuple(layer.output.shape[1:])


def test_attention_multiplies_all_pairs_of_positions() -> None:
    inputs = keras.Input((6, 8))
    attention = layers.MultiHeadAttention(num_heads=2, key_dim=3)
    record = network_record(keras.Model(inputs, attention(inputs, inputs)))
    projections = 6 * 4 * 8 * (2 * 3)
    assert record.multiply_adds == projections + 6 * 6 * 2 * (3 + 3)


def test_layers_of_nested_models_follow_their_model() -> None:
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="inner")])
    inputs = keras.Input((4,))
    outputs = layers.Dense(2, name="head")(inner(inputs))
    record = network_record(keras.Model(inputs, outputs))
    depths = {layer.name: layer.depth for layer in record.layers}
    assert depths["inner"] == 1
    assert depths["head"] == 0
    assert record.parameters == (4 * 3 + 3) + (3 * 2 + 2)
    assert record.multiply_adds == 4 * 3 + 3 * 2


def test_joined_branches_are_known() -> None:
    inputs = keras.Input((4,))
    one, other = (
        layers.Dense(2, name="one")(inputs),
        layers.Dense(2, name="two")(inputs),
    )
    record = network_record(keras.Model(inputs, layers.Add()([one, other])))
    assert set(record.layers[-1].inputs) == {"one", "two"}


def test_weights_of_unknown_use_leave_the_sum_unknown() -> None:
    class Scaled(layers.Layer):
        def build(self, shape: Any) -> None:
            self.scale = self.add_weight(shape=(shape[-1],))

        def call(self, inputs: Any) -> Any:
            return inputs * self.scale

    inputs = keras.Input((4,))
    record = network_record(keras.Model(inputs, Scaled()(inputs)))
    assert record.layers[-1].multiply_adds is None
    assert record.multiply_adds is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "millions"), [("MobileNetV2", 300), ("ResNet50", 3858), ("VGG16", 15470)]
)
def test_known_networks_have_the_multiply_adds_of_their_papers(
    name: str, millions: int
) -> None:
    model = getattr(keras.applications, name)(weights=None)
    count = network_record(model).multiply_adds
    assert count is not None
    assert count / 1e6 == pytest.approx(millions, rel=0.005)


@pytest.mark.parametrize("family", ["cnn", "convnext", "vit"])
def test_work_of_families_with_layers_of_their_own_is_known(family: str) -> None:
    from bench.training import hypermodel
    from bench.training.work import WorkCounter
    from search_spaces.family import ImageTask

    source = hypermodel.load(family, ImageTask(image_shape=(32, 32, 3), classes=10))
    work = WorkCounter(source)({"batch_size": 128})
    assert work is not None
    assert work.multiply_adds > work.parameters
    assert work.batch_size == 128


@pytest.mark.parametrize("error", [ValueError, SystemExit, MemoryError])
def test_work_of_a_model_that_cannot_be_built_is_unknown(
    error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    from bench.training import hypermodel
    from bench.training.work import WorkCounter
    from search_spaces.family import ImageTask

    source = hypermodel.load("dense", ImageTask(image_shape=(8, 8, 1), classes=3))

    def fail(hp: object) -> None:
        raise error

    monkeypatch.setattr(source.hypermodel, "build", fail)
    assert WorkCounter(source)({}) is None
