"""The evaluator of generators: its options, collapses, and nearest images."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from bench.datasets import Split, Task
from bench.errors import FamilyError, UsageError
from bench.records import GENERATION, TASK_TYPES, StudySpec
from bench.study.prepare import prepare
from bench.training.evaluators import generation
from bench.training.evaluators.evaluator import EvaluatorConfig

SPEC = StudySpec(family="dcgan", image_size=(16, 16))


def with_sizes(task: Task, validation: int, test: int) -> Task:
    """The task with the given numbers of validation and test images, all the same."""

    def resized(split: Split, count: int) -> Split:
        shape = (count, *task.record.image_shape)
        return Split(
            images=np.broadcast_to(split.images[:1], shape),
            labels=np.zeros(count, int),
        )

    return replace(
        task,
        validation=resized(task.validation, validation),
        test=resized(task.test, test),
    )


def test_fid_network_is_refused_for_classifiers(digits: Task) -> None:
    spec = StudySpec(family="dense", options={"fid_network": "inception"})
    with pytest.raises(FamilyError, match=r"--fid-network goes with .* choose dcgan"):
        prepare(spec, digits)


@pytest.mark.parametrize(
    ("validation", "test", "task_type"),
    [(3000, 2048, "generation"), (3000, 2047, "generation of few")],
)
def test_few_images_are_ranked_by_kernel_distance(
    larger_digits: Task, validation: int, test: int, task_type: str
) -> None:
    prepared = prepare(SPEC, with_sizes(larger_digits, validation, test))
    assert prepared.spec.task_type_name == task_type


def test_too_few_images_are_refused(larger_digits: Task) -> None:
    with pytest.raises(UsageError, match=r"at least 100 validation.*has 99 and 500"):
        prepare(SPEC, with_sizes(larger_digits, 99, 500))


def test_samples_that_are_all_but_one_image_are_a_collapse(larger_digits: Task) -> None:
    config = EvaluatorConfig(task_type=TASK_TYPES[GENERATION])
    evaluator = generation.Generation(larger_digits, config)
    evaluator.__dict__["_validation"] = np.zeros((50, 4)), None
    compiled = SimpleNamespace(
        model=SimpleNamespace(
            generator=SimpleNamespace(input_shape=(None, 8)),
            optimizer=SimpleNamespace(iterations=generation.GRACE_STEPS),
        ),
        predict=lambda latents: (
            np.full((len(latents), 16, 16, 1), 0.4) + 0.001 * latents[:, :1, None, None]
        ),
    )
    with pytest.raises(generation.CollapsedError, match="collapsed to one image"):
        evaluator.validation(compiled)


def test_nearest_images_of_training_images_are_themselves(larger_digits: Task) -> None:
    """A generator that copies its training images is recognized by this."""
    config = EvaluatorConfig(task_type=TASK_TYPES[GENERATION])
    evaluator = generation.Generation(larger_digits, config)
    evaluator.__dict__["_network"] = SimpleNamespace(
        predict=lambda images, **_: images.reshape(len(images), -1)
    )
    copied = larger_digits.train.images[40:44]
    near, distances = evaluator._nearest(evaluator._features(evaluator._scaled(copied)))
    np.testing.assert_array_equal(near, copied)
    of_copies, of_test_images = distances
    assert of_copies.max() < 1e-3 < of_test_images.min()
