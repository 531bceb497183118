"""Logistic regression whose time is bounded, as a reference classifier."""

from __future__ import annotations

import time
import warnings

import numpy as np

from bench.training.time_limit import check_fits, is_limited

MAX_PRODUCTS = 5e9
"""Multiplications beyond which iterations get fewer: some ten seconds of one core."""

MIN_ITERATIONS, MAX_ITERATIONS = 20, 100

_TOLERANCE = 1e-3

_C = 0.01
"""Inverse strength of the regularization, as scikit-learn has it."""


def regression(
    train: np.ndarray, labels: np.ndarray, test: np.ndarray, classes: int
) -> tuple[np.ndarray, int, str]:
    """Train a logistic regression on standardized values.

    Args:
        train: ``(n, values)``, floats.
        labels: Class indices, ``(n,)``.
        test: ``(m, values)``.
        classes: Number of classes.

    Returns:
        Class probabilities ``(m, classes)``, the number of coefficients, and a text
        that says how it was trained.

    Raises:
        CutShortError: It would take longer than the limit around it.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    affordable = int(MAX_PRODUCTS / (train.size * classes))
    iterations = min(MAX_ITERATIONS, max(MIN_ITERATIONS, affordable))
    if is_limited():
        seconds = iterations * _iteration_seconds(train, classes)
        check_fits("a logistic regression", seconds, seconds)
    model = make_pipeline(
        StandardScaler(),
        LogisticRegression(C=_C, max_iter=iterations, tol=_TOLERANCE),
    )
    with warnings.catch_warnings():
        # A reference need not converge within its iterations.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(train, labels)
    probabilities = np.zeros((len(test), classes))
    # A rare class may be missing in a sample.
    probabilities[:, model.classes_] = model.predict_proba(test)
    coefficients = model[-1].coef_.size + model[-1].intercept_.size
    return probabilities, coefficients, f"logistic regression, {iterations} iterations"


def _iteration_seconds(train: np.ndarray, classes: int) -> float:
    """Seconds of the two products of an iteration, its loss and its gradient."""
    values = train.astype(float)  # as standardized values are
    outputs = values @ np.zeros((train.shape[1], classes))
    began = time.perf_counter()
    _ = outputs.T @ values
    return 2 * (time.perf_counter() - began)
