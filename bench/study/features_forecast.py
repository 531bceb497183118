"""Forecasts how long features of frozen networks will take, from those computed."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from bench.records import TrialRecord, Value
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
        self._running: dict[int, Features] = {}

    def trial_started(self, trial: TrialRecord) -> None:
        """Learn from the network of a trial, which may have features to compute."""
        features = features_of(self._context, trial.proposal.hyperparameters)
        if features is not None:
            self._running[trial.number] = features
            self._known.setdefault(features.extractor.name, features)

    def trial_ended(self, trial: TrialRecord) -> None:
        """Learn from the network of a trial that ran now or before an interruption."""
        self.trial_started(trial)
        self._running.pop(trial.number, None)

    @property
    def in_progress(self) -> set[str]:
        """Names of the networks whose features trials compute now."""
        return {
            features.extractor.name
            for features in self._running.values()
            if not features.are_computed
        }

    def are_computed(self, hyperparameters: Hyperparameters) -> bool:
        """Whether a configuration has all features that it trains on, or needs none."""
        features = features_of(self._context, hyperparameters)
        return features is None or features.are_computed

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
