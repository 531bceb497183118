"""Records: they survive JSON, are checked once, and give a study its identity."""

import json
from dataclasses import asdict, replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.datasets import Task
from bench.errors import UsageError
from bench.records import (
    CLASSIFICATION,
    TASK_TYPES,
    Budget,
    StudyRecord,
    StudySpec,
    StudyState,
    TaskRecord,
    TrialResult,
    TrialState,
    digest,
    study_id,
)

TASK_TYPE = TASK_TYPES[CLASSIFICATION]
SPEC = StudySpec(family="vgg")

names = st.text(min_size=1, max_size=8)
fractions = st.floats(0.001, 0.999)
counts = st.integers(1, 10**6)
values = st.one_of(
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
)
specs = st.builds(
    StudySpec,
    family=names,
    dataset=names,
    tuner=names,
    budget=st.builds(
        Budget,
        trials=counts,
        epochs=counts,
        patience=counts,
        seconds=st.none() | st.floats(0.001, 1e6),
    ),
    seeds=st.integers(1, 50),
    seed=st.integers(0, 2**30),
    only=st.none() | st.lists(names, max_size=3).map(tuple),
    fixed=st.dictionaries(names, values, max_size=3).map(
        lambda pairs: tuple(sorted(pairs.items()))
    ),
    validation_fraction=fractions,
    test_fraction=fractions,
    image_size=st.none() | st.tuples(counts, counts),
    options=st.dictionaries(names, values, max_size=3),
)
metrics = st.fixed_dictionaries(
    {
        # As on 10,000 validation images, the maximum that the score can order.
        "validation_accuracy": st.integers(0, 10_000).map(lambda right: right / 10_000),
        "validation_log_loss": st.integers(0, 9_000).map(lambda mils: mils / 1_000),
    }
)


@given(specs)
def test_spec_survives_json(spec: StudySpec) -> None:
    loaded = StudySpec.from_json(spec.to_json())
    assert loaded == spec
    assert [type(value) for _, value in loaded.fixed] == [
        type(value) for _, value in spec.fixed
    ]


def test_task_survives_json() -> None:
    task = TaskRecord(
        dataset="folder:Ordner ü",
        fingerprint="a",
        test_fingerprint="b",
        image_shape=(8, 9, 3),
        class_names=("kätzchen", "dog"),
        train=10,
        validation=4,
        test=3,
        seed=2,
    )
    assert TaskRecord.from_json(task.to_json()) == task


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("trials", 0),
        ("trials", -3),
        ("epochs", 0),
        ("patience", 0),
        ("time", 0.0),
        ("time", -2.0),
        ("seeds", 0),
        ("seed", -1),
        ("validation_fraction", 0.0),
        ("validation_fraction", 1.0),
        ("test_fraction", 1.5),
        ("test_fraction", float("nan")),
        ("folds", 1),
        ("images", 0),
        ("max_parameters", 0),
    ],
)
def test_value_out_of_range_is_refused_by_its_option(option: str, value: float) -> None:
    in_budget = {"trials", "epochs", "patience", "time"}
    name = "seconds" if option == "time" else option
    kind = Budget if option in in_budget else partial(StudySpec, family="vgg")
    with pytest.raises(UsageError) as refused:
        kind(**{name: value})
    message = str(refused.value)
    assert message.startswith("--" + option.replace("_", "-"))
    assert f"{value:g}" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("option", "value", "rule"),
    [
        ("noise_mean", -1.5, "--noise-mean must lie between -1 and 1, not -1.5"),
        ("noise_mean", float("nan"), "--noise-mean must lie between -1 and 1, not nan"),
        ("noise_variance", 3.0, "--noise-variance must lie between 0 and 1, not 3"),
        ("min_compression", 0.5, "--min-compression must lie between 1 and"),
        ("fid_network", "incept", "unknown fid network 'incept'; did you mean"),
    ],
)
def test_option_of_a_family_is_checked(option: str, value: object, rule: str) -> None:
    with pytest.raises(UsageError) as refused:
        StudySpec(family="any", options={option: value})
    assert str(refused.value).startswith(rule)


OTHER_VALUES = {
    "family": "lenet",
    "dataset": "mnist",
    "tuner": "random",
    "schedule": "asha",
    "budget": Budget(trials=21),
    "seeds": 4,
    "skip_default": True,
    "ensemble": 5,
    "seed": 1,
    "only": ("filters",),
    "fixed": (("dropout", 0.2),),
    "ranges": (("filters", "16..64"),),
    "validation_fraction": 0.2,
    "test_fraction": 0.2,
    "image_size": (32, 32),
    "backend": "jax",
    "max_parameters": 1000,
    "folds": 3,
    "classes_from": "leaf",
    "images": 500,
    "groups": "patients.csv",
    "task_type_name": "denoising",
    "options": {"noise_mean": 0.2},
    "portfolio": "first.json",
    "size": "base",
    "smallest_part": 100,
    "part_rungs": 2,
    "precision": "bfloat16",
}


