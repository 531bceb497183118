"""TensorFlow's kernels update weights as Keras' own optimizers do."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from bench.datasets import Task
from bench.training.compiled import kernels
from bench.training.compiled.cache import CompiledModelCache
from bench.training.compiled.tensorflow_epochs import TensorFlowModel
from bench.training.evaluators.classification import Classification
from search_spaces.parts import averaging

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
    "averaging adam": lambda: averaging.AveragingAdam(0.1, averaging=0.9),
    "averaging sgd": lambda: averaging.AveragingSGD(0.1, averaging=0.9),
    "averaging rmsprop": lambda: averaging.AveragingRMSprop(0.1, averaging=0.9),
    "nadam": lambda: keras.optimizers.Nadam(0.1),
    "accumulating": lambda: keras.optimizers.Adam(0.1, gradient_accumulation_steps=2),
}

KERNELS = {
    "adam": "ResourceApplyAdam",
    "adam, decay": "ResourceApplyAdam",
    "adamw": "ResourceApplyAdam",
    "sgd": "ResourceApplyGradientDescent",
    "sgd, momentum": "ResourceApplyKerasMomentum",
    "sgd, Nesterov": "ResourceApplyKerasMomentum",
    "sgd, clipped": "ResourceApplyKerasMomentum",
    "sgd, average": "ResourceApplyGradientDescent",
    "rmsprop": "ResourceApplyRMSProp",
    "rmsprop, momentum": "ResourceApplyRMSProp",
    "averaging adam": "ResourceApplyAdam",
    "averaging sgd": "ResourceApplyGradientDescent",
    "averaging rmsprop": "ResourceApplyRMSProp",
}
"""Operation that updates a weight, of each optimizer that has a kernel."""


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
        kernels.use(optimizer, weights)
    for _ in range(4):
        gradients = [rng.normal(size=shape).astype(dtype) for shape in shapes]
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients], weights)
    return [np.array(v) for v in [*weights, *optimizer.variables]]


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_kernels_update_as_keras_does(name: str, dtype: str) -> None:
    values = trained(name, with_kernels=True, dtype=dtype)
    expected = trained(name, with_kernels=False, dtype=dtype)
    for value, expected_value in zip(values, expected, strict=True):
        np.testing.assert_allclose(value, expected_value, rtol=1e-5, atol=1e-6)


def operations_of_epoch(task: Task, optimizer: keras.optimizers.Optimizer) -> list[str]:
    """Kinds of the operations in the traced graph of a training epoch."""
    keras.utils.clear_session(free_memory=False)
    model = keras.Sequential(
        [
            keras.Input(task.record.image_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(len(task.record.class_names), activation="softmax"),
        ]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy")
    compiled = CompiledModelCache(Classification(task)).take(model)
    assert isinstance(compiled, TensorFlowModel)
    graph = compiled._train.get_concrete_function().graph.as_graph_def()
    assert compiled.traces == 1  # the graph is that of the epochs that are trained
    bodies = [graph.node, *(body.node_def for body in graph.library.function)]
    return [node.op for body in bodies for node in body]


@pytest.mark.parametrize("name", KERNELS)
def test_epoch_updates_each_weight_by_one_operation(stripes: Task, name: str) -> None:
    operations = operations_of_epoch(stripes, OPTIMIZERS[name]())
    assert operations.count(KERNELS[name]) == 2  # kernel and bias


def test_weights_decay_by_one_operation(stripes: Task) -> None:
    decaying = operations_of_epoch(stripes, OPTIMIZERS["adam, decay"]())
    assert decaying.count("ResourceApplyGradientDescent") == 2
    plain = operations_of_epoch(stripes, OPTIMIZERS["adam"]())
    assert "ResourceApplyGradientDescent" not in plain


@pytest.mark.parametrize("name", sorted(OPTIMIZERS.keys() - KERNELS.keys()))
def test_optimizers_that_no_kernel_computes_keep_their_updates(
    stripes: Task, name: str
) -> None:
    operations = operations_of_epoch(stripes, OPTIMIZERS[name]())
    assert not [kind for kind in operations if kind.startswith("ResourceApply")]


def test_every_kind_of_optimizer_with_a_kernel_is_tested() -> None:
    assert {type(OPTIMIZERS[name]()) for name in KERNELS} == set(kernels._KERNELS)
