"""What is kept of a tested classifier: its metrics and its predictions."""

from __future__ import annotations

import numpy as np

from bench.metrics import Predicted, all_metrics
from bench.training.evaluators.evaluator import Tested
from bench.training.evaluators.reading import Reading


def measured(
    test: Predicted,
    validation: Predicted | None = None,
    *,
    note: str = "",
    reading: Reading | None = None,
) -> Tested:
    """The metrics of a classifier and the predictions that reports need.

    Args:
        test: Predictions of the test images.
        validation: Those of the validation images, which choose the temperature; None
            if all images trained the model.
        note: As of ``Tested``.
        reading: As of ``Tested``.
    """
    metrics, outputs = all_metrics(test, validation), kept_outputs(test)
    if validation is not None:
        outputs["validation_probabilities"] = validation.probabilities
        outputs["validation_labels"] = validation.labels.astype(np.int32)
    return Tested(metrics=metrics, outputs=outputs, note=note, reading=reading)


def kept_outputs(test: Predicted) -> dict[str, np.ndarray]:
    """Predictions of the test images as the store keeps them."""
    return {
        "probabilities": test.probabilities,
        "right": test.probabilities.argmax(axis=1) == test.labels,
        "labels": test.labels.astype(np.int32),
    }
