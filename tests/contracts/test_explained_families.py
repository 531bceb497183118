"""The contract of every family of classifiers: what its models predict is explained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras_tuner
import numpy as np
import pytest
from family_marks import quick
from test_whole_models import RANGE, SHAPE, built

from bench.models.explain.maps import explain
from bench.training.evaluators.reading import Reading
from bench.training.hypermodel import FamilySource
from bench.training.whole import whole
from search_spaces import CLASSIFICATION
from search_spaces.family import ImageTask

WITHOUT_MAPS = {"Linear", "MLP", "Dense", "ViT"}


@quick("linear", "simple_cnn", "resnet", "vit", "transfer")
def test_score_of_a_class_is_explained(
    family_class: type, configure: Callable[..., keras_tuner.HyperParameters]
) -> None:
    if family_class.task_type != CLASSIFICATION:
        pytest.skip("it is no family of classifiers")
    family = family_class(ImageTask(image_shape=SHAPE, classes=2, pixel_range=RANGE))
    hp = configure(family, "default")
    hp.values["loss"] = "bce"  # its end is the harder one to leave out
    images = np.random.default_rng(0).uniform(*RANGE, (2, *SHAPE)).astype("float32")
    model, features, _ = built(family, hp, images)
    made: Any = whole(
        model,
        FamilySource(hypermodel=family, fingerprint="", image_shape=SHAPE),
        features=features,
        image_shape=SHAPE,
        pixel_range=RANGE,
        reading=Reading.PROBABILITIES,
    )
    maps = explain([made], images, np.array([0, 1]))
    has_maps = family_class.__name__ not in WITHOUT_MAPS
    assert (maps.method in ("grad-cam", "hires-cam")) == has_maps
    assert maps.measured.startswith("score before the" if has_maps else "probability")
    assert maps.values.shape == (2, 32, 32)
    assert np.isfinite(maps.values).all()
    assert np.abs(maps.values).max() > 0
