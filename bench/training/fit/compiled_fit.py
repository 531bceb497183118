"""Stands in for Keras' ``fit`` while a search runs."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from bench.training.fit import request
from bench.training.fit.loop import FitLoop
from bench.training.fit.programs import Programs
from bench.training.model_errors import one_line


class CompiledFit:
    """Trains models whose ``fit`` is called by compiled epochs, where these can.

    Args:
        is_silent: Whether no call shows its progress, whatever it asks for.

    Attributes:
        reasons: Why calls were left to Keras' own ``fit``, each once.
    """

    def __init__(self, *, is_silent: bool = False) -> None:
        self._is_silent = is_silent
        self._programs = Programs()
        self.reasons: list[str] = []

    def release(self) -> None:
        """Let later models use the compiled epochs of earlier ones, which have ended.

        Until then each model that was trained keeps its weights.
        """
        self._programs.release()

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Let ``fit`` of all Keras models be this one."""
        original = keras.Model.fit

        @functools.wraps(original)
        def fit(model: keras.Model, *args: Any, **kwargs: Any) -> Any:
            arguments = inspect.signature(original).bind(model, *args, **kwargs)
            arguments.apply_defaults()
            if self._is_silent:
                arguments.arguments["verbose"] = 0
            loop = self._loop(model, arguments.arguments)
            if loop is None:
                return original(*arguments.args, **arguments.kwargs)
            return loop.run()

        keras.Model.fit = fit
        try:
            yield
        finally:
            del keras.Model.fit  # it is inherited

    def _loop(self, model: keras.Model, arguments: dict[str, Any]) -> FitLoop | None:
        """The epochs of a call; None if Keras' own ``fit`` must serve it."""
        try:
            asked = request.read(model, arguments)
        except request.NotCompilable as reason:
            self._leave(str(reason))
            return None
        try:
            return FitLoop(model, *self._programs.take(model, asked), asked)
        except Exception as error:  # Keras' own fit works, or says it better
            self._leave(f"its epochs can't be compiled ({one_line(error)})")
            return None

    def _leave(self, reason: str) -> None:
        if reason not in self.reasons:
            self.reasons.append(reason)
