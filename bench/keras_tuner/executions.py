"""Lets the executions of a tuner's trials train by compiled epochs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras_tuner

from bench.training.fit import CompiledFit


@contextmanager
def compiled(tuner: keras_tuner.Tuner, fit: CompiledFit) -> Iterator[None]:
    """Let a tuner train by compiled epochs; its executions share those of a structure.

    Args:
        tuner: The tuner; it is as before afterwards.
        fit: Holds the compiled epochs.
    """
    run = tuner._build_and_fit_model

    def run_and_release(*args: Any, **kwargs: Any) -> Any:
        try:
            return run(*args, **kwargs)
        finally:
            fit.release()  # Keras Tuner keeps the weights in a file, not the model

    tuner._build_and_fit_model = run_and_release
    try:
        with fit.installed():
            yield
    finally:
        del tuner._build_and_fit_model
        fit.release()