def test_every_field_of_a_spec_is_part_of_its_identity() -> None:
    # The definition of a family and what a portfolio holds are part of the identity
    # of its search space.
    # A name is what titles have, and a search that fills its time may be extended.
    left_out = {"definition", "fills_time", "name", "portfolio_digest"}
    assert OTHER_VALUES.keys() == asdict(SPEC).keys() - left_out
    others = [replace(SPEC, **{name: value}) for name, value in OTHER_VALUES.items()]
    ids = {study_id(spec, "task", "space") for spec in [SPEC, *others]}
    assert len(ids) == 1 + len(OTHER_VALUES)


@pytest.mark.parametrize(
    "place",
    [
        {"dataset": "folder:/b/photos"},
        {"dataset": "npz:photos.npz"},
        {"name": "flowers"},
        {"groups": "/b/patients.csv"},
    ],
)
def test_place_and_name_of_images_are_no_part_of_a_studys_identity(place: dict) -> None:
    own = replace(SPEC, dataset="folder:a/photos")
    if "groups" in place:
        own = replace(own, groups="patients.csv")
    assert study_id(replace(own, **place), "", "") == study_id(own, "", "")


def test_study_without_newer_options_is_the_one_that_older_versions_stored() -> None:
    assert not {"ensemble", "precision"} & json.loads(SPEC.to_json()).keys()
    assert StudySpec.from_json(SPEC.to_json()) == SPEC


def test_every_option_of_a_family_is_part_of_a_studys_identity() -> None:
    options: list[dict] = [
        {},
        {"noise_mean": 0.2},
        {"noise_mean": 0.3},
        {"noise_variance": 0.2},
        {"weights": "random"},
    ]
    ids = {study_id(replace(SPEC, options=o), "task", "space") for o in options}
    assert len(ids) == len(options)


def test_order_of_options_is_no_part_of_a_studys_identity() -> None:
    options = {"noise_mean": 0.2, "noise_variance": 0.3}
    backwards = dict(reversed(options.items()))
    ids = {study_id(replace(SPEC, options=o), "", "") for o in (options, backwards)}
    assert len(ids) == 1


@pytest.mark.parametrize("change", [{"epochs": 51}, {"patience": 6}, {"seconds": 60.0}])
def test_every_part_of_a_budget_is_part_of_a_studys_identity(change: dict) -> None:
    other = replace(SPEC, budget=Budget(**change))
    assert study_id(other, "task", "space") != study_id(SPEC, "task", "space")


def test_identity_covers_data_and_space_and_is_the_same_every_time() -> None:
    ids = {study_id(SPEC, task, space) for task in "ab" for space in "ab"}
    assert len(ids) == 4
    assert study_id(StudySpec(family="vgg"), "a", "b") in ids


def test_digest_depends_on_where_a_text_ends() -> None:
    assert digest("ab", "c") != digest("a", "bc")


@given(metrics, metrics)
def test_score_orders_results_as_the_key_does(first: dict, second: dict) -> None:
    keys = TASK_TYPE.key(first), TASK_TYPE.key(second)
    scores = TASK_TYPE.score(first), TASK_TYPE.score(second)
    if keys[0] < keys[1]:
        assert scores[0] < scores[1]
    elif keys[0] == keys[1]:
        assert scores[0] == scores[1]
    else:
        assert scores[0] > scores[1]


def test_higher_accuracy_wins_and_lower_log_loss_breaks_the_tie() -> None:
    def key(accuracy: float, log_loss: float) -> tuple[float, float]:
        return TASK_TYPE.key(
            {"validation_accuracy": accuracy, "validation_log_loss": log_loss}
        )

    assert key(0.91, 5.0) > key(0.9, 0.1)
    assert key(0.9, 0.1) > key(0.9, 0.2)


def test_result_with_an_error_is_failed_and_over() -> None:
    assert TrialResult(error="ValueError: no").state is TrialState.FAILED
    assert TrialResult(metrics={"loss": 1.0}).state is TrialState.FINISHED
    assert [state.is_over for state in TrialState] == [False, True, True]


def test_study_of_before_parts_of_images_is_asked_for_without_them(
    stripes: Task,
) -> None:
    record = StudyRecord(
        id=study_id(SPEC, "task", "space"),
        spec=SPEC,
        task=stripes.record,
        state=StudyState.FINISHED,
        created=0.0,
    )
    assert record.is_asked_for(replace(SPEC, smallest_part=0), "task", "space")
    assert not record.is_asked_for(replace(SPEC, smallest_part=7), "task", "space")
