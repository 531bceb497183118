"""Compiled epochs of models, shared by models of the same structure."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from bench.training.compiled.structure import structure
from bench.training.fit.request import FitRequest
from bench.training.private_api import symbolic_build

if TYPE_CHECKING:
    from bench.training.compiled.tensorflow_fit import FitProgram

MAX_PROGRAMS = 16
"""Maximum number of programs that are kept; the least recently used is dropped."""

MAX_TENSORS = 8
"""Maximum number of data whose tensors are kept."""


class Programs:
    """Keeps compiled epochs, and the tensors of data that never change."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, FitProgram] = OrderedDict()
        self._taken: dict[Any, keras.Model] = {}
        self._tensors: OrderedDict[str, Any] = OrderedDict()

    def release(self) -> None:
        """Let other models take the programs whose models have ended their training."""
        self._taken.clear()

    def take(
        self, model: keras.Model, request: FitRequest
    ) -> tuple[FitProgram, Any, Any]:
        """A program for a model, with its data and validation data as tensors.

        A program belongs to a model until ``release``, since the model that it was
        made of may be in use still, and must not get another's weights.

        Raises:
            Exception: The model can't be built or traced.
        """
        from bench.training.compiled.tensorflow_fit import FitProgram

        data = self._as_tensors(request.data)
        validation = data
        if request.validation is not request.data:
            validation = self._as_tensors(request.validation)
        symbolic_build(model, _first_batch(data, request.batch_size))
        key = _key(model, data, validation)
        owner = self._taken.get(key)
        program = self._kept.pop(key, None)
        if program is None or owner not in (None, model):
            program = FitProgram(model, data, validation)
        else:
            program.numbers.load(model)
        self._kept[key], self._taken[key] = program, model
        self._drop()
        return program, data, validation

    def _as_tensors(self, data: Any) -> Any:
        """Tensors of data; kept for arrays that nobody can change."""
        from bench.training.compiled.tensorflow_fit import tensors

        if data is None:
            return None
        arrays = keras.tree.flatten(data)
        if any(not isinstance(a, np.ndarray) or a.flags.writeable for a in arrays):
            return tensors(data)
        key = str(keras.tree.map_structure(id, data))
        kept, made = self._tensors.pop(key, (None, None))
        if kept is None:
            made = tensors(data)
        self._tensors[key] = (data, made)  # the arrays stay, and so do their ids
        if len(self._tensors) > MAX_TENSORS:
            self._tensors.popitem(last=False)
        return made

    def _drop(self) -> None:
        if len(self._kept) > MAX_PROGRAMS:
            self._kept.popitem(last=False)


def _first_batch(data: Any, size: int) -> tuple[Any, ...]:
    batch = keras.tree.map_structure(lambda t: t[:size], data)
    return batch if isinstance(batch, tuple) else (batch,)


def _key(model: keras.Model, data: Any, validation: Any) -> Any:
    """Equal for models that share a program; programs of unknown models aren't shared.

    Those of an unknown model serve it until it is compiled anew, by what that replaces.
    """
    signature = f"{_signature(data)} {_signature(validation)}"
    shared = structure(model)
    if shared is None:
        parts = (model, model.optimizer, model.loss, *model.metrics)
        return (*map(id, parts), signature)
    return shared, signature


def _signature(data: Any) -> str:
    """Structure, types and shapes of data, whatever the number of examples."""
    if data is None:
        return ""
    shapes = keras.tree.map_structure(
        lambda t: f"{t.dtype.name}{tuple(t.shape[1:])}", data
    )
    return str(shapes)
