"""Intervals and differences of scores over test images and seeds.

A score varies with the seed of the training and with the sample of test images. All
models of a board are tested on the same images, while each seed belongs to one model:
this is the design of studies in which readers judge the same cases with one of several
methods, and is analysed as there. Variances and degrees of freedom are those of Hillis
for readers nested in methods; the covariance over images is that of the mean.

References: Obuchowski & Rockette 1995, "Hypothesis testing of diagnostic accuracy for
multiple readers and multiple tests"; Hillis 2007, "A comparison of denominator degrees
of freedom methods for multiple observer ROC analysis"; Bouthillier et al. 2021,
"Accounting for variance in machine learning benchmarks". Holm 1979, "A simple
sequentially rejective multiple test procedure".
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

LEVEL = 0.05
"""Rate of boards of equal models on which any difference is claimed, at most."""

EQUAL = 0.01
"""Difference of accuracy below which two models count as equally good."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A mean with its 95% interval.

    Attributes:
        mean: The mean over seeds and test images.
        low, high: Ends of the interval.
        of_seeds, of_images: Standard errors that each of the two would have alone;
            ``of_seeds`` is None for a single seed, whose interval covers images only.
    """

    mean: float
    low: float
    high: float
    of_seeds: float | None
    of_images: float


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The difference of two means, paired by test image.

    Attributes:
        mean: The first mean minus the second.
        low, high: Ends of its 95% interval.
        standard_error: Of the mean.
        p_value: Of a difference of zero, two-sided.
        covers_seeds: Whether it is known of both how much the seed changes them.
    """

    mean: float
    low: float
    high: float
    standard_error: float
    p_value: float
    covers_seeds: bool


class CrossedScores:
    """The scores of several models for the same test images.

    Args:
        scores: For each model ``(seeds, images)``: the score of each seed's training
            for each image, such as whether it is predicted right.
        without_chance: Indices of the models that depend on no seed, such as a
            logistic regression; they have one row of scores.
        rate_images: Number of images over which a rate with as much uncertainty is
            taken, for means in [0, 1]; None for the number of the images if all scores
            are 0 or 1, and else for means that are no rates.
    """

    def __init__(
        self,
        scores: Sequence[np.ndarray],
        without_chance: Collection[int] = (),
        rate_images: float | None = None,
    ) -> None:
        self._without_chance = without_chance
        self._seeds = [len(each) for each in scores]
        stacked = np.concatenate(scores).astype(np.float64)
        self._images = stacked.shape[1]
        if rate_images is None and np.isin(stacked, (0, 1)).all():
            rate_images = float(self._images)
        self._rate_images = rate_images
        of_seed = stacked.mean(axis=1)
        starts = np.cumsum([0, *self._seeds])
        parts = [slice(a, b) for a, b in pairwise(starts)]
        self.means = np.array([of_seed[part].mean() for part in parts])
        # What the means of the seeds share and do not share, as samples of images go.
        covariance = np.atleast_2d(np.cov(stacked)) / self._images
        self._between = [
            float(of_seed[part].var(ddof=1)) if n > 1 else math.nan
            for part, n in zip(parts, self._seeds, strict=True)
        ]
        blocks = [covariance[part, part] for part in parts]
        self._alone = [float(np.trace(b)) / n for b, n in self._with_seeds(blocks)]
        self._shared = [
            float(b.sum() - np.trace(b)) / (n * (n - 1)) if n > 1 else float(b[0, 0])
            for b, n in self._with_seeds(blocks)
        ]
        self._across = np.array(
            [[covariance[one, other].mean() for other in parts] for one in parts]
        )

    def _with_seeds(self, blocks: Sequence[np.ndarray]) -> list[tuple[np.ndarray, int]]:
        return list(zip(blocks, self._seeds, strict=True))

    def estimate(self, model: int) -> Estimate:
        """The mean score of a model; its interval covers seeds and test images."""
        mean, n = float(self.means[model]), self._seeds[model]
        shared = max(0.0, self._shared[model])
        centre, of_sample = self._of_sample(mean, shared)
        if n == 1:
            half = _quantile(self._images - 1) * math.sqrt(of_sample)
            return Estimate(
                mean=mean,
                low=centre - half,
                high=centre + half,
                of_seeds=None,
                of_images=math.sqrt(shared),
            )
        between = self._between[model] / n
        half = half_width(between + of_sample, [(between, n)])
        # Part of what seeds differ in is their luck with these images.
        luck = max(0.0, self._alone[model] - shared)
        return Estimate(
            mean=mean,
            low=centre - half,
            high=centre + half,
            of_seeds=math.sqrt(max(0.0, between - luck / n)),
            of_images=math.sqrt(shared + luck / n),
        )

    def _of_sample(self, mean: float, shared: float) -> tuple[float, float]:
        """The centre of an interval, and its variance over samples of images.

        Two images that are right and two that are wrong are added to a rate: no error
        on a hundred images is no proof that there is none.

        Reference: Agresti & Coull 1998, "Approximate is better than 'exact' for
        interval estimation of binomial proportions".
        """
        if (images := self._rate_images) is None:
            return mean, shared
        count = images + 4
        centre = (mean * images + 2) / count
        squares = shared * images**2 + images * (mean - centre) ** 2
        squares += 2 * (1 - centre) ** 2 + 2 * centre**2
        return centre, squares / count**2

    def difference(self, one: int, other: int) -> Difference:
        """The difference of two models' means."""
        shared = self._shared[one] + self._shared[other] - 2 * self._across[one, other]
        seeds = [
            (self._between[model] / self._seeds[model], self._seeds[model])
            for model in (one, other)
            if self._seeds[model] > 1
        ]
        return difference_of(
            float(self.means[one] - self.means[other]),
            self._of_gaps(float(shared)) + sum(between for between, _ in seeds),
            seeds,
            covers_seeds=self._covers_seeds(one) and self._covers_seeds(other),
        )

    def from_zero(self, model: int) -> Difference:
        """The mean of a model whose scores are differences, paired by seed and image.

        As in ``difference``, an image is added on which the two models differ.
        """
        n = self._seeds[model]
        seeds = [(self._between[model] / n, n)] if n > 1 else []
        return difference_of(
            float(self.means[model]),
            self._of_gaps(self._shared[model]) + sum(between for between, _ in seeds),
            seeds,
        )

    def _of_gaps(self, shared: float) -> float:
        """The variance of a difference over samples of images.

        One image is added to rates, on which the two models differ half each way.

        Reference: Agresti & Min 2005, "Simple improved confidence intervals for
        comparing matched proportions".
        """
        shared = max(0.0, shared)
        if (images := self._rate_images) is None:
            return shared
        return (shared * images**2 + 1) / (images + 2) ** 2

    def _covers_seeds(self, model: int) -> bool:
        """Whether it is known how much the seed changes the scores of a model."""
        return self._seeds[model] > 1 or model in self._without_chance

    def corrected(self) -> np.ndarray:
        """P values of all differences, ``(models, models)``, by Holm's correction.

        Every pair counts, not only those with the best model: which model comes first
        is seen in the same data.
        """
        count = len(self.means)
        pairs = list(combinations(range(count), 2))
        values = holm([self.difference(*pair).p_value for pair in pairs])
        corrected = np.ones((count, count))
        for (one, other), value in zip(pairs, values, strict=True):
            corrected[one, other] = corrected[other, one] = value
        return corrected


