"""Scores of class probabilities, as numbers and image by image; NumPy and scipy only.

It is used where models are tested and where their results are reported.
"""

from bench.metrics.calibration import (
    brier_score,
    calibration_error,
    scaled,
    temperature,
)
from bench.metrics.per_class import ClassScores, class_scores
from bench.metrics.per_image import image_scores, rate_images
from bench.metrics.scores import (
    accuracy,
    balanced_accuracy,
    classifier_metrics,
    log_loss,
    macro_f1,
    roc_auc,
    score,
)
from bench.metrics.tested import Predicted, all_metrics

__all__ = [
    "ClassScores",
    "Predicted",
    "accuracy",
    "all_metrics",
    "balanced_accuracy",
    "brier_score",
    "calibration_error",
    "class_scores",
    "classifier_metrics",
    "image_scores",
    "log_loss",
    "macro_f1",
    "rate_images",
    "roc_auc",
    "scaled",
    "score",
    "temperature",
]
