"""The test images of a board that the store keeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bench.report.compared.contender import Contender, finals_of
from bench.store import Store


def kept_images(store: Store, contenders: Sequence[Contender]) -> dict[int, np.ndarray]:
    """Test images by their indices: samples, and mistakes of all final trainings."""
    return {
        int(index): image
        for contender in contenders
        for indices, images in _kept(store, contender)
        for index, image in zip(indices, images, strict=True)
    }


def _kept(
    store: Store, contender: Contender
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    study, role = contender.study, contender.role
    samples = store.samples(study.task.fingerprint)
    yield samples.test_indices, samples.test_images
    for final in finals_of(contender.results, role):
        indices = store.output(study.id, final.seed, role, "mistakes")
        images = store.output(study.id, final.seed, role, "mistake_images")
        if indices is not None and images is not None:
            yield indices, images
