"""Where the models of a study's final trainings are kept, and what is said of them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from bench.errors import WriteError, shown
from bench.files import replace_file
from bench.records import (
    CLASSIFICATION,
    GENERATION,
    ModelRecord,
    Role,
    Value,
)
from bench.report import as_python, as_toml
from bench.store import RECORD, model_file, model_folder, network_file
from bench.study.prepare import PreparedStudy
from bench.training import backend
from bench.training.request import Keep

CONFIGURATION = "best"
"""Name of the files that hold the best configuration, for the command line and for
Python."""


def begin(
    results: Path, prepared: PreparedStudy, hyperparameters: Mapping[str, Value]
) -> None:
    """Write the record of a study's models beside them, and their configuration.

    Args:
        results: The results folder.
        prepared: The study.
        hyperparameters: Of the best configuration.

    Raises:
        WriteError: The folder can't be written.
    """
    folder, spec = model_folder(results, prepared.id), prepared.spec
    for name, text in {
        RECORD: _record(prepared).to_json(),
        f"{CONFIGURATION}.toml": as_toml(spec, hyperparameters),
        f"{CONFIGURATION}.py": as_python(spec, hyperparameters),
    }.items():
        replace_file(folder / name, text.encode())


def keep(results: Path, prepared: PreparedStudy, role: Role, number: int) -> Keep:
    """Say where a final training keeps its model."""
    return Keep(
        path=model_file(results, prepared.id, role, number).absolute(),
        network=network_file(results, prepared.id, role, number).absolute(),
        pixel_range=prepared.task.pixel_range,
    )


def forget(results: Path, study: str) -> None:
    """Remove the models of a study.

    Raises:
        WriteError: The folder can't be written.
    """
    folder = model_folder(results, study)
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise WriteError(
            "the models of a study that starts over are removed; "
            f"{shown(str(folder))} can't be ({error.strerror}): change its permissions"
        ) from error


def _record(prepared: PreparedStudy) -> ModelRecord:
    spec, task = prepared.spec, prepared.task.record
    pixel_range = prepared.task.pixel_range
    shape = ", ".join(map(str, task.image_shape))
    pixels = f"{pixel_range[0]:g} to {pixel_range[1]:g}"
    images = f"images (n, {shape}), pixels from {pixels}"
    kind = spec.task_type.kind
    classes = len(task.class_names)
    return ModelRecord(
        study=prepared.id,
        family=spec.family,
        dataset=task.dataset,
        task_type=kind,
        image_shape=task.image_shape,
        pixel_range=pixel_range,
        class_names=task.class_names,
        inputs="normally distributed values (n, m)" if kind == GENERATION else images,
        outputs=(
            f"probabilities (n, {classes}) of the classes, in the order of class_names"
            if kind == CLASSIFICATION
            else images
        ),
        versions=backend.versions(spec.backend),
    )
