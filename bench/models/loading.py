"""Loads the models that a study keeps.

Needs Keras: call ``bench.training.backend.start`` before importing this module.
"""

from __future__ import annotations

import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from bench.errors import StoreError, UsageError, command, shown
from bench.files import open_regular
from bench.models.selection import Selected
from bench.records import CLASSIFICATION, IN_MAIN, ModelRecord, Role
from bench.store import RECORD, model_file, model_files, model_folder
from bench.training import definition
from bench.training.model_errors import one_line
from search_spaces import FAMILIES

BATCH = 256
"""Number of images that are predicted at a time."""


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """The models of a study, such as one for each seed, whose predictions are averaged.

    Attributes:
        models: From raw pixels ``(n, height, width, channels)`` to probabilities
            ``(n, classes)``, or what ``record`` says.
        seeds: Seeds of the models.
        record: What the models take and return.
        weights: Of the models; None if all count alike.
    """

    models: tuple[keras.Model, ...]
    seeds: tuple[int, ...]
    record: ModelRecord
    weights: tuple[float, ...] | None = None

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """Class probabilities ``(n, classes)``, the weighted mean over the models.

        Args:
            images: Raw pixels ``(n, height, width, channels)``.
        """
        by_model = self.probabilities_by_model(images)
        mean: np.ndarray = np.average(by_model, axis=0, weights=self.weights)
        return mean

    def probabilities_by_model(self, images: np.ndarray) -> np.ndarray:
        """Class probabilities of each model, ``(models, n, classes)``."""
        return np.stack(
            [
                np.asarray(model.predict(images, batch_size=BATCH, verbose=0))
                for model in self.models
            ]
        )


def load(results: Path, selected: Selected, seed: int | None = None) -> Ensemble:
    """Load the kept models of a study.

    Args:
        results: Folder of the store.
        selected: The study, and which of its configurations.
        seed: Seed of the only model to load; None for those of all seeds.

    Raises:
        UsageError: The study keeps no such model, or a model is of another kind than
            Keras loads safely.
        StoreError: A file is damaged.
    """
    if selected.members:
        return _members(results, selected, seed)
    study = selected.study
    seeds = study.spec.final_seeds if seed is None else (seed,)
    files = {
        each: path
        for each in seeds
        if (path := model_file(results, study.id, selected.role, each)).exists()
    }
    if not files:
        raise _missing(results, selected, seed)
    own = _own_objects(selected)
    models = tuple(_loaded(path, own) for path in files.values())
    return Ensemble(models=models, seeds=tuple(files), record=record(results, study.id))


def _members(results: Path, selected: Selected, seed: int | None) -> Ensemble:
    """The models of an ensemble of configurations, all of the first seed."""
    study, first = selected.study, selected.study.spec.final_seeds[0]
    if seed is not None:
        raise UsageError(
            f"--seed asks one model; {selected.name} averages several: leave it out"
        )
    paths = [
        model_file(
            results, study.id, m.role, m.trial if m.role is Role.MEMBER else first
        )
        for m in selected.members
    ]
    if lost := [path.name for path in paths if not path.exists()]:
        raise UsageError(
            "an ensemble needs the models of all its members in "
            f"{model_folder(results, study.id)}; {selected.name} lacks "
            f"{', '.join(lost)}: search it again with --fresh"
        )
    own = _own_objects(selected)
    return Ensemble(
        models=tuple(_loaded(path, own) for path in paths),
        seeds=(first,) * len(paths),
        record=record(results, study.id),
        weights=tuple(member.weight for member in selected.members),
    )


def classifiers(results: Path, selected: Selected, seed: int | None = None) -> Ensemble:
    """Load the models of a study of classifiers; see ``load``.

    Raises:
        UsageError: The study is of another task type.
    """
    kind = selected.study.spec.task_type.kind
    if kind != CLASSIFICATION:
        raise UsageError(
            f"this command takes a study of classifiers; {selected.name} is of "
            f"{kind}: name another study ({command('studies')})"
        )
    return load(results, selected, seed)


def record(results: Path, study: str) -> ModelRecord:
    """What is said of the models of a study.

    Raises:
        StoreError: The file is missing or damaged.
    """
    path = model_folder(results, study) / RECORD
    try:
        with open_regular(path) as file:
            return ModelRecord.from_json(file.read().decode())
    except (OSError, ValueError) as error:
        raise StoreError(
            f"models lie beside a file that says what they take; {shown(str(path))} "
            f"can't be read ({error}): train them again with "
            f"{command('reproduce STUDY --keep')}"
        ) from error


def _missing(results: Path, selected: Selected, seed: int | None) -> UsageError:
    study = selected.study
    kept = [path.stem for path in model_files(results, study.id)]
    which = "no model" if seed is None else f"no model of seed {seed}"
    have = f"there are {', '.join(kept)}" if kept else "it has none"
    return UsageError(
        f"the models of final trainings are kept in {model_folder(results, study.id)}; "
        f"{selected.name} has {which} there ({have}): train it again with "
        f"{command(f'reproduce {study.id[:8]} --keep')}"
    )


def _loaded(path: Path, own: dict[str, Any]) -> keras.Model:
    if not zipfile.is_zipfile(path):
        raise _damaged(path, "it is no whole archive")
    try:
        return keras.models.load_model(
            path, custom_objects=own, compile=False, safe_mode=True
        )
    except (TypeError, ValueError) as error:
        raise _refused(path, error) from error
    except (OSError, KeyError) as error:
        raise _damaged(path, one_line(error)) from error


def _damaged(path: Path, reason: str) -> StoreError:
    return StoreError(
        f"a kept model must be whole; {shown(str(path))} can't be read ({reason}): "
        f"train it again with {command('reproduce STUDY --keep')}"
    )


def _own_objects(selected: Selected) -> dict[str, Any]:
    """Classes of a family from elsewhere, whose file is imported as its search did."""
    family = selected.study.spec.family
    if family in FAMILIES:
        return {}
    if family.startswith(IN_MAIN):  # its session may go on
        return definition.custom_objects(sys.modules["__main__"])
    try:
        module, _ = definition.find(family)
    except Exception:  # whatever is wrong with it now; its models may not need it
        return {}
    return definition.custom_objects(module)


def _refused(path: Path, error: Exception) -> UsageError:
    return UsageError(
        "a kept model is loaded without running code that it holds, from layers that "
        f"Keras or the family's file has; {shown(str(path))} isn't such a model "
        f"({one_line(error)[:200]}): bring back the file of the family as it was"
    )
