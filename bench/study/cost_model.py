"""Predicts the seconds of an epoch from its work, and from epochs that were timed.

An epoch's seconds are a sum of four parts, each in proportion to something that is
counted: its multiply-adds, its images, its steps, and the weights that its steps
update. What a unit of each part takes is fitted to timed epochs by least squares, never
below zero, and drawn towards the proportions of ``UNITS`` where few epochs were timed:
with one of them, all four parts are scaled alike.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import nnls

from bench.training.work import Work

UNITS = (1 / 20e9, 15e-6, 0.8e-3, 0.4e-9)
"""Seconds of a multiply-add, an image, a step, and of a weight's update: those of one
core of a server's processor. Only their proportions matter."""

PULL = 0.3
"""Weight of the proportions beside a timed epoch's relative error of 1."""

BACKWARD = 3
"""Times the multiply-adds of a prediction that a training step takes."""

RECENT = 100
"""Maximum number of timed epochs that count, the latest ones."""


@dataclass
class CostModel:
    """Learns what epochs take.

    Attributes:
        train, validation: Numbers of images of an epoch.
    """

    train: int
    validation: int
    _parts: deque[np.ndarray] = field(default_factory=lambda: deque(maxlen=RECENT))
    _seconds: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT))
    _units: np.ndarray | None = None

    def learn(self, work: Work, seconds: float) -> None:
        """Learn the seconds of an epoch and its validation."""
        if seconds > 0:
            self._parts.append(self._counted(work))
            self._seconds.append(seconds)
            self._units = None

    def epoch(self, work: Work) -> float | None:
        """Seconds of an epoch and its validation; None before any was timed."""
        if not self._seconds:
            return None
        if self._units is None:
            self._units = fitted(self._parts, self._seconds)
        return float(self._counted(work) @ self._units)

    def _counted(self, work: Work) -> np.ndarray:
        steps = -(-self.train // work.batch_size)
        passes = BACKWARD * self.train + self.validation
        images = self.train + self.validation
        return np.array(
            [passes * work.multiply_adds, images, steps, steps * work.parameters],
            dtype=float,
        )


def fitted(parts: Sequence[np.ndarray], seconds: Sequence[float]) -> np.ndarray:
    """Seconds of a unit of each part, ``(4,)``, which minimize relative errors."""
    usual = np.stack(list(parts)) * np.array(UNITS)
    times = np.array(list(seconds))
    scale = np.median(times / usual.sum(axis=1))
    # Unknowns are factors of the scaled usual units, and are drawn towards 1.
    relative = usual * scale / times[:, None]
    rows = np.vstack([relative, PULL * np.eye(len(UNITS))])
    wanted = np.concatenate([np.ones(len(times)), np.full(len(UNITS), PULL)])
    factors, _ = nnls(rows, wanted)
    units: np.ndarray = factors * scale * np.array(UNITS)
    return units
