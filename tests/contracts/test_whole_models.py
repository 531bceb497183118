"""The contract of every family's kept models: of Keras' layers, and as trained."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import keras
import keras_tuner
import numpy as np
from family_marks import quick

from bench.training.evaluators.reading import Reading
from bench.training.hypermodel import FamilySource
from bench.training.private_api import nested_layers
from bench.training.whole import whole
from search_spaces import CLASSIFICATION
from search_spaces.family import ImageTask

SHAPE, RANGE = (32, 32, 1), (0.0, 16.0)


@quick("vgg", "resnet", "convnext", "vit", "finetune", "autoencoder")
def test_whole_model_of_keras_layers_predicts_as_the_trained_one(
    family_class: type, configure: Callable[..., keras_tuner.HyperParameters]
) -> None:
    family = family_class(ImageTask(image_shape=SHAPE, classes=2, pixel_range=RANGE))
    hp = configure(family, "default")
    augmented = {"augmentation": "strong", "flip": True, "loss": "bce"}
    known = set(hp.values)
    hp.values |= {k: v for k, v in augmented.items() if k in known or k == "flip"}
    images = np.random.default_rng(0).uniform(*RANGE, (4, *SHAPE)).astype("float32")
    model, features, taken = built(family, hp, images)
    disturb(model)
    made = whole(
        model,
        FamilySource(hypermodel=family, fingerprint="", image_shape=SHAPE),
        features=features,
        image_shape=SHAPE,
        pixel_range=RANGE,
        reading=Reading.PROBABILITIES,
    )
    layers = [made, *nested_layers(made)]
    assert not [x for x in layers if type(x).__module__.startswith("search_spaces")]
    trained = np.asarray(model(taken, training=False))
    if family.task_type != CLASSIFICATION:
        trained = trained * RANGE[1]
    elif trained.shape[1] == 1:
        trained = np.hstack([1 - trained, trained])
    np.testing.assert_allclose(made(images), trained, atol=2e-5)
    read = keras.models.model_from_json(made.to_json())
    assert [w.shape for w in read.weights] == [w.shape for w in made.weights]


def built(family: Any, hp: Any, images: np.ndarray) -> tuple[Any, Any, np.ndarray]:
    """A model as a search builds it, its features if any, and what it takes."""
    extractor = family.extractor(hp)
    if extractor is None:
        return family.build(hp), None, images
    features: Any = SimpleNamespace(network=extractor.make(False), extractor=extractor)
    taken = features.network.predict(images, verbose=0)[:, extractor.part]
    return family.build_head(hp, taken.shape[1:]), features, taken


def disturb(model: keras.Model) -> None:
    """Change weights that are constant at first, so that none is forgotten unseen."""
    names = ("gamma", "beta", "moving_mean", "moving_variance", "bias")
    random = np.random.default_rng(1)
    for weight in model.weights:
        if weight.path.endswith(names):
            weight.assign_add(random.uniform(0.1, 0.3, weight.shape))
