"""Predicts the seconds of an epoch from its work, and from epochs that were timed.

An epoch's seconds are a sum of four parts, each in proportion to something that is
counted: its multiply-adds, its images, its steps, and the weights that its steps
update. What a unit of each part takes is fitted to timed epochs by least squares, never
below zero, and drawn towards the proportions of ``UNITS`` where few epochs were timed:
with one of them, all four parts are scaled alike.

Before a study has timed an epoch, all trials of the machine's earlier studies stand in
for it, whatever their families and data sets. From then on its own epochs alone count:
on 118 second and third trials of 63 studies, an error of 1.35 in the median is left so,
and 1.38 to 1.44 where the units of earlier studies had any weight.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
from scipy.optimize import nnls

from bench.study.earlier import TimedTrial
from bench.training.work import Work

UNITS = np.array([1 / 20e9, 15e-6, 0.8e-3, 0.4e-9])
"""Seconds of a multiply-add, an image, a step, and of a weight's update: those of one
core of a server's processor. Only their proportions matter."""

PULL = 0.3
"""Weight of the proportions beside a timed epoch's relative error of 1."""

BACKWARD = 3
"""Times the multiply-adds of a prediction that a training step takes."""

LIKELY = 0.8
"""Share of predictions that lie within a factor of what was taken; see ``factor``."""

FIRST = 5
"""Number of trials of an earlier study from which its later ones are predicted."""

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
        """Factor within which four of five predictions of epochs lie.

        Each epoch of this study is predicted from its others, and later epochs of each
        earlier study from its first ones. None if there are fewer than three epochs.
        """
        errors = [*self._own_errors(), *_later_errors(self._earlier)]
        return float(np.exp(np.quantile(errors, LIKELY))) if len(errors) > 2 else None

    def _own_errors(self) -> Iterator[float]:
        """Logarithms of the ratios of predicted and taken seconds, without signs."""
        count = len(self._seconds)
        for number, taken in enumerate(self._seconds) if count > 1 else ():
            units = self._fitted([other for other in range(count) if other != number])
            yield abs(np.log(self._parts[number] @ units / taken))

    def _counted(self, work: Work) -> np.ndarray:
        return counted(work, self.train, self.validation)

    def _fitted(self, timed: Sequence[int]) -> np.ndarray:
        """Seconds of a unit of each part, by some of the timed epochs."""
        if not timed:
            parts = [counted(t.work, t.train, t.validation) for t in self._earlier]
            return fitted(parts, [timed.epoch for timed in self._earlier])
        parts = [self._parts[number] for number in timed]
        return fitted(parts, [self._seconds[number] for number in timed])


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


def _later_errors(earlier: Sequence[TimedTrial]) -> Iterator[float]:
    """Errors, as of a study's own epochs, of the later trials of earlier studies."""
    for _, study in groupby(earlier, key=lambda timed: timed.study):
        trials = list(study)
        parts = [counted(each.work, each.train, each.validation) for each in trials]
        later = range(FIRST, len(trials))
        seconds = [each.epoch for each in trials]
        units = fitted(parts[:FIRST], seconds[:FIRST])
        yield from (abs(np.log(parts[n] @ units / seconds[n])) for n in later)


def fitted(parts: Sequence[np.ndarray], seconds: Sequence[float]) -> np.ndarray:
    """Seconds of a unit of each part, ``(4,)``, which minimize relative errors."""
    usual = np.stack(list(parts)) * UNITS
    times = np.array(list(seconds))
    scale = np.median(times / usual.sum(axis=1))
    # Unknowns are factors of the scaled usual units, and are drawn towards 1.
    relative = usual * scale / times[:, None]
    rows = np.vstack([relative, PULL * np.eye(len(UNITS))])
    wanted = np.concatenate([np.ones(len(times)), np.full(len(UNITS), PULL)])
    factors, _ = nnls(rows, wanted)
    units: np.ndarray = factors * scale * UNITS
    return units
