"""Numbers of Keras' objects in which models of one structure may differ.

Keras writes the rate of a dropout or the factor of an L2 penalty into the graph as a
constant. TensorFlow's epochs are traced with variables in their place: see
``graph_numbers``. Objects of subclasses are left alone, since they may use such a
number in another way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras

from bench.training.compiled.optimizers import optimized
from bench.training.private_api import innermost, loss_arguments, nested_layers
from search_spaces.parts import averaging
from search_spaces.parts.losses import SparseSmoothedCrossentropy

_RATE = ("rate",)
_SMOOTHING = ("label_smoothing",)

_SGD = ("momentum", "weight_decay")
_RMSPROP = ("rho", "momentum", "epsilon", "weight_decay")
_ADAM = ("beta_1", "beta_2", "epsilon", "weight_decay")

_UNCOMPARED = ("smoothing", "averaging")
"""Names of numbers that nothing compares: their graphs are the same for all values."""

FREE_NUMBERS: dict[type, tuple[str, ...]] = {
    keras.layers.Dropout: _RATE,
    keras.layers.SpatialDropout1D: _RATE,
    keras.layers.SpatialDropout2D: _RATE,
    keras.layers.SpatialDropout3D: _RATE,
    keras.layers.AlphaDropout: _RATE,
    keras.layers.GaussianNoise: ("stddev",),
    keras.layers.BatchNormalization: ("momentum",),
    keras.layers.ActivityRegularization: ("l1", "l2"),
    keras.regularizers.L1: ("l1",),
    keras.regularizers.L2: ("l2",),
    keras.regularizers.L1L2: ("l1", "l2"),
    keras.losses.BinaryCrossentropy: _SMOOTHING,
    keras.losses.CategoricalCrossentropy: _SMOOTHING,
    SparseSmoothedCrossentropy: ("smoothing",),
    keras.optimizers.SGD: _SGD,
    keras.optimizers.RMSprop: _RMSPROP,
    keras.optimizers.Adam: _ADAM,
    keras.optimizers.AdamW: _ADAM,
    averaging.AveragingSGD: (*_SGD, "averaging"),
    averaging.AveragingRMSprop: (*_RMSPROP, "averaging"),
    averaging.AveragingAdam: (*_ADAM, "averaging"),
}
"""Names of the free numbers of each type.

These are left out: the slope of ``LeakyReLU`` and the epsilon of normalizations, which
TensorFlow's operations take as constants only; the rate of ``GaussianDropout``, of
which Keras takes the root in Python; and the alpha of ``ELU``, whose configuration is
that with which it was made.
"""

Place = tuple[dict[str, Any], str]
"""Where a number is kept: the attributes of an object, and the name among them."""


def places(model: keras.Model) -> list[Place]:
    """Places of the free numbers of a model, in the same order for equal models.

    An object that several layers share has its places several times.
    """
    return [
        (attributes, name)
        for owner in _owners(model)
        for name in FREE_NUMBERS.get(type(owner), ())
        for attributes in (vars(owner), loss_arguments(owner))
        if _is_number(attributes.get(name))
    ]


def sharing(found: Sequence[Place]) -> list[int]:
    """For each place the index of the first place that is the same."""
    keys = [(id(attributes), name) for attributes, name in found]
    return [keys.index(key) for key in keys]


def kinds(found: Sequence[Place]) -> list[float]:
    """For each place a number that compares with 0 and 1 as the number there does.

    Keras compares its numbers with no others, so that models whose numbers are of the
    same kinds have the same graph.
    """
    names = (name for _, name in found)
    pairs = zip(names, values(found), strict=True)
    return [0.5 if name in _UNCOMPARED else _kind(number) for name, number in pairs]


def _kind(number: float) -> float:
    if number in (0, 1):
        return float(number)
    return -1.0 if number < 0 else 0.5 if number < 1 else 2.0


def values(found: Sequence[Place]) -> list[float]:
    return [float(attributes[name]) for attributes, name in found]


@contextmanager
def replaced(found: Sequence[Place], replacements: Sequence[Any]) -> Iterator[None]:
    """Put other values in the places for a while, past Keras' tracking."""
    originals = [attributes[name] for attributes, name in found]
    try:
        _put(found, replacements)
        yield
    finally:
        _put(found, originals)


def copy(source: Sequence[Place], target: Sequence[Place]) -> None:
    """Copy numbers between the places of two models of the same structure."""
    _put(target, [attributes[name] for attributes, name in source])


def _put(found: Sequence[Place], new: Sequence[Any]) -> None:
    for (attributes, name), value in zip(found, new, strict=True):
        attributes[name] = value


def _owners(model: keras.Model) -> Iterator[Any]:
    """Objects that may have free numbers: layers, regularizers, losses, optimizers."""
    for layer in nested_layers(model):
        yield layer
        for name, value in vars(layer).items():
            if name.endswith("regularizer"):
                yield value
    yield from keras.tree.flatten(getattr(model, "loss", None))
    for optimizer, _ in optimized(model):
        yield innermost(optimizer)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    # The regularizer L1 keeps its factor as a tensor.
    return isinstance(value, int | float) or (
        keras.ops.is_tensor(value) and value.shape == ()
    )
