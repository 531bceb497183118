"""Compiled programs, kept for the next trial of the same structure."""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import keras
import numpy as np

from bench.datasets import Task
from bench.datasets.folds import Folds, Rows
from bench.records import Value
from bench.training.compiled.compiled_model import Program
from bench.training.compiled.keras_fit import FitProgram
from bench.training.compiled.optimizers import optimized
from bench.training.evaluators.evaluator import Judging
from bench.training.features import Features
from bench.training.hypermodel import FamilySource
from search_spaces.family import Extractor
from search_spaces.parts import blocks

MOST_PROGRAMS = 16
"""Programs that are kept, the least recently used dropped first."""

MOST_FEATURES = 2**31
"""Bytes of frozen networks' features that are kept, the least recently used dropped
first."""

MOST_NETWORKS = 8
"""Frozen networks, or parts of what they compute, of which programs are kept."""

DROPPED_AT_ONCE = 4
"""Dropped programs that may wait to be collected: looking for garbage among all that
are kept takes a tenth of a second."""

COMPILED = {
    "tensorflow": "bench.training.compiled.tensorflow_epochs",
    "jax": "bench.training.compiled.jax_epochs",
}
"""Where a backend's compiled program and its images are; others train by ``fit``."""

SETTINGS = {
    "tensorflow": ("learning_rate", "weight_decay", "momentum"),
    "jax": ("learning_rate",),
}
"""Numbers of an optimizer that a backend's program takes as variables."""


