"""Whether probabilities are what they say: the reliability diagram."""

from __future__ import annotations

import numpy as np

from bench.report.page import charts
from bench.report.page.study.blocks import Figure, Table
from bench.report.page.study.predicted import Predicted

BINS = 10


def reliability_figure(found: Predicted) -> Figure:
    """Accuracy by confidence, with 95% intervals, and how many predictions lie there."""
    confidence, right = found.confidence.ravel(), found.right.ravel()
    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    counts = np.bincount(places, minlength=BINS)
    known = np.flatnonzero(counts)
    means = np.bincount(places, confidence, BINS)[known] / counts[known]
    rates = np.bincount(places, right, BINS)[known] / counts[known]
    low, high = _wilson(rates, counts[known] / found.seeds)
    error = float(np.sum(counts[known] * abs(rates - means)) / counts.sum())
    shares = counts[known] / counts.sum()
    scale = charts.linear([0.0, 1.0], bounds=(0.0, 1.0))
    area = charts.Area(x=scale, y=scale)
    columns = [
        (n / BINS, (n + 1) / BINS, share, f"{count:,} predictions")
        for n, share, count in zip(known, shares, counts[known], strict=True)
    ]
    dots = [
        (m, r, "best", f"confidence {m:.1%}, right {r:.1%}, {c:,} predictions")
        for m, r, c in zip(means, rates, counts[known], strict=True)
    ]
    direction = "too sure" if confidence.mean() > right.mean() else "not sure enough"
    return Figure(
        question="Is the model right as often as it says?",
        caption=(
            "Dots on the dashed line would be; below it the model is too sure. Vertical "
            "lines are 95% intervals over test images, columns the share of "
            f"predictions with this confidence. Mean difference {error:.3f}; on "
            f"average {direction}: {confidence.mean():.1%} confident, "
            f"{right.mean():.1%} right."
        ),
        drawing=charts.frame(
            charts.Described(
                title="Reliability diagram",
                text=f"Share of right predictions by confidence in {BINS} bins; the "
                f"mean difference is {error:.3f}.",
            ),
            charts.Axis(label="Confidence of the predicted class", scale=scale),
            charts.Axis(label="Share that is right", scale=scale),
            charts.columns(area, columns, "track-column"),
            charts.rule(area, (0.0, 0.0), (1.0, 1.0)),
            charts.interval_bars(area, zip(means, low, high, strict=True)),
            charts.dots(area, dots),
        ),
        numbers=Table(
            caption="Numbers",
            columns=("Confidence", "Mean", "Right (95% interval)", "Predictions"),
            rows=[
                (
                    f"{n / BINS:.1f} to {(n + 1) / BINS:.1f}",
                    f"{m:.3f}",
                    f"{r:.3f} ({a:.3f} to {b:.3f})",
                    f"{c:,}",
                )
                for n, m, r, a, b, c in zip(
                    known, means, rates, low, high, counts[known], strict=True
                )
            ],
            numbers=frozenset((1, 2, 3)),
            is_folded=True,
        ),
    )


def _wilson(rates: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """95% intervals of shares (Wilson 1927).

    Predictions of several seeds for one image are alike, so they count as one.
    """
    z = 1.96
    centre = (rates + z * z / (2 * counts)) / (1 + z * z / counts)
    half = z * np.sqrt(rates * (1 - rates) / counts + z * z / (4 * counts**2))
    half /= 1 + z * z / counts
    return centre - half, centre + half
