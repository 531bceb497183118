"""The order in which a training sees its images."""

from __future__ import annotations

import numpy as np
import pytest

from bench.datasets import Indices, Task
from bench.training.evaluators.evaluator import EvaluatorConfig
from bench.training.inputs import Inputs


@pytest.fixture
def inputs(stripes: Task) -> Inputs:
    return Inputs.of(stripes, EvaluatorConfig())


INDICES = Indices(np.arange(10, 60), None)


def test_each_epoch_sees_all_images_in_an_order_of_its_own(inputs: Inputs) -> None:
    orders = [inputs.order(INDICES, 3, epoch) for epoch in range(3)]
    for order in orders:
        np.testing.assert_array_equal(np.sort(order), INDICES.train)
    assert not np.array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[1], orders[2])


def test_seed_fixes_the_order(inputs: Inputs) -> None:
    first, again, other = (inputs.order(INDICES, seed, 1) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
