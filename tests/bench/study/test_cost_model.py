"""What an epoch is predicted to take, from its work and from timed epochs."""

from dataclasses import replace

import numpy as np
import pytest

from bench.study.cost_model import CostModel
from bench.study.earlier import TimedTrial
from bench.training.work import Work

SMALL = Work(multiply_adds=100_000, parameters=20_000, batch_size=64)


def seconds(work: Work, train: int = 8000, validation: int = 2000) -> float:
    """What an epoch takes on a machine that is none of the usual proportions."""
    steps = -(-train // work.batch_size)
    passes = (3 * train + validation) * work.multiply_adds
    return passes / 5e9 + steps * (3e-3 + 1e-9 * work.parameters)


def works(count: int) -> list[Work]:
    draw = np.random.default_rng(0)
    return [
        Work(
            multiply_adds=int(10 ** draw.uniform(4.5, 7.5)),
            parameters=int(10 ** draw.uniform(4, 7)),
            batch_size=int(draw.choice([16, 32, 64, 128])),
        )
        for _ in range(count)
    ]


def test_nothing_is_predicted_before_an_epoch_was_timed() -> None:
    assert CostModel(8000, 2000).epoch(SMALL) is None


def test_timed_epoch_is_predicted_as_it_was() -> None:
    model = CostModel(8000, 2000)
    model.learn(SMALL, 7.0)
    assert model.epoch(SMALL) == pytest.approx(7.0, rel=1e-3)


def test_larger_model_is_predicted_to_take_longer_after_one_epoch() -> None:
    model = CostModel(8000, 2000)
    model.learn(SMALL, 7.0)
    large = Work(multiply_adds=10_000_000, parameters=2_000_000, batch_size=64)
    assert (model.epoch(large) or 0.0) > 30.0


def test_unseen_epochs_are_predicted_from_some_timed_ones() -> None:
    model = CostModel(8000, 2000)
    for work in works(12):
        model.learn(work, seconds(work))
    for work in works(40)[12:]:
        assert model.epoch(work) == pytest.approx(seconds(work), rel=0.25)


def test_other_images_are_predicted_in_proportion() -> None:
    few, many = CostModel(800, 200), CostModel(8000, 2000)
    for model in (few, many):
        for work in works(12):
            model.learn(work, seconds(work, model.train, model.validation))
    assert few.epoch(SMALL) == pytest.approx((many.epoch(SMALL) or 0.0) / 10, rel=0.1)


def earlier(slowness: float = 1.0) -> list[TimedTrial]:
    """Trials of a study with other images, on a machine that was so many times slow."""
    return [
        TimedTrial(
            study="s",
            family="f",
            work=work,
            train=800,
            validation=200,
            epoch=slowness * seconds(work, 800, 200),
            rest=1.0,
        )
        for work in works(12)
    ]


def test_first_epoch_is_predicted_from_earlier_studies_with_other_images() -> None:
    model = CostModel(8000, 2000, earlier())
    for work in works(40)[12:]:
        assert model.epoch(work) == pytest.approx(seconds(work), rel=0.25)


def test_earlier_studies_count_until_an_own_epoch_was_timed() -> None:
    first, *_, last = works(8)
    known, unknown = CostModel(8000, 2000, earlier(slowness=3.0)), CostModel(8000, 2000)
    assert known.epoch(last) == pytest.approx(3.0 * seconds(last), rel=0.25)
    for model in (known, unknown):
        model.learn(first, seconds(first))
    assert known.epoch(last) == unknown.epoch(last)


def test_factor_says_how_far_predictions_are_off() -> None:
    exact, rough = CostModel(8000, 2000), CostModel(8000, 2000)
    assert exact.factor is None
    draw = np.random.default_rng(1)
    for work in works(20):
        exact.learn(work, seconds(work))
        rough.learn(work, seconds(work) * np.exp(0.5 * draw.normal()))
    assert 1.0 < (exact.factor or 0.0) < 1.2 < 1.5 < (rough.factor or 0.0) < 3.0


def test_earlier_studies_tell_how_far_predictions_are_off() -> None:
    trials, wild = earlier(), [replace(t, epoch=9 * t.epoch) for t in earlier()[9:]]
    assert (CostModel(8000, 2000, trials).factor or 9.0) < 1.5
    assert (CostModel(8000, 2000, [*trials[:9], *wild]).factor or 0.0) > 2.0