def difference_of(
    mean: float,
    variance: float,
    seeds: Sequence[tuple[float, int]],
    *,
    covers_seeds: bool = True,
) -> Difference:
    """A mean difference with its interval and its p value, by Student's t.

    Args:
        mean: The mean.
        variance: Of the mean.
        seeds: The parts of it that vary between seeds, with the numbers of seeds.
        covers_seeds: As of ``Difference``.
    """
    half = half_width(variance, seeds)
    return Difference(
        mean=mean,
        low=mean - half,
        high=mean + half,
        standard_error=math.sqrt(variance),
        p_value=_p_value(mean, variance, seeds),
        covers_seeds=covers_seeds,
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p values for their number, so that any false claim is rare."""
    order = np.argsort(p_values, kind="stable")
    corrected, highest = [1.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = highest
    return corrected


def _degrees(variance: float, seeds: Sequence[tuple[float, int]]) -> float:
    """Degrees of freedom; those of the many images count as endless.

    Args:
        variance: Of the mean or the difference.
        seeds: The parts of it that vary between seeds, with the numbers of seeds.
    """
    uncertain = sum(between**2 / (n - 1) for between, n in seeds)
    return variance**2 / uncertain if uncertain else math.inf


def half_width(variance: float, seeds: Sequence[tuple[float, int]]) -> float:
    return _quantile(_degrees(variance, seeds)) * math.sqrt(variance)


def _quantile(degrees: float) -> float:
    """The 97.5% quantile of Student's t."""
    from scipy.special import ndtri, stdtrit

    quantile = ndtri(0.975) if math.isinf(degrees) else stdtrit(degrees, 0.975)
    return float(quantile)


def _p_value(mean: float, variance: float, seeds: Sequence[tuple[float, int]]) -> float:
    from scipy.special import ndtr, stdtr

    if variance == 0:
        return 1.0 if mean == 0 else 0.0
    t, degrees = -abs(mean) / math.sqrt(variance), _degrees(variance, seeds)
    return float(2 * (ndtr(t) if math.isinf(degrees) else stdtr(degrees, t)))
