"""The structure of a model: models of equal structure share a compiled epoch.

Everything else in which two trials may differ is the value of a variable.
"""

from __future__ import annotations

import json
from typing import Any

import keras

from bench.training.compiled.optimizers import optimized
from bench.training.overrides import overrides
from bench.training.private_api import decays, innermost, nested_layers, rate_of_steps

SETTINGS = {
    "tensorflow": ("learning_rate", "weight_decay", "momentum"),
    "jax": ("learning_rate",),
}
"""Settings of an optimizer that are variables in a backend's compiled epoch."""


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
    optimizers = [innermost(optimizer) for optimizer, _ in optimized(model)]
    rates = filter(None, map(rate_of_steps, optimizers))
    parts = [model, *optimizers, *rates, *nested_layers(model), *_losses(model)]
    if not all(_is_known(part) for part in parts) or overrides(model, *METHODS):
        return None
    config = [
        _without_values(_fixed_config(model)),
        _without_settings(model.get_compile_config()),
        [_decaying(*pair) for pair in optimized(model)],
    ]
    if _has_unknown(config):
        return None
    return json.dumps(config, sort_keys=True, default=str)


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
