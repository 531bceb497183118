"""What each test image adds to the score of each row of a board."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from bench.metrics import image_scores, rate_images
from bench.records import ACCURACY, CLASSIFICATION, Metric, ReferenceRecord, Role
from bench.report.ranking import Row
from bench.report.results import StudyResults
from bench.store import Store


@dataclass(frozen=True, kw_only=True)
class TestedImages:
    """The scores of the rows of a board, image by image.

    Attributes:
        scores: For the rows of which it is known, by ``row_key``: what each test image
            adds to the score of each seed's training, ``(seeds, images)``; see
            ``bench.metrics.image_scores``.
        rate_images: As of ``CrossedScores``.
    """

    __test__ = False  # it is no test of pytest

    scores: Mapping[str, np.ndarray] = field(default_factory=dict)
    rate_images: float | None = None


def row_key(row: Row) -> str:
    """Identifies a row on its board."""
    if row.is_reference:
        return reference_key(row.family)
    return final_key(row.study, Role.DEFAULT if row.is_default else Role.FINAL)


def final_key(study: str, role: Role) -> str:
    return f"{study} {role}"


def reference_key(name: str) -> str:
    return f"reference {name}"


def tested_images(
    store: Store, studies: Iterable[StudyResults], references: Iterable[ReferenceRecord]
) -> TestedImages:
    """Read what is known of the test images of one board.

    Args:
        store: Holds the studies.
        studies: Studies of the board that were tested.
        references: References of the board.
    """
    found: dict[str, np.ndarray] = {}
    test, labels, metric = "", None, ACCURACY
    for results in studies:
        study = results.study
        if study.spec.task_type.kind != CLASSIFICATION:
            return TestedImages()
        test, metric = study.test, study.spec.task_type.ranked_by
        of_roles = {Role.FINAL: results.finals, Role.DEFAULT: results.default_finals}
        for role, finals in of_roles.items():
            of_seeds = [_final(store, study.id, f.seed, role, metric) for f in finals]
            known = [each for each in of_seeds if each is not None]
            if known and len(known) == len(finals):
                found[final_key(study.id, role)] = np.stack(known)
                labels = store.output(study.id, finals[0].seed, role, "labels")
    if labels is None:
        return TestedImages(scores=found)
    for reference in references:
        predicted = store.reference_output(test, reference.name, "probabilities")
        if predicted is not None:
            scores = image_scores(metric, predicted, labels)
            found[reference_key(reference.name)] = scores[np.newaxis]
    return TestedImages(scores=found, rate_images=rate_images(metric, labels))


def _final(
    store: Store, study: str, seed: int, role: Role, metric: Metric
) -> np.ndarray | None:
    """The scores of one final training, ``(images,)``; None if they are unknown."""
    if metric.name == ACCURACY.name:  # quicker to read than all probabilities
        return store.output(study, seed, role, "right")
    labels = store.output(study, seed, role, "labels")
    predicted = store.output(study, seed, role, "probabilities")
    if labels is None or predicted is None:
        return None
    return image_scores(metric, predicted, labels)
