"""Where the reader of a published study has what the study was trained on."""

from __future__ import annotations

from typing import Any

import pytest

from bench.errors import UsageError
from bench.records import StudyRecord, StudySpec, StudyState, TaskRecord
from bench.study.places import placed


def published(**spec: Any) -> StudyRecord:
    spec = {"family": "vgg", **spec}
    task = TaskRecord(
        dataset=spec.get("dataset", "digits"),
        fingerprint="1",
        test_fingerprint="2",
        image_shape=(8, 8, 1),
        class_names=("a", "b"),
        train=8,
        validation=2,
        test=2,
        seed=0,
    )
    return StudyRecord(
        id="3",
        spec=StudySpec(**spec),
        task=task,
        state=StudyState.FINISHED,
        created=0.0,
    )


@pytest.mark.parametrize(
    ("spec", "option"),
    [
        ({"dataset": "folder:photos"}, "--dataset folder:PATH"),
        ({"dataset": "npy:X.npy,y.npy"}, "--dataset npy:PATH"),
        ({"dataset": "memory:arrays"}, "--dataset npz:PATH"),
        ({"family": "ours.py:Ours"}, "--family PATH/ours.py:Ours"),
        ({"groups": "groups.csv"}, "--groups PATH/groups.csv"),
        ({"options": {"weights": "net.h5"}}, "--weights PATH/net.h5"),
    ],
)
def test_missing_place_is_asked_for(spec: dict, option: str) -> None:
    with pytest.raises(UsageError, match=f"add {option}$"):
        placed(published(**spec), {})


def test_given_places_are_taken() -> None:
    study = published(
        family="ours.py:Ours",
        dataset="folder:photos",
        groups="groups.csv",
        options={"weights": "net.h5"},
    )
    given = {
        "dataset": "folder:/data/photos",
        "family": "/code/ours.py:Ours",
        "groups": "/data/groups.csv",
        "weights": "/data/net.h5",
    }
    spec = placed(study, given).spec
    assert (spec.dataset, spec.family) == (given["dataset"], given["family"])
    assert spec.groups == given["groups"]
    assert spec.options == {"weights": given["weights"]}


def test_names_known_everywhere_need_no_place() -> None:
    study = published(
        family="package.module:Ours", groups="duplicates", options={"weights": "random"}
    )
    assert placed(study, {}) == study
