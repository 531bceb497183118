"""Forecasts how long features of frozen networks will take, from those computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from bench.records import TrialRecord, Value
from bench.study.context import RunContext
from bench.training import models
from bench.training.features import Features

Hyperparameters = Mapping[str, Value]


@dataclass(frozen=True, kw_only=True)
class NeededFeatures:
    """Features that a configuration trains on, as they were found in their files.

    Attributes:
        networks: Features of each network, and the number of images without them.
    """

    networks: tuple[tuple[Features, int], ...]

    @property
    def names(self) -> set[str]:
        """Names of the networks."""
        return {features.extractor.name for features, _ in self.networks}

    @property
    def are_computed(self) -> bool:
        """Whether all features are there; also if none are needed."""
        return not any(missing for _, missing in self.networks)


class FeaturesForecast:
    """Learns from the networks of trials how long another will take.

    Args:
        context: Of the running study.
    """

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._known: dict[str, Features] = {}
        self._running: dict[int, list[Features]] = {}

    def trial_started(self, trial: TrialRecord) -> None:
        """Learn from the networks of a trial, which may have features to compute."""
        networks = features_of(self._context, trial.proposal.hyperparameters)
        self._running[trial.number] = networks
        for features in networks:
            self._known.setdefault(features.extractor.name, features)

    def trial_ended(self, trial: TrialRecord) -> None:
        """Learn from the networks of a trial that ran now or before an interruption."""
        self.trial_started(trial)
        self._running.pop(trial.number, None)

    @property
    def in_progress(self) -> set[str]:
        """Names of the networks whose features trials compute now."""
        return {
            features.extractor.name
            for networks in self._running.values()
            for features in networks
            if not features.are_computed
        }

    def needed(self, hyperparameters: Hyperparameters) -> NeededFeatures:
        """The features that a configuration trains on; their files are read now."""
        networks = features_of(self._context, hyperparameters)
        return NeededFeatures(
            networks=tuple((each, each.missing_images) for each in networks)
        )

    def waits_for_others(self, needed: NeededFeatures) -> bool:
        """Whether trials compute features now of which a configuration has no use."""
        return bool(self.in_progress - needed.names)

    def seconds(self, needed: NeededFeatures) -> float:
        """Seconds of one process for missing features, those of test images included.

        0 if none are missing, and as long as nothing is known of any network.
        """
        trained = sum(missing * self._pace(each) for each, missing in needed.networks)
        tested = (
            each.missing_test_images * self._pace(each)
            for each, _ in needed.networks[:1]
        )
        return trained + sum(tested)

    def _pace(self, features: Features) -> float:
        """Seconds of an image, as measured or else as expected."""
        return features.seconds_an_image() or self._expected(features)

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
) -> list[Features]:
    """The features that a configuration trains on; empty if it trains on images.

    The first are those of its model, which is tested on such features too. Those of its
    warm-up follow.
    """
    prepared = context.prepared
    # Folds have other files, which only a task with a copy of all images would name.
    if context.cache is None or prepared.folds is not None:
        return []
    networks = models.extractors(prepared.source, hyperparameters)
    return [Features(prepared.task, each, context.cache) for each in networks]
