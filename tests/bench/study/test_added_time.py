"""Time that a command adds to several finished studies, once for each of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.records import (
    Budget,
    SearchRequest,
    StudyRecord,
    StudySpec,
    StudyState,
    TaskRecord,
)
from bench.study.added_time import added_by

TASK = TaskRecord(
    dataset="digits",
    fingerprint="all",
    test_fingerprint="test",
    image_shape=(8, 8, 1),
    class_names=("a", "b"),
    train=10,
    validation=2,
    test=2,
    seed=0,
)


def asking(results: Path, *families: str) -> SearchRequest:
    """A request of ten more minutes for some families."""
    budget = Budget(seconds=600.0)
    specs = tuple(StudySpec(family=family, budget=budget) for family in families)
    return SearchRequest(specs=specs, results=results, adds_time=True)


def interrupt(request: SearchRequest, study: StudyRecord) -> None:
    """Interrupt a command after one of its studies has had ten more minutes."""
    with added_by(request) as added:
        assert added is not None
        assert added.total(study) == 700.0
        raise KeyboardInterrupt


@pytest.fixture
def records() -> tuple[StudyRecord, StudyRecord]:
    """Two studies that have spent their 100 seconds."""
    spec = StudySpec(family="vgg", budget=Budget(seconds=100.0))
    first = StudyRecord(
        id="vgg",
        spec=spec,
        task=TASK,
        state=StudyState.FINISHED,
        created=0.0,
        seconds=100.0,
    )
    return first, replace(first, id="dense", spec=replace(spec, family="dense"))


def test_interrupted_command_adds_time_to_no_study_twice(
    records: tuple[StudyRecord, StudyRecord], tmp_path: Path
) -> None:
    request = asking(tmp_path, "vgg", "dense")
    vgg, dense = records
    with pytest.raises(KeyboardInterrupt):
        interrupt(request, vgg)
    spec = replace(vgg.spec, budget=Budget(seconds=700.0))
    extended = replace(vgg, spec=spec, seconds=690.123)
    with added_by(request) as added:
        assert added is not None
        assert added.total(extended) == 700.0  # it had its time before
        assert added.total(dense) == 700.0
    with added_by(request) as added:  # that command has ended
        assert added is not None
        assert added.total(extended) == 1291.0


def test_interrupted_study_goes_on_with_its_own_time(
    records: tuple[StudyRecord, StudyRecord], tmp_path: Path
) -> None:
    interrupted = replace(records[0], state=StudyState.UNFINISHED, seconds=30.0)
    with added_by(asking(tmp_path, "vgg")) as added:
        assert added is not None
        assert added.total(interrupted) == 100.0


def test_another_command_adds_its_own_time(
    records: tuple[StudyRecord, StudyRecord], tmp_path: Path
) -> None:
    vgg, _ = records
    with pytest.raises(KeyboardInterrupt):
        interrupt(asking(tmp_path, "vgg", "dense"), vgg)
    with added_by(asking(tmp_path, "vgg")) as added:
        assert added is not None
        assert added.total(replace(vgg, seconds=690.0)) == 1290.0


LONGER = StudySpec(family="vgg", budget=Budget(seconds=1800.0))


@pytest.mark.parametrize("changed", [{"created": 9.0}, {"spec": LONGER}])
def test_study_that_another_command_changed_since_gets_its_time(
    changed: dict[str, Any], records: tuple[StudyRecord, StudyRecord], tmp_path: Path
) -> None:
    request, (vgg, _) = asking(tmp_path, "vgg"), records
    with pytest.raises(KeyboardInterrupt):
        interrupt(request, vgg)
    with added_by(request) as added:
        assert added is not None
        assert added.total(replace(vgg, seconds=300.0, **changed)) == 900.0


def test_command_without_a_plus_adds_nothing(tmp_path: Path) -> None:
    request = replace(asking(tmp_path, "vgg"), adds_time=False)
    with added_by(request) as added:
        assert added is None
