"""What is asked of a study: its objective, its budget and all else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field

from bench.errors import UsageError, flag
from bench.records.task_types import GOALS, Goal
from search_spaces import CLASSIFICATION

_LATER = (
    "schedule",
    "weights",
    "max_parameters",
    "folds",
    "images",
    "goal",
    "noise_mean",
    "noise_variance",
    "min_compression",
    "fid_network",
)
"""Fields that studies of earlier versions don't have."""

EVERY = 2**31
"""As many trials as the grid of a search has candidates."""

LARGEST_SEED = 2**62
"""The store counts in 64 bits, and final trainings count up from the seed."""

Value = bool | int | float | str
"""A value of a hyperparameter."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a study may spend.

    Attributes:
        trials: Configurations that start; ``EVERY`` until the grid is known.
        epochs: Most epochs that one trial may get.
        patience: Epochs without a better objective or tie breaker before a trial
            ends.
        seconds: Wall-clock seconds for search and final training, None for no limit.
    """

    trials: int = 20
    epochs: int = 50
    patience: int = 5
    seconds: float | None = None

    def __post_init__(self) -> None:
        for name in ("trials", "epochs", "patience"):
            _at_least_one(f"--{name}", getattr(self, name))
        if self.seconds is not None and self.seconds <= 0:
            raise UsageError(
                f"--time must be more than 0 s, not {self.seconds:g} s; such as 10m"
            )


@dataclass(frozen=True, kw_only=True)
class StudySpec:
    """Everything that was asked of a study; part of its identity.

    Attributes:
        family: A name in ``search_spaces.FAMILIES``, ``PATH.py:NAME`` or
            ``package.module:NAME``.
        dataset: A name or ``folder:PATH``, ``npz:PATH``, ``npy:X.npy,y.npy``.
        tuner: A name in ``bench.searchers.TUNERS``.
        schedule: What ends trials early, a name in ``bench.searchers.SCHEDULES``.
        seeds: How many times the best configuration is trained and tested.
        seed: Fixes the splits, the proposals and every training.
        only: The hyperparameters searched, the others at their defaults; None for
            all.
        fixed: Hyperparameters held at a value, sorted by name.
        validation_fraction: Share of the training images that validate.
        test_fraction: Share of the images that test, where the data set has no test
            split of its own.
        image_size: Height and width the images are resized to; None to leave them.
        backend: The Keras backend that trains.
        weights: Pretrained ones in place of those that the family names: a file, or
            ``random``.
        max_parameters: Configurations with more aren't trained; None leaves that to
            the family.
        images: How many are trained and validated on, every class keeping its share;
            None for all that there are.
        goal: What the family's models are for, a name in ``GOALS``.
        folds: Of the cross-validation by which candidates are compared; None for
            tuners that compare them on the validation split.
        noise_mean, noise_variance: Of the noise that a denoiser takes away, with
            pixels in [0, 1]; None for other goals.
        min_compression: How many times smaller than the image a denoiser's code is
            at least; None for other goals.
        fid_network: Whose features generators are judged by, ``classifier`` or
            ``inception``; None for other goals.
    """

    family: str
    dataset: str = "digits"
    tuner: str = "hyperband"
    schedule: str | None = None
    budget: Budget = field(default_factory=Budget)
    seeds: int = 3
    seed: int = 0
    only: tuple[str, ...] | None = None
    fixed: tuple[tuple[str, Value], ...] = ()
    validation_fraction: float = 0.15
    test_fraction: float = 0.12
    image_size: tuple[int, int] | None = None
    backend: str = "tensorflow"
    weights: str | None = None
    max_parameters: int | None = None
    folds: int | None = None
    images: int | None = None
    goal: str = CLASSIFICATION
    noise_mean: float | None = None
    noise_variance: float | None = None
    min_compression: float | None = None
    fid_network: str | None = None

    def __post_init__(self) -> None:
        _at_least_one("--seeds", self.seeds)
        if not 0 <= self.seed <= LARGEST_SEED:
            raise UsageError(
                f"--seed must lie between 0 and {LARGEST_SEED}, not {self.seed}"
            )
        for name in ("max_parameters", "images"):
            if getattr(self, name) is not None:
                _at_least_one(flag(name), getattr(self, name))
        if self.folds is not None and self.folds < 2:
            raise UsageError(f"--folds must be 2 or more, not {self.folds}")
        for name in ("validation_fraction", "test_fraction"):
            _fraction(flag(name), getattr(self, name))
        _between("--noise-mean", self.noise_mean, -1, 1)
        _between("--noise-variance", self.noise_variance, 0, 1)
        _between("--min-compression", self.min_compression, 1, 1e6)

    @property
    def aim(self) -> Goal:
        return GOALS[self.goal]

    @property
    def conditions(self) -> str:
        """What makes a test another one, of the same images; empty for classifiers."""
        if self.noise_mean is None or self.noise_variance is None:
            return "" if self.goal == CLASSIFICATION else self.aim.task
        return (
            f"{self.aim.task} of noise with mean {self.noise_mean:g} and variance "
            f"{self.noise_variance:g}"
        )

    @property
    def options(self) -> dict[str, Value]:
        """What is asked of the family, by its constructor's names."""
        names = ("weights", "noise_mean", "noise_variance", "min_compression")
        given = {name: getattr(self, name) for name in names}
        return {name: value for name, value in given.items() if value is not None}

    @property
    def searcher(self) -> str:
        """Tuner and schedule, such as ``random+asha``."""
        return self.tuner if self.schedule is None else f"{self.tuner}+{self.schedule}"

    def to_json(self) -> str:
        values = asdict(self)
        for name in _LATER:
            if values[name] in (None, CLASSIFICATION):  # as before there were others
                del values[name]
        return json.dumps(values, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> StudySpec:
        values = json.loads(text)
        values["budget"] = Budget(**values["budget"])
        values["fixed"] = tuple((name, value) for name, value in values["fixed"])
        for name in ("only", "image_size"):
            values[name] = None if values[name] is None else tuple(values[name])
        return cls(**values)


def study_id(spec: StudySpec, task_fingerprint: str, space_fingerprint: str) -> str:
    """Identity of a study: what was asked, of which data, over which space."""
    return digest(spec.to_json(), task_fingerprint, space_fingerprint)


def board_id(spec: StudySpec, test_fingerprint: str, features: str = "") -> str:
    """Identity of a test: its images, its conditions, the features it compares by."""
    conditions = f"{spec.conditions}{features}"
    return digest(test_fingerprint, conditions) if conditions else test_fingerprint


def digest(*parts: str) -> str:
    """Short hexadecimal hash of some texts, their order and borders included."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _at_least_one(option: str, value: int) -> None:
    if value < 1:
        raise UsageError(f"{option} must be 1 or more, not {value}")


def _between(option: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise UsageError(
            f"{option} must lie between {low:g} and {high:g}, not {value:g}"
        )


def _fraction(option: str, value: float) -> None:
    if not 0 < value < 1:
        raise UsageError(
            f"{option} must lie between 0 and 1, both excluded, not {value:g}; such "
            "as 0.15"
        )
