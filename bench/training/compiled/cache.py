"""A cache of compiled models, kept for later trials of the same structure."""

from __future__ import annotations

import ctypes
import gc
import importlib
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import keras

from bench.datasets.streamed import TAKES_CHUNKS
from bench.training.compiled.compiled_model import CompiledModel
from bench.training.compiled.keras_fit import KerasFitModel
from bench.training.compiled.structure import structure
from bench.training.compiled.supervision import Supervision

if TYPE_CHECKING:
    from bench.training.compiled.jax_group import JaxGroup

MAX_MODELS = 16
"""Maximum number of compiled models in a cache; the least recently used is dropped."""

COLLECTED_AT_ONCE = 4
"""Number of dropped models after which garbage is collected. A collection takes a
tenth of a second, since it visits the kept models too."""

COMPILED = {
    "tensorflow": ("bench.training.compiled.tensorflow_epochs", "TensorFlowModel"),
    "jax": ("bench.training.compiled.jax_epochs", "JaxModel"),
}
"""Module and class of a backend's compiled models; other backends train by ``fit``."""


class CompiledModelCache:
    """Gives every model a compiled epoch, shared by models of the same structure.

    Args:
        supervision: Targets and inputs of the models; its images stay in the
            backend's memory as long as the cache exists.
        devices: Names of the devices that train a model together; empty for one.
    """

    def __init__(self, supervision: Supervision, devices: Sequence[str] = ()) -> None:
        self._supervision = supervision
        self._devices = devices
        self._kept: OrderedDict[str, Any] = OrderedDict()
        self._images: Any = None
        self._dropped = 0

    def take(self, model: keras.Model) -> CompiledModel:
        """A compiled model that starts from the values of a fresh Keras model.

        The ``model`` of the result is the one that trains. It is an earlier model of
        the same structure if the cache holds one.

        Args:
            model: Freshly built.

        Raises:
            ValueError: The model doesn't fit the task.
        """
        if not self._can_compile(model):
            self.check_one_device()
            return KerasFitModel(model, self._supervision)
        key = structure(model)
        compiled = None if key is None else self._kept.pop(key, None)
        if compiled is None:
            compiled = self._new(model)
        else:
            compiled.load(model)
        if key is not None:
            self._kept[key] = compiled
        if key is None or len(self._kept) > MAX_MODELS:
            self._drop()
        taken: CompiledModel = compiled
        return taken

    def group(self, compiled: CompiledModel) -> JaxGroup | None:
        """A group that trains several models of one structure in one program.

        Args:
            compiled: Of the models' structure, as ``take`` returned it.

        Returns:
            None where this can't be: on another backend, on several devices, or for a
            model that shares its epoch with no other.
        """
        kept: Any = next((k for k in self._kept.values() if k is compiled), None)
        if kept is None or self._devices or keras.backend.backend() != "jax":
            return None
        from bench.training.compiled.jax_group import JaxGroup

        return JaxGroup(kept)

    def check_one_device(self) -> None:
        """Refuse several devices for a model that Keras' ``fit`` trains.

        Raises:
            ValueError: There are several.
        """
        if self._devices:
            raise ValueError(
                "--devices trains models by compiled epochs; this one runs eagerly or "
                "has a fit of its own: leave out --devices"
            )

    def _can_compile(self, model: keras.Model) -> bool:
        backend, is_streamed = (
            keras.backend.backend(),
            self._supervision.task.is_streamed,
        )
        return (
            backend in (TAKES_CHUNKS if is_streamed else COMPILED)
            and getattr(model, "compiled", False)
            and not model.run_eagerly
            and getattr(model, "optimizer", None) is not None
        )

    def _new(self, model: keras.Model) -> Any:
        location, name = COMPILED[keras.backend.backend()]
        module = importlib.import_module(location)
        if self._images is None:
            task, names = self._supervision.task, self._devices
            # TensorFlow's epochs know one device.
            self._images = module.DeviceImages(task, *([names] if names else []))
        return getattr(module, name)(model, self._images, self._supervision)

    def _drop(self) -> None:
        """Drop a kept model if there are too many, and collect garbage at times."""
        if len(self._kept) > MAX_MODELS:
            self._kept.popitem(last=False)
        self._dropped += 1
        if self._dropped == COLLECTED_AT_ONCE:
            self._dropped = 0
            gc.collect()
            _return_free_memory()


def _return_free_memory() -> None:
    """Return free memory to the operating system, where the allocator allows it."""
    with suppress(AttributeError, OSError, TypeError):  # not on every platform
        ctypes.CDLL(None).malloc_trim(0)
