"""Explanations that are drawn when a study ends: its page is made without Keras."""

from __future__ import annotations

import numpy as np

from bench.datasets import Task
from bench.models.explain.choosing import folder, telling
from bench.models.explain.images import explain_images
from bench.models.explain.maps import default_method
from bench.models.explain.methods import INTEGRATED
from bench.models.loading import classifiers
from bench.models.mistakes import Mistakes
from bench.models.selection import Selected
from bench.records import CLASSIFICATION, FinalRecord, Role, StudyRecord
from bench.report.plots import save
from bench.store import EXPLANATIONS, Store
from bench.text import complain
from bench.training.model_errors import one_line

IMAGES = 8
"""Number of test images, of which at least a third are right predictions."""

SHARE = 0.1
"""Maximum share of a study's time that this may take."""

_FIXED_SECONDS = 4.0
"""To load a model, trace it and draw, however small it is: 2.7 to 4.7 measured."""

_PASSES = 6
"""Times of a prediction that the map of an image takes, at most."""


def draw(store: Store, study_id: str, task: Task) -> None:
    """Draw what the first seed's model looks at, as ``bench explain`` does.

    Nothing is drawn for other tasks than classification, for models without
    convolutions, or if it would take more than a small share of the study's time. A
    failure costs nothing but the pictures.

    Args:
        store: Holds the study.
        study_id: Id of the study.
        task: Its images.
    """
    study = store.study(study_id)
    finals = [final for final in store.finals(study_id) if final.error is None]
    if study is None or not finals or not _is_worth_it(store, study, finals[0]):
        return
    try:
        _draw(store, study, finals[0].seed, task)
    except Exception as error:  # whatever a user's model raises
        complain(f"what speaks for predictions is not drawn: {one_line(error)}")


def _is_worth_it(store: Store, study: StudyRecord, final: FinalRecord) -> bool:
    if study.spec.task_type.kind != CLASSIFICATION:
        return False
    drawn = store.folder.joinpath(EXPLANATIONS).glob(f"*-{study.id[:8]}/mosaic-*.png")
    # Older pictures may show a model that has the row no more.
    rivals = (Role.FINAL, Role.DEFAULT, Role.RUNNER_UP)
    ended = max(each.ended for role in rivals for each in store.finals(study.id, role))
    if any(path.stat().st_mtime >= ended for path in drawn):
        return False
    seconds = _FIXED_SECONDS + _PASSES * IMAGES * final.latency_ms_1 / 1000
    return seconds <= SHARE * study.seconds


def _draw(store: Store, study: StudyRecord, seed: int, task: Task) -> None:
    selected = Selected(study=study)
    ensemble = classifiers(store.folder, selected, seed)
    if default_method(ensemble.models[0]) == INTEGRATED:
        return
    tested = Mistakes(
        selected=selected,
        test=task.test,
        pixel_range=task.pixel_range,
        probabilities=np.stack([store.outputs(study.id, seed)["probabilities"]]),
    )
    found = explain_images(selected.name, ensemble, telling(tested, IMAGES))
    save(found.mosaic(), folder(store.folder, selected), option="--results")
