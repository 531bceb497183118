"""Which methods of a Keras model an author from elsewhere has written anew."""

from __future__ import annotations

from typing import Any

_KNOWN = ("keras.", "search_spaces.", "keras_tuner.")
"""Beginnings of the names of modules whose methods are known."""


def overrides(model: Any, *methods: str) -> bool:
    """Whether a model has any of these methods from neither Keras nor this project.

    Args:
        model: A Keras model.
        methods: Names, such as ``train_step``.
    """
    defined = (getattr(model, name, None) for name in methods)
    modules = (getattr(method, "__module__", None) or "" for method in defined)
    return any(module and not module.startswith(_KNOWN) for module in modules)
