"""What repeats of whole studies say of their scores, and of differences between them.

A repeat is a study whose images were divided by a seed of its own, and whose search and
final trainings had that seed too. Its score is the mean over its final seeds. Models of
a board that have the same repeats are paired: they saw the same divisions.

References: Nadeau & Bengio 2003, "Inference for the generalization error" (Machine
Learning 52: 239-281); Bouthillier et al. 2021, "Accounting for variance in machine
learning benchmarks" (MLSys 3).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from bench.report.statistics import CrossedScores, Difference, difference_of


class Repeats(Protocol):
    """The scores of models that have the same repeats."""

    def interval(self, model: str) -> Difference:
        """The mean score of a model over the repeats, with its interval."""

    def difference(self, one: str, other: str) -> Difference:
        """The mean of the differences of two models, paired by repeat."""


class DifferentTests:
    """Models whose repeats were tested on different images of one data set.

    The images that train and test overlap between repeats, so that their scores depend
    on each other: the variance of ``k`` repeats over ``k`` is far too small for that
    of their mean. It is multiplied by ``1 / k + test / train``, as Nadeau and Bengio
    have it (their corrected resampled t-test).

    Args:
        scores: For each model, the score of each repeat.
        ratio: Number of test images to that of all others, which search and train.
        rate_images: Number of test images of a repeat, if scores are rates: scores of
            repeats vary by at least one image, since equal ones are no proof of equal
            models. None for other scores.
    """

    def __init__(
        self,
        scores: Mapping[str, Sequence[float]],
        ratio: float,
        rate_images: int | None = None,
    ) -> None:
        self._scores = {name: np.asarray(given) for name, given in scores.items()}
        self._ratio = ratio
        self._least = 0.0 if rate_images is None else 1 / (rate_images + 2) ** 2

    def interval(self, model: str) -> Difference:
        return self.mean(self._scores[model])

    def difference(self, one: str, other: str) -> Difference:
        return self.mean(self._scores[one] - self._scores[other])

    def mean(self, values: np.ndarray) -> Difference:
        """The mean of any value that each repeat has, with its interval."""
        count, mean = len(values), float(values.mean())
        between = max(self._least, float(values.var(ddof=1)))
        variance = (1 / count + self._ratio) * between
        return difference_of(mean, variance, [(variance, count)])


class SameTest:
    """Models whose repeats were all tested on the same images.

    Repeats are the unit of what varies by chance, crossed with the images as seeds are
    in ``CrossedScores``.

    Args:
        scores: For each model ``(repeats, images)``: the mean over final seeds of what
            its score is made of, such as whether the image is predicted right. A
            reference, which depends on no seed, has one row.
        rate_images: As of ``CrossedScores``.
    """

    def __init__(
        self, scores: Mapping[str, np.ndarray], rate_images: float | None = None
    ) -> None:
        self._scores = scores
        self._rate_images = rate_images

    def interval(self, model: str) -> Difference:
        scores = [self._scores[model]]
        estimate = CrossedScores(scores, (), self._rate_images).estimate(0)
        return Difference(
            mean=estimate.mean,
            low=estimate.low,
            high=estimate.high,
            standard_error=math.nan,
            p_value=math.nan,
            covers_seeds=True,
        )

    def difference(self, one: str, other: str) -> Difference:
        gaps = [self._scores[one] - self._scores[other]]
        return CrossedScores(gaps, (), self._rate_images).from_zero(0)
