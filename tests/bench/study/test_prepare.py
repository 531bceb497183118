"""Studies are checked from end to end before anything is trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench import searchers
from bench.datasets import Task
from bench.errors import BenchError, FamilyError, SpaceError, UsageError
from bench.records import StudySpec

pytestmark = pytest.mark.usefixtures("keras_started")

DENSE = StudySpec(
    family="dense",
    tuner="random",
    only=("dropout",),
    fixed=(("batch_size", "32"), ("units", "64")),
)


@pytest.mark.parametrize(
    ("change", "kind", "parts"),
    [
        ({"only": ("widht",)}, SpaceError, ["'widht'", "units", "batch_size"]),
        ({"only": None, "fixed": (("units", "65"),)}, SpaceError, ["units", "'65'"]),
        ({"only": ("units",)}, SpaceError, ["'units'", "--only", "--fix"]),
        ({"family": "nowhere.py:Net"}, FamilyError, ["'nowhere.py'"]),
        ({"family": "no.such.module:Net"}, FamilyError, ["no.such.module"]),
        ({"family": "search_spaces.vgg:VGH"}, FamilyError, ["'VGH'", "'VGG'"]),
        ({"tuner": "hyperbrand"}, UsageError, ["'hyperband'"]),
    ],
)
def test_study_that_cannot_start_is_refused(
    prepare: Callable, change: dict, kind: type[BenchError], parts: list[str]
) -> None:
    with pytest.raises(kind) as refused:
        prepare(replace(DENSE, **change))
    for part in parts:
        assert part in str(refused.value)


def test_identity_follows_task_space_and_the_familys_file(
    prepare: Callable, small_task: Task, write_family: Callable[[str], str]
) -> None:
    spec = StudySpec(family=write_family())
    first = prepare(spec).id
    assert prepare(spec).id == first
    assert prepare(replace(spec, fixed=(("units", "5"),))).id != first
    other = replace(small_task, record=replace(small_task.record, fingerprint="other"))
    assert prepare(spec, other).id != first
    write_family("edited = True")
    assert prepare(spec).id != first


def test_only_families_whose_heads_train_alone_have_no_rungs(
    prepare: Callable,
) -> None:
    rungs = {
        family: prepare(
            StudySpec(family=family, options={"weights": "random"})
        ).problem.max_rungs
        for family in ("transfer", "finetune")
    }
    assert rungs == {"transfer": 0, "finetune": searchers.MAX_RUNGS}


def test_portfolio_is_part_of_the_identity_wherever_its_file_lies(
    prepare: Callable, tmp_path: Path
) -> None:
    def with_file(name: str, dropout: float) -> StudySpec:
        path = tmp_path / name
        path.write_text(json.dumps({"dense": [{"dropout": dropout}]}))
        return replace(DENSE, portfolio=str(path))

    first = prepare(with_file("a.json", 0.1))
    assert [each["dropout"] for each in first.problem.starts] == [0.1]
    same, other = (
        prepare(with_file(*each)) for each in (("b.json", 0.1), ("a.json", 0.2))
    )
    assert same.id == first.id
    assert same.spec.portfolio_digest == first.spec.portfolio_digest
    assert other.id != first.id
    assert other.spec.portfolio_digest != first.spec.portfolio_digest
    assert prepare(replace(DENSE, portfolio="none")).id != first.id


def test_description_follows_the_task(small_task: Task) -> None:
    from bench.study.prepare import describe

    described = {h.name: h for h in describe(replace(DENSE, family="vgg"), small_task)}
    assert described["blocks"].range == "1"
    assert described["momentum"].condition == "optimizer = sgd"


def test_size_is_part_of_a_study_unless_it_is_small(prepare: Callable) -> None:
    small = prepare(StudySpec(family="dense"))
    paper = prepare(StudySpec(family="dense", size="paper"))
    assert paper.id != small.id
    assert paper.spec.size == "paper"
    assert paper.default is not None
    assert paper.default["units"] == 1500
    assert '"size"' not in small.spec.to_json()
    assert StudySpec.from_json(paper.spec.to_json()).size == "paper"
    assert StudySpec.from_json(small.spec.to_json()).size == "small"


def test_size_that_a_family_lacks_is_its_next_smaller_one(prepare: Callable) -> None:
    small = prepare(StudySpec(family="linear"))
    assert prepare(StudySpec(family="linear", size="paper")).id == small.id
    assert prepare(StudySpec(family="mlp", size="paper")).spec.size == "base"


def test_range_of_the_user_precedes_that_of_the_size(prepare: Callable) -> None:
    spec = StudySpec(family="dense", size="paper", ranges=(("units", "8,16"),))
    values = {each.name: each for each in prepare(spec).problem.space.space}
    assert values["units"].values == [8, 16]


def test_digits_are_not_mirrored_by_default(
    prepare: Callable, digits: Task, make_stripes: Callable[..., Task]
) -> None:
    spec = StudySpec(family="cnn", fixed=(("augmentation", "light"),))
    of_digits = prepare(spec, digits)
    assert of_digits.default is not None
    assert of_digits.default["flip"] is False
    of_stripes = prepare(spec, make_stripes())
    assert of_stripes.default is not None
    assert of_stripes.default["flip"] is True
