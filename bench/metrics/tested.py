"""The metrics of a tested classifier, or of several that predict together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bench.metrics.calibration import calibration_error, scaled, temperature
from bench.metrics.scores import classifier_metrics


class Predicted(NamedTuple):
    """Class probabilities of some images.

    Attributes:
        probabilities: ``(n, classes)``.
        labels: ``(n,)``, class indices.
    """

    probabilities: np.ndarray
    labels: np.ndarray


def all_metrics(
    test: Predicted, validation: Predicted | None = None
) -> dict[str, float]:
    """All metrics of the test images.

    Args:
        test: Predictions of the test images.
        validation: Those of the validation images, which choose the temperature; None
            if all images trained the model.
    """
    metrics = classifier_metrics(*test, "test")
    if validation is not None:
        chosen = temperature(*validation)
        mended = scaled(test.probabilities, chosen)
        metrics["test_temperature"] = chosen
        metrics["test_ece_scaled"] = calibration_error(mended, test.labels)
    return metrics