class Programs:
    """Gives each model a program: a kept one of its structure, else a new one.

    Args:
        task: Images as the family takes them; in memory as long as this is.
        folder: Where what frozen networks compute is kept; None where none may.
        features: What models take in place of images; ``task`` is theirs then.
        folds: Of the task, whose images are all of the pool then; None where it
            has its own splits alone.
        judging: Makes what judges models.
    """

    def __init__(
        self,
        task: Task,
        folder: Path | None = None,
        features: Features | None = None,
        folds: Folds | None = None,
        judging: Judging | None = None,
    ) -> None:
        self.task = task
        self._judging = judging or Judging()
        self.judge = self._judging(task)
        self.features = features
        self._folds = folds
        self._folder = folder
        self._on: OrderedDict[str, Programs] = OrderedDict()
        self._kept: OrderedDict[str, Any] = OrderedDict()
        self._images: Any = None
        self._dropped = 0

    def take(self, model: keras.Model) -> Program:
        """A program that holds the values of a freshly built model.

        Its ``model`` is the one that trains, which is another one of the same
        structure where a program is used again.
        """
        if not _can_compile(model):
            return FitProgram(model, self.judge)
        key = structure(model)
        program = None if key is None else self._kept.pop(key, None)
        if program is None:
            program = self._new(model)
        else:
            program.load(model)
        if key is not None:
            self._kept[key] = program
        if key is None or len(self._kept) > MOST_PROGRAMS:
            self._drop()
        taken: Program = program
        return taken

    def on(self, extractor: Extractor | None) -> Programs:
        """The programs of what a frozen network computes; these for None.

        It is computed now, unless its files are there.

        Raises:
            ValueError: There is no folder for it.
        """
        if extractor is None:
            return self
        kept = self._on.pop(extractor.key, None)
        if kept is None:
            if self._folder is None:
                raise ValueError("features of a frozen network need a folder")
            features = Features(self.task, extractor, self._folder)
            kept = Programs(
                features.task,
                features=features,
                folds=self._folds,
                judging=self._judging,
            )
        self._on[extractor.key] = kept
        while len(self._on) > 1 and self._keeps_too_much():
            self._on.popitem(last=False)
            gc.collect()
        return kept

    def rows(self, fold: int | None = None) -> Rows:
        """What an epoch trains on, and what validates.

        Args:
            fold: The one that is held out; None for the task's own splits.
        """
        if self._folds is not None:
            return self._folds.rows(fold)
        return Rows(np.arange(len(self.task.train) // self._copies), None)

    @property
    def features_shape(self) -> tuple[int, ...] | None:
        """Of an image's; None where models take images."""
        return None if self.features is None else self.task.train.images.shape[1:]

    def order(self, rows: Rows, seed: int, epoch: int) -> np.ndarray:
        """Rows of the training images in the order of an epoch, counted from 0.

        Augmented copies, which follow one another, take turns.
        """
        shuffled = np.random.default_rng([seed, epoch]).permutation(len(rows.train))
        copy = len(self.task.train) // self._copies * (epoch % self._copies)
        order: np.ndarray = rows.train[shuffled] + copy
        return order

    @property
    def _copies(self) -> int:
        return self.features.extractor.copies if self.features else 1

    def _keeps_too_much(self) -> bool:
        sizes = [kept.task.train.images.nbytes for kept in self._on.values()]
        return len(sizes) > MOST_NETWORKS or sum(sizes) > MOST_FEATURES

    def _drop(self) -> None:
        if len(self._kept) > MOST_PROGRAMS:
            self._kept.popitem(last=False)
        self._dropped += 1
        if self._dropped == DROPPED_AT_ONCE:
            self._dropped = 0
            gc.collect()
            _give_back_memory()

    def _new(self, model: keras.Model) -> Any:
        module = importlib.import_module(COMPILED[keras.backend.backend()])
        if self._images is None:
            self._images = module.DeviceImages(self.task)
        return module.CompiledProgram(model, self._images, self.judge)


def _give_back_memory() -> None:
    """Return to the system what is free, where the allocator can be asked to."""
    with suppress(AttributeError, OSError, TypeError):  # not on every platform
        ctypes.CDLL(None).malloc_trim(0)


def affinity(source: FamilySource, hyperparameters: Mapping[str, Value]) -> str:
    """Text that two configurations share only if their models share a program.

    It needs no model, and so can't know of all that do.
    """
    free = () if source.family is None else blocks.FREE
    bound = {name: v for name, v in hyperparameters.items() if name not in free}
    return json.dumps(bound, sort_keys=True)


def structure(model: keras.Model) -> str | None:
    """What two models must share to share a program, as text.

    Layers and shapes, loss and metrics, the optimizer's kind and the constants that
    it writes into its graph; not the values that variables hold. None for a model
    with parts that aren't Keras' or ours, whose constants can't be known: it shares
    with no other.
    """
    optimizers = [optimizer for optimizer, _ in optimized(model)]
    parts = [model, *optimizers, *_layers(model), *_losses(model)]
    if not all(_is_known(part) for part in parts):
        return None
    config = [
        _without_values(_own_config(model)),
        _without_settings(model.get_compile_config()),
        # No configuration tells which weights don't decay.
        str(getattr(model.optimizer, "_exclude_from_weight_decay_pattern", None)),
    ]
    text = json.dumps(config, sort_keys=True, default=str)
    return None if '"class_name": "function"' in text else text


def _own_config(model: keras.Model) -> dict[str, Any]:
    free = getattr(model, "free", ())
    return {k: v for k, v in model.get_config().items() if k not in free}


def _layers(model: keras.Model) -> list[Any]:
    return list(model._flatten_layers(include_self=False))


def _losses(model: keras.Model) -> list[Any]:
    """The loss, where it is an object or a function; names are Keras' own."""
    loss = getattr(model, "loss", None)
    return [] if loss is None or isinstance(loss, str) else [loss]


def _is_known(part: Any) -> bool:
    kind = type(part)
    return (
        kind.__module__.startswith(("keras.", "search_spaces."))
        and kind.__name__ != "Lambda"
    )


def _without_values(config: Any) -> Any:
    """A model's configuration without what sets the values of its weights."""
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
    """How a model was compiled, without how much of each setting its optimizer has.

    Whether there is momentum, say, is part of the graph.
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


def _can_compile(model: keras.Model) -> bool:
    return (
        keras.backend.backend() in COMPILED
        and getattr(model, "compiled", False)
        and not model.run_eagerly
        and getattr(model, "optimizer", None) is not None
    )
