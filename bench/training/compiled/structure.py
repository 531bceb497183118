"""The structure of a model: models of equal structure share a compiled epoch.

Everything else in which two trials may differ is the value of a variable.
"""

from __future__ import annotations

import json
from typing import Any

import keras

from bench.training.compiled.optimizers import optimized
from bench.training.private_api import nested_layers, weight_decay_exclusions

SETTINGS = {
    "tensorflow": ("learning_rate", "weight_decay", "momentum"),
    "jax": ("learning_rate",),
}
"""Settings of an optimizer that are variables in a backend's compiled epoch."""


def structure(model: keras.Model) -> str | None:
    """The structure of a compiled Keras model, as text.

    It holds layers and shapes, loss and metrics, the kind of optimizer and the
    constants in its graph, but no values of variables.

    Returns:
        None for a model that shares its epoch with no other: it has parts that are
        neither Keras' nor this project's, whose constants can't be known.
    """
    optimizers = [optimizer for optimizer, _ in optimized(model)]
    parts = [model, *optimizers, *nested_layers(model), *_losses(model)]
    if not all(_is_known(part) for part in parts):
        return None
    config = [
        _without_values(_fixed_config(model)),
        _without_settings(model.get_compile_config()),
        weight_decay_exclusions(model.optimizer),
    ]
    text = json.dumps(config, sort_keys=True, default=str)
    return None if '"class_name": "function"' in text else text


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
    return (
        kind.__module__.startswith(("keras.", "search_spaces."))
        and kind.__name__ != "Lambda"
    )


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


def _without_settings(compiled: dict[str, Any]) -> dict[str, Any]:
    """A model's compile configuration without values of the optimizers' settings.

    Whether a setting such as momentum is 0 stays, since the graph depends on it.
    """
    return {
        name: _with_flags(part) if name.endswith("optimizer") else part
        for name, part in compiled.items()
    }


def _with_flags(optimizer: dict[str, Any]) -> dict[str, Any]:
    settings = {
        name: bool(value)
        for name, value in optimizer["config"].items()
        if name in SETTINGS[keras.backend.backend()] and isinstance(value, int | float)
    }
    return optimizer | {"config": optimizer["config"] | settings}
