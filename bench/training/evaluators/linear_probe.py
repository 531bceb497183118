"""A linear classifier on the features of a pretrained network, as a reference."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import keras_tuner
import numpy as np

from bench.training.evaluators.pool import Pool, Prediction
from bench.training.evaluators.regression import regression
from bench.training.feature_file import BATCH, PART, read_together
from bench.training.time_limit import LimitedPredictions, check_time
from search_spaces.family import ImageTask, UnsupportedTaskError
from search_spaces.parts.backbones import BACKBONES, downloaded, owner
from search_spaces.parts.pretrained import RANDOM, Pretrained

MAX_PRODUCTS = 1e12
"""Maximum number of multiplications by the network: a minute or two on two cores."""

MIN_SIDE = 96
"""Side in pixels below which images aren't taken to save time: features of a sample
of larger images are better than those of all images at their small size."""


def weights_at_hand(weights: str | None) -> Path | None:
    """Find a file of pretrained weights on this machine; nothing is downloaded.

    Args:
        weights: The option of that name: a path, ``random``, or None.

    Returns:
        The given file, else the first that Keras has downloaded before for one of
        ``BACKBONES``; None if there is none.
    """
    given = [] if weights in (None, RANDOM) else [Path(str(weights))]
    files = [*given, *(file for name in BACKBONES for file in downloaded(name))]
    return next((file for file in files if file.is_file()), None)


def linear_probe(pool: Pool, weights: Path) -> Prediction | None:
    """Train a logistic regression on the pooled outputs of a frozen network.

    Images are enlarged to the largest resolution of the family ``transfer``. If all of
    them would take too long, a stratified sample trains.

    Reference: Alain and Bengio 2016, "Understanding intermediate layers using linear
    classifier probes".

    Returns:
        None if the network can't be used: the images have neither 1 nor 3 channels,
        the weights can't be loaded, or even the test images take too long.

    Raises:
        CutShortError: It would take longer than the limit around it.
    """
    check_time()
    task = ImageTask(
        image_shape=pool.task.record.image_shape,
        classes=pool.classes,
        pixel_range=pool.task.pixel_range,
    )
    try:
        pretrained, name = Pretrained(task, str(weights)), owner(weights)
        side, count = _affordable(pool, pretrained.resolutions, name)
        if count < 2 * pool.classes:
            return None
        network = _network(pretrained, name, side)
    except (UnsupportedTaskError, OSError, ValueError):  # such as half a download
        return None
    indices = pool.sample(count)
    batches = -(-len(indices) // BATCH) + -(-len(pool.test) // BATCH)
    limit = LimitedPredictions("features of a pretrained network", batches)

    def outputs(read: Callable[[np.ndarray], np.ndarray], count: int) -> np.ndarray:
        size = min(PART, read_together(pool.test.images))
        parts = (np.arange(n, min(n + size, count)) for n in range(0, count, size))
        return np.concatenate(
            [
                network.predict(
                    read(part), batch_size=BATCH, verbose=0, callbacks=[limit]
                )
                for part in parts
            ]
        )

    train = outputs(lambda part: pool.images(indices[part]), len(indices))
    test = outputs(lambda part: pool.test.images[part], len(pool.test))
    probabilities, parameters, how = regression(
        train, pool.labels[indices], test, pool.classes
    )
    return Prediction(
        probabilities=probabilities,
        parameters=parameters + network.count_params(),
        note=f"{how}, on outputs of {BACKBONES[name].kind}, pretrained, at {side} px; "
        f"{pool.text(indices)}",
    )


def _affordable(pool: Pool, sides: list[int], name: str) -> tuple[int, int]:
    """Side of the network's inputs, and number of images that may train."""
    smallest = min(sides[-1], max(sides[0], MIN_SIDE))
    counts = {}
    for side in dict.fromkeys((sides[-1], smallest)):
        products = BACKBONES[name].products * side**2
        counts[side] = int(MAX_PRODUCTS / products) - len(pool.test)
        if counts[side] >= len(pool):
            break
    return side, min(len(pool), counts[side])


def _network(pretrained: Pretrained, name: str, side: int) -> keras.Model:
    """The frozen network, up to averages ``(batch, channels)`` of its outputs."""
    hp = keras_tuner.HyperParameters()
    hp.values = {"backbone": name, "resolution": side, "augmentation": "off"}
    network = pretrained.extractor(hp).make(False)
    pooled = keras.layers.GlobalAveragePooling2D()(network.output)
    return keras.Model(network.inputs, pooled)
