"""Trains a stranger's model with Keras Tuner, as its author does."""

from __future__ import annotations

import importlib.util
import inspect
import re
import tempfile
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import keras
import keras_tuner
import numpy as np

from bench.datasets import Split, Task
from strangers.stranger import FOLDER, Stranger, TrialFailedError, Values

BATCH_SIZE = 32
"""Keras' default, which the toolkit keeps for models that search no batch size."""

OBJECTIVE = "val_share_of_true_classes"


def accuracy(
    stranger: Stranger, task: Task, values: Values, seed: int, epochs: int
) -> float:
    """Search one configuration; the validation accuracy of its best epoch.

    Args:
        stranger: The model.
        task: Images and their split.
        values: Values of hyperparameters; others have their defaults.
        seed: Seed of the training.
        epochs: Number of epochs.

    Raises:
        TrialFailedError: The trial failed.
        Exception: Whatever ends a search.
    """
    keras.utils.set_random_seed(seed)
    measure = _Measure(stranger, task)
    with tempfile.TemporaryDirectory() as folder:
        tuner = keras_tuner.Tuner(
            _OneConfiguration(values),
            _Measured(hypermodel(stranger), measure),
            directory=folder,
        )
        tuner.search(
            *_examples(stranger, task, task.train),
            validation_data=_examples(stranger, task, task.validation),
            epochs=epochs,
            batch_size=BATCH_SIZE,
            callbacks=[measure],
            verbose=0,
        )
        [trial] = tuner.oracle.trials.values()
    if trial.status != "COMPLETED":
        # The traceback's last error, of which Keras' messages have several lines.
        raise TrialFailedError(re.findall(r"^[\w.]+: .*", trial.message, re.M)[-1])
    return trial.score


def hypermodel(stranger: Stranger) -> keras_tuner.HyperModel:
    """The hypermodel, as the author makes it."""
    origin, _, name = stranger.location.rpartition(":")
    definition = getattr(_module(origin), name)
    if inspect.isclass(definition):
        definition = definition(**stranger.arguments)
    if isinstance(definition, keras_tuner.HyperModel):
        return definition
    made = keras_tuner.HyperModel()  # as Keras Tuner itself makes it of a function
    made.build = definition
    return made


def _module(origin: str) -> ModuleType:
    if not origin.endswith(".py"):
        return importlib.import_module(origin)
    spec = importlib.util.spec_from_file_location(origin[:-3], FOLDER / origin)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class _OneConfiguration(keras_tuner.Oracle):
    """Proposes one configuration."""

    def __init__(self, values: Values) -> None:
        objective = keras_tuner.Objective(OBJECTIVE, direction="max")
        super().__init__(objective=objective, max_trials=1)
        self._given = values

    def populate_space(self, trial_id: str) -> Mapping[str, Any]:
        space = self.get_space()
        space.values.update(self._given)
        space.ensure_active_values()
        return {"status": "RUNNING", "values": space.values}


class _Measured(keras_tuner.HyperModel):
    """A hypermodel whose result is what a callback measured.

    Args:
        theirs: Builds and fits.
        measure: Is told of every epoch, unless the author's loop tells no callback.
    """

    def __init__(self, theirs: keras_tuner.HyperModel, measure: _Measure) -> None:
        super().__init__()
        self._theirs = theirs
        self._measure = measure

    def build(self, hp: keras_tuner.HyperParameters) -> Any:
        return self._theirs.build(hp)

    def fit(self, hp: Any, model: Any, *arguments: Any, **options: Any) -> Any:
        result = self._theirs.fit(hp, model, *arguments, **options)
        if result is None:  # which Keras Tuner refuses
            return None
        return self._measure.best or self._measure.now(model)


class _Measure(keras.callbacks.Callback):
    """Measures the accuracy after each epoch by the model's raw outputs.

    Args:
        stranger: Says how outputs are read.
        task: Holds the validation images.

    Attributes:
        best: Highest accuracy so far.
    """

    def __init__(self, stranger: Stranger, task: Task) -> None:
        super().__init__()
        self._stranger = stranger
        self._images, _ = _examples(stranger, task, task.validation)
        self._labels = task.validation.labels
        self.best = 0.0

    def __deepcopy__(self, memo: object) -> _Measure:
        return self  # Keras Tuner copies the callbacks of a search

    def now(self, model: keras.Model) -> float:
        outputs = model(self._images, training=False)  # `predict` would trace again
        return self._stranger.accuracy(np.asarray(outputs), self._labels)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        measured = self.now(self.model)
        self.best = max(self.best, measured)
        if logs is not None:
            logs[OBJECTIVE] = measured


def _examples(stranger: Stranger, task: Task, split: Split) -> tuple[Any, Any]:
    """Images and labels of a split, as the author passes them."""
    images = split.images.astype("float32")
    classes = len(task.record.class_names)
    labels = np.eye(classes, dtype="float32")[split.labels]
    return (
        images if stranger.raw else images / 255,
        labels if stranger.one_hot else split.labels,
    )
