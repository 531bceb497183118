"""Requests for one training: a trial of the search or a final training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.records import Role, Value


@dataclass(frozen=True, kw_only=True)
class TrialRequest:
    """One configuration to train at one fidelity.

    Attributes:
        hyperparameters: Values of the active hyperparameters.
        seed: Seed of initial weights, random masks and the order of the images.
        epochs: Number of epochs at the end, those of the parent included.
        full_epochs: Number of epochs in a full training, which learning rate
            schedules span; the last one may be a part of an epoch.
        patience: Maximum number of epochs without improvement.
        deadline: Time at which the training ends, by the monotonic clock of this
            machine, which all its processes share; None for no limit. An epoch that
            it cuts short is dropped, unless it is the first one.
        features_deadline: Time by which features of a frozen network must be
            computed if they are missing; None for no limit.
        allow_no_result: Whether the training may end without a result. Else the
            model of a first epoch that is cut short is the result.
        completes_first_epoch: Whether the first epoch is trained to its end, however
            late.
        parent: File of the checkpoint to continue from, if it exists; None to start
            anew.
        checkpoint: File that keeps the state at the end; None to keep nothing.
        fold: Number of the fold that is held out. The last epoch counts, and is the
            only one that is validated. None to validate every epoch on the validation
            split, and to keep the best.
        refit: Whether to train on all images of the folds' pool, for all epochs,
            without validation.
        image_share, validation_share: Shares of the training and of the validation
            images, stratified.
    """

    hyperparameters: Mapping[str, Value]
    seed: int
    epochs: int
    full_epochs: float
    patience: int
    deadline: float | None = None
    features_deadline: float | None = None
    allow_no_result: bool = False
    completes_first_epoch: bool = False
    parent: Path | None = None
    checkpoint: Path | None = None
    fold: int | None = None
    refit: bool = False
    image_share: float = 1.0
    validation_share: float = 1.0

    @property
    def selects_epoch(self) -> bool:
        """Whether every epoch is validated, and the best one kept."""
        return self.fold is None and not self.refit

    @property
    def is_continued(self) -> bool:
        """Whether the training continues from the checkpoint of a parent."""
        return self.parent is not None and self.parent.exists()


@dataclass(frozen=True, kw_only=True)
class Keep:
    """Where and how the model of a final training is kept.

    Attributes:
        path: Its file, whose name ends with ``.keras``; absolute.
        network: File beside it that lists the layers of its network.
        pixel_range: Lowest and highest value of pixels as the data set has them,
            which the kept model takes.
    """

    path: Path
    network: Path
    pixel_range: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class FinalsRequest:
    """Final trainings that are trained together, where that can be.

    Attributes:
        finals: Of one configuration, each with another seed.
    """

    finals: tuple[FinalRequest, ...]


@dataclass(frozen=True, kw_only=True)
class FinalRequest:
    """A configuration to be trained fully with one seed and tested once.

    Attributes:
        hyperparameters: Values of the active hyperparameters.
        seed: Seed of initial weights, random masks and the order of the images.
        epochs: Maximum number of epochs.
        patience: Maximum number of epochs without improvement.
        full_epochs: Number of epochs that learning rate schedules span; None for
            ``epochs``.
        planned: Number of epochs for which there is time, or was for other seeds, and
            over which schedules fall instead, the last one perhaps a part of an epoch;
            None for ``full_epochs``.
        deadline, features_deadline: Times at which the training ends, and by which
            its features are computed, see ``TrialRequest``; None for no limit.
        refit: Whether to train on all images for all epochs, see ``TrialRequest``.
        role: Whether the configuration was searched or is the default one.
        keep: Where the trained model is kept; None to forget it.
    """

    hyperparameters: Mapping[str, Value]
    seed: int
    epochs: int
    patience: int
    full_epochs: int | None = None
    planned: float | None = None
    deadline: float | None = None
    features_deadline: float | None = None
    refit: bool = False
    role: Role = Role.FINAL
    keep: Keep | None = None

    @property
    def training(self) -> TrialRequest:
        """The request for the training before the test."""
        return TrialRequest(
            hyperparameters=self.hyperparameters,
            seed=self.seed,
            epochs=min(self.epochs, math.ceil(self.planned or self.epochs)),
            full_epochs=self.planned or self.full_epochs or self.epochs,
            patience=self.patience,
            deadline=self.deadline,
            features_deadline=self.features_deadline,
            refit=self.refit,
            # Less would say nothing of the configuration that was selected.
            completes_first_epoch=self.role is Role.FINAL,
        )
