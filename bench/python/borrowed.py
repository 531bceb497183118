"""Leaves a user's process as it was, though a search makes settings for its trials."""

from __future__ import annotations

import gc
import random
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np


@contextmanager
def settings_kept() -> Iterator[None]:
    """Undo at the end what training sets for a whole process.

    These are the settings of Keras, and TensorFlow's deterministic operations, which
    refuse an unseeded ``shuffle``, its graph optimization and its log; and the states
    of the random numbers of Python and NumPy. Variables of the environment stay, since
    the backend has read them, and so does the seed of the backend.
    """
    with ExitStack() as undo:
        undo.callback(gc.set_threshold, *gc.get_threshold())
        undo.callback(random.setstate, random.getstate())
        undo.callback(np.random.set_state, np.random.get_state())
        if "keras" in sys.modules:
            from bench.training.global_state import keras_state

            undo.callback(keras_state().restore)
        undo.callback(_restore_tensorflow, _tensorflow_settings())
        yield


def _tensorflow_settings() -> tuple[bool, dict[str, Any], int] | None:
    """Determinism, graph optimization and log level; None if it isn't imported."""
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is None or not hasattr(tensorflow, "config"):
        return None
    from bench.training.private_api import tensorflow_config

    options = tensorflow.config.optimizer.get_experimental_options()
    return (
        tensorflow_config().is_op_determinism_enabled(),
        dict(options),
        tensorflow.get_logger().level,
    )


def _restore_tensorflow(before: tuple[bool, dict[str, Any], int] | None) -> None:
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is None or not hasattr(tensorflow, "config"):
        return
    from bench.training.private_api import tensorflow_config

    was_deterministic, options, level = before or (False, {}, None)
    if not was_deterministic:
        tensorflow_config().disable_op_determinism()
    without = {"disable_meta_optimizer": False, **options}
    tensorflow.config.optimizer.set_experimental_options(without)
    if level is not None:
        tensorflow.get_logger().setLevel(level)
