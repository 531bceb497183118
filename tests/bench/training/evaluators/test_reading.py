"""The outputs of classifiers become probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from bench.training.evaluators.reading import normalized


@pytest.mark.parametrize(
    ("outputs", "from_logits", "expected"),
    [
        ([[0.2], [0.9]], False, [[0.8, 0.2], [0.1, 0.9]]),
        ([[0.0], [800.0]], True, [[0.5, 0.5], [0, 1]]),
        ([[0.0, np.log(3)], [1000, 0]], True, [[0.25, 0.75], [1, 0]]),
        ([[0.4, 0.4], [0.3, 0.1]], False, [[0.5, 0.5], [0.75, 0.25]]),
        ([[0.0, np.log(3)], [1000, 0]], False, [[0.25, 0.75], [1, 0]]),
        ([[-1.0, -1.0]], False, [[0.5, 0.5]]),
        ([[1.3], [-0.2]], False, [[0, 1], [1, 0]]),
        ([[0.2498, 0.7494], [1.001, 0]], False, [[0.25, 0.75], [1, 0]]),
    ],
    ids=[
        "one output",
        "one logit",
        "logits",
        "independent outputs",
        "logits under a loss that doesn't say so",
        "outputs with a negative sum",
        "one linear output",
        "probabilities in half precision",
    ],
)
def test_outputs_become_probabilities(
    outputs: list, from_logits: bool, expected: list
) -> None:
    probabilities = normalized(np.array(outputs, np.float32), from_logits)
    np.testing.assert_allclose(probabilities, expected, atol=1e-6)


def test_large_negative_logit_causes_no_overflow() -> None:
    probabilities = normalized(np.array([[-1000.0]]), from_logits=True)
    np.testing.assert_array_equal(probabilities, [[1, 0]])
