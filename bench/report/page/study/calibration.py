"""Whether probabilities are what they say: the reliability diagram."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

import numpy as np
from markupsafe import Markup

from bench.metrics import calibration_error
from bench.report.page import charts
from bench.report.page.blocks import Figure, Table
from bench.report.page.study.predicted import Predicted
from bench.report.page.study.subject import Subject

BINS = 10

_Z = 1.96
"""Quantile of a 95% interval."""


@dataclass(frozen=True, kw_only=True)
class Bins:
    """Predictions by the probability of the predicted class, without empty bins.

    Attributes:
        places: Numbers of the bins, the first one 0.
        counts: Predictions in each.
        confidence: Mean probability of the predicted class.
        right: Share of the predictions that is right.
        low, high: Ends of its 95% interval.
    """

    places: np.ndarray
    counts: np.ndarray
    confidence: np.ndarray
    right: np.ndarray
    low: np.ndarray
    high: np.ndarray


def binned(found: Predicted) -> Bins:
    """Divide the predictions of all seeds among bins of equal width."""
    confidence, right = found.confidence.ravel(), found.right.ravel()
    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    counts = np.bincount(places, minlength=BINS)
    known = np.flatnonzero(counts)
    rates = np.bincount(places, right, BINS)[known] / counts[known]
    # Predictions of several seeds for one image are alike, so they count as one.
    low, high = _wilson(rates, counts[known] / found.seeds)
    return Bins(
        places=known,
        counts=counts[known],
        confidence=np.bincount(places, confidence, BINS)[known] / counts[known],
        right=rates,
        low=low,
        high=high,
    )


def reliability_figure(subject: Subject, found: Predicted) -> Figure:
    """Accuracy by confidence, with intervals, and how many predictions lie there."""
    bins = binned(found)
    sure, right = float(found.confidence.mean()), float(found.right.mean())
    direction = "too sure" if sure > right else "not sure enough"
    errors = [calibration_error(each, found.labels) for each in found.probabilities]
    return Figure(
        question="Is the model right as often as it says?",
        caption=(
            "Dots on the dashed line would be; below it the model is too sure. "
            "Vertical lines are 95% intervals over test images, columns the share of "
            f"predictions with this confidence. On average it is {direction}: "
            f"{sure:.1%} confident, {right:.1%} right. Calibration error "
            f"{fmean(errors):.3f}{_mended(subject)}."
        ),
        drawing=_drawing(bins),
        numbers=_table(bins),
    )


def _mended(subject: Subject) -> str:
    """What temperature scaling would make of the error, if it is known."""
    metrics = [final.metrics for final in subject.tested]
    if not all({"test_ece_scaled", "test_temperature"} <= set(m) for m in metrics):
        return ""
    error, temperature = (
        fmean(m[name] for m in metrics)
        for name in ("test_ece_scaled", "test_temperature")
    )
    return f", and {error:.3f} with logits divided by {temperature:.2f}"


def _drawing(bins: Bins) -> Markup:
    scale = charts.linear([0.0, 1.0], bounds=(0.0, 1.0))
    area = charts.Area(x=scale, y=scale)
    shares = bins.counts / bins.counts.sum()
    columns = [
        (n / BINS, (n + 1) / BINS, share, f"{count:,} predictions")
        for n, share, count in zip(bins.places, shares, bins.counts, strict=True)
    ]
    dots = [
        (sure, right, "best", f"confidence {sure:.1%}, right {right:.1%}")
        for sure, right in zip(bins.confidence, bins.right, strict=True)
    ]
    return charts.frame(
        charts.Described(
            title="Reliability diagram",
            text=f"Share of right predictions by confidence in {BINS} bins.",
        ),
        charts.Axis(label="Confidence of the predicted class", scale=scale),
        charts.Axis(label="Share that is right", scale=scale),
        charts.columns(area, columns, "track-column"),
        charts.rule(area, (0.0, 0.0), (1.0, 1.0)),
        charts.interval_bars(
            area, zip(bins.confidence, bins.low, bins.high, strict=True)
        ),
        charts.dots(area, dots),
    )


def _table(bins: Bins) -> Table:
    columns = (bins.places, bins.confidence, bins.right, bins.low, bins.high)
    return Table(
        caption="Numbers",
        columns=("Confidence", "Mean", "Right (95% interval)", "Predictions"),
        rows=[
            (
                f"{n / BINS:.1f} to {(n + 1) / BINS:.1f}",
                f"{sure:.3f}",
                f"{right:.3f} ({low:.3f} to {high:.3f})",
                f"{count:,}",
            )
            for n, sure, right, low, high, count in zip(
                *columns, bins.counts, strict=True
            )
        ],
        numbers=frozenset((1, 2, 3)),
        is_folded=True,
    )


def _wilson(rates: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """95% intervals of shares (Wilson 1927)."""
    weight = _Z * _Z / counts
    centre = (rates + weight / 2) / (1 + weight)
    half = _Z * np.sqrt(rates * (1 - rates) / counts + weight / (4 * counts))
    half /= 1 + weight
    return centre - half, centre + half
