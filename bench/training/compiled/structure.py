"""The structure of a model: models of equal structure share a compiled epoch.

Everything else in which two trials may differ is the value of a variable.
"""

from __future__ import annotations

import json
from typing import Any

import keras

from bench.training.compiled import free_numbers
from bench.training.compiled.optimizers import optimized
from bench.training.overrides import overrides
from bench.training.private_api import decays, innermost, nested_layers, rate_of_steps

METHODS = ("call", "train_step", "compute_loss", "compute_metrics", "predict_step")
"""Methods of a model that run in compiled epochs."""

_KNOWN = ("keras.", "search_spaces.", "builtins.")
"""Beginnings of the names of modules whose objects have no hidden constants."""

_FUNCTIONS = ("function", "__lambda__")
"""Names under which Keras writes functions, which may use any global constant."""


def structure(model: keras.Model) -> str | None:
    """The structure of a compiled Keras model, as text.

    It holds layers and shapes, loss and metrics, the kind of optimizer and the
    constants in its graph, but no values of variables.

    Returns:
        None for a model that shares its epoch with no other: it has parts that are
        neither Keras' nor this project's, whose constants can't be known.
    """
    if not has_known_parts(model):
        return None
    free = free_numbers.places(model) if _has_graph_numbers() else []
    with free_numbers.replaced(free, free_numbers.kinds(free)):
        config = [
            _without_values(_fixed_config(model)),
            _without_rates(model.get_compile_config()),
            [_decaying(*pair) for pair in optimized(model)],
            free_numbers.sharing(free),
        ]
    if _has_unknown(config):
        return None
    return json.dumps(config, sort_keys=True, default=str)


def has_known_parts(model: keras.Model) -> bool:
    """Whether layers, optimizers and loss of a model are Keras' or this project's."""
    optimizers = [innermost(optimizer) for optimizer, _ in optimized(model)]
    rates = filter(None, map(rate_of_steps, optimizers))
    parts = [model, *optimizers, *rates, *nested_layers(model), *_losses(model)]
    return all(map(_is_known, parts)) and not overrides(model, *METHODS)


def _decaying(optimizer: keras.optimizers.Optimizer, weights: list[Any]) -> list[bool]:
    """Whether each weight decays, which no configuration tells; empty without decay."""
    optimizer = innermost(optimizer)
    if optimizer.weight_decay is None:
        return []
    return [decays(optimizer, weight) for weight in weights]


def _fixed_config(model: keras.Model) -> dict[str, Any]:
    """The model's configuration without the values that its weights hold."""
    free = getattr(model, "free", ())
    return {k: v for k, v in model.get_config().items() if k not in free}


def _losses(model: keras.Model) -> list[Any]:
    """The loss, where it is an object or a function; a name is always one of Keras'."""
    loss = getattr(model, "loss", None)
    return [] if loss is None or isinstance(loss, str) else [loss]


def _is_known(part: Any) -> bool:
    kind = type(part)
    return kind.__module__.startswith(_KNOWN) and kind.__name__ != "Lambda"


def _has_unknown(config: Any) -> bool:
    """Whether a configuration holds an object whose constants can't be known.

    Examples are a user's metric, regularizer or learning rate schedule.
    """
    if isinstance(config, list | tuple):
        return any(map(_has_unknown, config))
    if not isinstance(config, dict):
        return False
    if "class_name" in config:
        name, module = config.get("registered_name"), config.get("module")
        kind = keras.saving.get_registered_object(name) if name else None
        module = getattr(kind, "__module__", module) or "keras"
        if config["class_name"] in _FUNCTIONS or not f"{module}.".startswith(_KNOWN):
            return True
    return any(map(_has_unknown, config.values()))


def _without_values(config: Any) -> Any:
    """A model's configuration without entries that set the values of weights."""
    if isinstance(config, list | tuple):
        return [_without_values(item) for item in config]
    if not isinstance(config, dict):
        return config
    kept = {k: v for k, v in config.items() if not k.endswith("_initializer")}
    registered = keras.saving.get_registered_object(config.get("registered_name"))
    if free := getattr(registered, "free", ()):
        kept["config"] = {k: v for k, v in config["config"].items() if k not in free}
    return {name: _without_values(value) for name, value in kept.items()}


def _without_rates(compiled: dict[str, Any]) -> dict[str, Any]:
    """A model's compile configuration without learning rates, which are variables."""
    return {
        name: _without_rate(part) if name.endswith("optimizer") else part
        for name, part in compiled.items()
    }


def _without_rate(optimizer: dict[str, Any]) -> dict[str, Any]:
    """An optimizer's configuration; of a learning rate it says whether it is 0."""
    config = optimizer["config"]
    rate = config.get("learning_rate")
    if not isinstance(rate, int | float):  # a schedule
        return optimizer
    return optimizer | {"config": config | {"learning_rate": bool(rate)}}


def _has_graph_numbers() -> bool:
    """Whether the backend's epochs hold the free numbers as variables."""
    return bool(keras.backend.backend() == "tensorflow")
