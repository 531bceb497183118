"""Predicts the seconds of an epoch from its work, and from epochs that were timed.

An epoch's seconds are a sum of four parts, each in proportion to something that is
counted: its multiply-adds, its images, its steps, and the weights that its steps
update. What a unit of each part takes is fitted to timed epochs by least squares, never
below zero, and drawn towards usual units where few epochs were timed. The usual units
are those that fit the trials of the machine's earlier studies, whatever their families
and data sets; without such studies they are ``UNITS``, of which only the proportions
count: with one timed epoch, all four parts are scaled alike.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from scipy.optimize import nnls

from bench.study.earlier import TimedTrial
from bench.training.work import Work

UNITS = np.array([1 / 20e9, 15e-6, 0.8e-3, 0.4e-9])
"""Seconds of a multiply-add, an image, a step, and of a weight's update: those of one
core of a server's processor. Only their proportions matter."""

PULL = 0.3
"""Weight of the proportions beside a timed epoch's relative error of 1."""

EARLIER = 1.0
"""Number of timed epochs that the scale of earlier studies counts for."""

BACKWARD = 3
"""Times the multiply-adds of a prediction that a training step takes."""

LIKELY = 0.8
"""Share of predictions that lie within a factor of what was taken; see ``factor``."""

RECENT = 100
"""Maximum number of timed epochs that count, the latest ones."""


class CostModel:
    """Learns what epochs take.

    Args:
        train, validation: Numbers of images of an epoch.
        earlier: Trials of earlier studies.
    """

    def __init__(
        self, train: int, validation: int, earlier: Sequence[TimedTrial] = ()
    ) -> None:
        self.train, self.validation = train, validation
        self._earlier = earlier
        self._parts: deque[np.ndarray] = deque(maxlen=RECENT)
        self._seconds: deque[float] = deque(maxlen=RECENT)
        self._units: np.ndarray | None = None

    def learn(self, work: Work, seconds: float) -> None:
        """Learn the seconds of an epoch and its validation."""
        if seconds > 0:
            self._parts.append(self._counted(work))
            self._seconds.append(seconds)
            self._units = None

    def epoch(self, work: Work) -> float | None:
        """Seconds of an epoch and its validation; None before any was timed."""
        if not (self._seconds or self._earlier):
            return None
        if self._units is None:
            self._units = self._fitted(range(len(self._seconds)))
        return float(self._counted(work) @ self._units)

    @property
    def factor(self) -> float | None:
        """Factor within which predictions of four of five timed epochs lie.

        Each epoch is predicted from the others and from earlier studies. None if there
        are fewer than three epochs.
        """
        if len(self._seconds) < 3:
            return None
        ratios = []
        for number, taken in enumerate(self._seconds):
            others = [n for n in range(len(self._seconds)) if n != number]
            predicted = self._parts[number] @ self._fitted(others)
            ratios.append(abs(np.log(predicted / taken)))
        return float(np.exp(np.quantile(ratios, LIKELY)))

    def _counted(self, work: Work) -> np.ndarray:
        return counted(work, self.train, self.validation)

    def _fitted(self, timed: Sequence[int]) -> np.ndarray:
        """Seconds of a unit of each part, by some of the timed epochs."""
        if not timed:
            return self._usual
        counts = EARLIER if self._earlier else 0.0
        parts = [self._parts[number] for number in timed]
        return fitted(parts, [self._seconds[n] for n in timed], self._usual, counts)

    @cached_property
    def _usual(self) -> np.ndarray:
        """Seconds of a unit of each part before an epoch was timed."""
        if not self._earlier:
            return UNITS
        parts = [counted(t.work, t.train, t.validation) for t in self._earlier]
        return fitted(parts, [timed.epoch for timed in self._earlier], UNITS)


def counted(work: Work, train: int, validation: int) -> np.ndarray:
    """The parts of an epoch, ``(4,)``: how many units of each it has."""
    steps = -(-train // work.batch_size)
    passes = BACKWARD * train + validation
    return np.array(
        [
            passes * work.multiply_adds,
            train + validation,
            steps,
            steps * work.parameters,
        ],
        dtype=float,
    )


def fitted(
    parts: Sequence[np.ndarray],
    seconds: Sequence[float],
    usual: np.ndarray,
    counts: float = 0.0,
) -> np.ndarray:
    """Seconds of a unit of each part, ``(4,)``, which minimize relative errors.

    Args:
        parts: Those of timed epochs.
        seconds: Of these epochs.
        usual: Seconds of a unit towards whose proportions the fit is drawn.
        counts: Number of epochs that the scale of ``usual`` counts for.
    """
    times, expected = np.array(list(seconds)), np.stack(list(parts)) * usual
    shares = len(times) / (len(times) + counts)
    scale = np.median(times / expected.sum(axis=1)) ** shares
    # Unknowns are factors of the scaled usual units, and are drawn towards 1.
    relative = expected * scale / times[:, None]
    rows = np.vstack([relative, PULL * np.eye(len(usual))])
    wanted = np.concatenate([np.ones(len(times)), np.full(len(usual), PULL)])
    factors, _ = nnls(rows, wanted)
    units: np.ndarray = factors * scale * usual
    return units
