"""The precision in which networks compute: float32, or bfloat16 with exact ends.

With bfloat16 the policy of layers is Keras' ``mixed_bfloat16``: weights, optimizers,
losses and metrics are float32. What prepares images, and the last layer with weights,
compute in float32 too: families build these so, and in models from elsewhere they are
found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain

import keras

from bench.records import FLOAT32
from bench.training.private_api import nested_layers, preprocesses

MIXED = "mixed_bfloat16"


@contextmanager
def computing_in(precision: str) -> Iterator[None]:
    """Let layers that are built meanwhile compute in a precision.

    A policy stays that a family's file has set, or that its ``build`` sets meanwhile.
    """
    if precision == FLOAT32 or _policy() != FLOAT32:
        yield
        return
    keras.config.set_dtype_policy(MIXED)
    try:
        yield
    finally:
        if _policy() == MIXED:
            keras.config.set_dtype_policy(FLOAT32)


def make_ends_exact(model: keras.Model) -> None:
    """Let what prepares images, and the last layers of a model, compute in float32.

    Layers with a policy of their own keep it.
    """
    prepare = filter(preprocesses, nested_layers(model))
    last = list(_last_layers(model))
    within = chain.from_iterable(map(nested_layers, last))
    _use_float32(chain(prepare, last, within))
    if not getattr(model, "inputs", None):
        _use_float32([model])  # a subclass of Model would cast its images


def use_float32(model: keras.Model) -> bool:
    """Let all layers of a model compute in float32, and say whether any did not."""
    return _use_float32(nested_layers(model))


def _use_float32(layers: Iterable[keras.layers.Layer]) -> bool:
    mixed = [layer for layer in layers if layer.dtype_policy.name == MIXED]
    for layer in mixed:
        layer.dtype_policy = FLOAT32
    return bool(mixed)


def _last_layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """The last layer that has weights, and those after it."""
    for layer in reversed(model.layers):
        if isinstance(layer, keras.Model):
            yield from _last_layers(layer)
        else:
            yield layer
        if layer.weights:
            return


def _policy() -> str:
    name: str = keras.config.dtype_policy().name
    return name
