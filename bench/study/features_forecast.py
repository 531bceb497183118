"""Forecasts how long features of frozen networks will take, from those computed."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from bench.records import Value
from bench.study.context import RunContext
from bench.training import models
from bench.training.features import Features

Hyperparameters = Mapping[str, Value]


class FeaturesForecast:
    """Learns from the networks of trials how long another will take.

    Args:
        context: Of the running study.
    """

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._known: dict[str, Features] = {}

    def learn_from(self, hyperparameters: Hyperparameters) -> None:
        """Learn from the network of a trial, which may still compute features."""
        features = features_of(self._context, hyperparameters)
        if features is not None and features.extractor.products is not None:
            self._known.setdefault(features.extractor.name, features)

    def seconds(self, hyperparameters: Hyperparameters) -> float:
        """Seconds of one process for missing features, those of test images included.

        0 if none are missing, and as long as nothing is known of any network.
        """
        features = features_of(self._context, hyperparameters)
        if features is None:
            return 0.0
        pace = features.seconds_an_image() or self._expected(features)
        return pace * features.missing_images if pace else 0.0

    def _expected(self, features: Features) -> float:
        """Seconds of an image, by the multiplications of other networks in a second."""
        products = features.extractor.products
        if products is None:
            return 0.0
        known = [
            pace / other.extractor.products
            for other in self._known.values()
            if other.extractor.products and (pace := other.seconds_an_image())
        ]
        return products * median(known or [0.0])


def features_of(
    context: RunContext, hyperparameters: Hyperparameters
) -> Features | None:
    """The features that a configuration trains on; None if it trains on images."""
    prepared = context.prepared
    network = models.extractor(prepared.source, hyperparameters)
    # Folds have other files, which only a task with a copy of all images would name.
    if network is None or context.cache is None or prepared.folds is not None:
        return None
    return Features(prepared.task, network, context.cache)
