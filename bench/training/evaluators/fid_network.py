"""The FID network of a task, whose features compare generated with real images.

Once stored it stays, so that all rows of a leaderboard are compared by the same
features.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from bench.files import replace_file
from bench.records import GENERATION, TaskRecord
from bench.training.evaluators.evaluator import EvaluatorConfig
from bench.training.evaluators.generator import to_bytes
from bench.training.time_limit import LimitedPredictions
from search_spaces.parts import (  # noqa: F401, their layers are loaded by name
    augmentation,
    layers,
    normalization,
)

BATCH = 256
"""Number of images in a batch of the network."""


def with_features(
    config: EvaluatorConfig, cache: Path, task: TaskRecord
) -> EvaluatorConfig:
    """A copy with ``features`` set to the task's FID network.

    Args:
        config: The configuration; that of other task types is returned unchanged.
        cache: Folder that keeps the networks.
        task: The task whose test images are compared.
    """
    if config.task_type.kind != GENERATION:
        return config
    owner = task.test_fingerprint
    if config.options["fid_network"] != "classifier":
        shape = "x".join(map(str, task.image_shape))
        owner = f"{config.options['fid_network']}-{shape}"
    file = cache / "fid" / f"{owner}.keras"
    return replace(config, features=file.absolute())


def describe(path: Path) -> dict[str, str]:
    """Description of a stored network.

    Returns:
        ``name``, the name of the family, and ``text``, which describes the network in
        a line.
    """
    description: dict[str, str] = json.loads(path.with_suffix(".json").read_text())
    return description


def load(path: Path) -> keras.Model:
    """Load a stored network; its weights are frozen."""
    network = keras.models.load_model(path, safe_mode=True)
    network.trainable = False
    return network


def write(path: Path, network: keras.Model, description: Mapping[str, str]) -> None:
    """Store a network, and its description beside it.

    The description is written first, so that no network is without one.

    Args:
        path: File of the network, with the suffix ``.keras``.
        network: Takes images in [0, 1], and returns features ``(batch, features)``.
        description: As ``describe`` returns it.

    Raises:
        StoreError: The folder can't be written.
    """
    content = to_bytes(network).tobytes()
    replace_file(path.with_suffix(".json"), json.dumps(dict(description)).encode())
    replace_file(path, content)


def features_of(images: np.ndarray, network: keras.Model) -> np.ndarray:
    """Features ``(n, features)`` of images in [0, 1].

    Raises:
        CutShortError: They would take longer than the limit around them.
    """
    limit = LimitedPredictions("features of images", -(-len(images) // BATCH))
    features = network.predict(images, batch_size=BATCH, verbose=0, callbacks=[limit])
    return np.asarray(features, "float64")
