"""TensorFlow's kernels update weights as Keras' own optimizers do."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from bench.training.compiled import kernels

OPTIMIZERS = {
    "adam": lambda: keras.optimizers.Adam(0.1),
    "adam, decay": lambda: keras.optimizers.Adam(0.1, weight_decay=0.2),
    "adam, amsgrad": lambda: keras.optimizers.Adam(0.1, amsgrad=True),
    "adamw": lambda: keras.optimizers.AdamW(0.1, beta_1=0.7, epsilon=1e-3),
    "sgd": lambda: keras.optimizers.SGD(0.1),
    "sgd, momentum": lambda: keras.optimizers.SGD(0.1, momentum=0.8),
    "sgd, Nesterov": lambda: keras.optimizers.SGD(0.1, momentum=0.8, nesterov=True),
    "sgd, clipped": lambda: keras.optimizers.SGD(0.1, momentum=0.8, clipnorm=0.5),
    "sgd, average": lambda: keras.optimizers.SGD(0.1, use_ema=True),
    "rmsprop": lambda: keras.optimizers.RMSprop(0.1),
    "rmsprop, momentum": lambda: keras.optimizers.RMSprop(0.1, momentum=0.8),
    "rmsprop, centered": lambda: keras.optimizers.RMSprop(0.1, centered=True),
    "nadam": lambda: keras.optimizers.Nadam(0.1),
    "accumulating": lambda: keras.optimizers.Adam(0.1, gradient_accumulation_steps=2),
}


def trained(
    name: str, *, with_kernels: bool, dtype: str = "float32"
) -> list[np.ndarray]:
    """Weights and state after four steps along seeded gradients."""
    rng = np.random.default_rng(0)
    shapes = [(3, 2), (2,)]
    weights = [keras.Variable(rng.normal(size=shape), dtype=dtype) for shape in shapes]
    optimizer = OPTIMIZERS[name]()
    optimizer.build(weights)
    optimizer.exclude_from_weight_decay(var_list=weights[1:])
    if with_kernels:
        kernels.use(optimizer)
    for _ in range(4):
        gradients = [rng.normal(size=shape).astype(dtype) for shape in shapes]
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients], weights)
    return [np.array(v) for v in [*weights, *optimizer.variables]]


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_kernels_update_as_keras_does(name: str, dtype: str) -> None:
    found = trained(name, with_kernels=True, dtype=dtype)
    expected = trained(name, with_kernels=False, dtype=dtype)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["adam", "sgd, Nesterov", "rmsprop"])
def test_kernels_take_over_the_optimizers_of_families(name: str) -> None:
    optimizer = OPTIMIZERS[name]()
    optimizer.build([keras.Variable(np.zeros(2), dtype="float32")])
    kernels.use(optimizer)
    assert "_backend_update_step" in vars(optimizer)
