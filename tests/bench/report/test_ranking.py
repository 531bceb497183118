"""Ranks of rows, their intervals, and the best trial of a search."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench.records import (
    CLASSIFICATION,
    TASK_TYPES,
    Proposal,
    StudySpec,
    TrialRecord,
    TrialResult,
    TrialState,
)
from bench.records.selection import best_trial
from bench.report.ranking import Row, interval, overlaps_first, rank

ACCURACY = TASK_TYPES[CLASSIFICATION].ranked_by
SPEC = StudySpec(family="vgg")

fractions = st.floats(0, 1)
rows = st.lists(
    st.builds(
        Row,
        dataset=st.just("digits"),
        family=st.sampled_from(["vgg", "lenet", "dense"]),
        # Few different values make ties common.
        metrics=st.fixed_dictionaries(
            {
                "accuracy": st.sampled_from([0.5, 0.50001, 0.9, 0.98, 0.9800001, 1.0]),
                "log_loss": st.sampled_from([None, 0.1, 0.2]),
            }
        ),
        parameters=st.sampled_from([None, 10, 1000]),
        is_reference=st.booleans(),
    ),
    max_size=12,
).map(lambda drawn: [replace(r, study=f"{n:04}") for n, r in enumerate(drawn)])


def row(accuracy, half=None, **changes):
    low = None if half is None else accuracy - half
    high = None if half is None else accuracy + half
    return Row(
        dataset="digits",
        family=changes.pop("family", "vgg"),
        metrics={"accuracy": accuracy, "log_loss": changes.pop("log_loss", None)},
        low=low,
        high=high,
        **changes,
    )


def trial(number, accuracy, log_loss=0.5, epochs=10, state=TrialState.FINISHED):
    metrics = {"validation_accuracy": accuracy, "validation_log_loss": log_loss}
    return TrialRecord(
        number=number,
        proposal=Proposal(hyperparameters={}, epochs=epochs),
        seed=0,
        state=state,
        started=0.0,
        result=TrialResult(metrics=metrics, epochs=epochs),
    )


def test_interval_is_that_of_students_t():
    values = [0.90, 0.92, 0.95]
    expected = stats.t.interval(0.95, 2, loc=sum(values) / 3, scale=stats.sem(values))
    scores = interval(values, ACCURACY)
    assert (scores.low, scores.high) == pytest.approx(expected)


def test_one_seed_gives_a_mean_but_no_interval():
    scores = interval([0.97], ACCURACY)
    assert (scores.mean, scores.low, scores.high) == (0.97, None, None)


@given(st.lists(fractions, min_size=2, max_size=10))
def test_interval_contains_its_mean_and_stays_between_0_and_1(values):
    scores = interval(values, ACCURACY)
    assert 0 <= scores.low <= scores.mean + 1e-12
    assert scores.mean - 1e-12 <= scores.high <= 1


@st.composite
def rows_of_any_type(draw):
    """Rows of one task type, some with a score that is no number."""
    task_type = draw(st.sampled_from(list(TASK_TYPES.values())))
    names = [m.name for m in (task_type.ranked_by, *task_type.shown[:1])]
    values = st.sampled_from([0.0, 0.1, 0.10001, 0.5, math.inf, math.nan, -0.2])
    drawn = draw(
        st.lists(
            st.builds(
                Row,
                dataset=st.just("digits"),
                family=st.sampled_from(["vgg", "lenet"]),
                task_type=st.just(task_type),
                metrics=st.fixed_dictionaries({names[0]: values}).flatmap(
                    lambda first: st.fixed_dictionaries(
                        {
                            **{name: st.none() | values for name in names[1:]},
                            **{name: st.just(value) for name, value in first.items()},
                        }
                    )
                ),
                parameters=st.sampled_from([None, 10]),
                tuner=st.sampled_from(["grid", "random"]),
                is_reference=st.booleans(),
            ),
            min_size=2,
            max_size=10,
        )
    )
    return [replace(row, study=f"{n:04}") for n, row in enumerate(drawn)]


def places(ranked):
    """Studies with their ranks and marks, in their order."""
    marks = overlaps_first(ranked)
    return [(r.study, r.rank, mark) for r, mark in zip(ranked, marks, strict=True)]


@given(rows_of_any_type(), st.randoms(use_true_random=False))
def test_ranking_does_not_depend_on_the_order_of_rows(drawn, random):
    shuffled = list(drawn)
    random.shuffle(shuffled)
    assert places(rank(shuffled)) == places(rank(drawn))


@given(rows_of_any_type())
def test_worse_row_changes_nothing_above_it(drawn):
    *others, added = drawn
    before, after = places(rank(others)), places(rank(drawn))
    studies = [study for study, *_ in after]
    place = studies.index(added.study)
    assert after[:place] == before[:place]
    assert studies[:place] + studies[place + 1 :] == [study for study, *_ in before]


def test_score_that_is_no_number_comes_last_whichever_way_is_better():
    for task_type in TASK_TYPES.values():
        name = task_type.ranked_by.name
        of_values = [
            Row(
                dataset="digits",
                family=str(value),
                task_type=task_type,
                metrics={name: value},
            )
            for value in (math.nan, 0.5)
        ]
        assert [r.family for r in rank(of_values)] == ["0.5", "nan"]


@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_seeds_without_a_finite_score_have_no_interval(value):
    scores = interval([0.5, value], ACCURACY)
    assert (scores.low, scores.high) == (None, None)


@given(rows)
def test_rank_is_one_plus_the_number_of_rows_with_a_higher_rounded_score(drawn):
    shown = [round(r.score, 4) for r in drawn]
    for ranked in rank(drawn):
        better = sum(s > round(ranked.score, 4) for s in shown)
        assert ranked.rank == better + 1


@given(rows)
def test_ranking_keeps_exactly_the_given_rows(drawn):
    ranked = [replace(r, rank=None) for r in rank(drawn)]
    assert sorted(r.study for r in ranked) == sorted(r.study for r in drawn)
    assert all(r in drawn for r in ranked)


@given(rows, st.integers(0, 11))
def test_better_score_never_lowers_a_row(drawn, index):
    if not drawn:
        return
    chosen = drawn[index % len(drawn)]
    accuracy = {"accuracy": min(1.0, chosen.score + 0.1)}
    better = replace(chosen, metrics={**chosen.metrics, **accuracy})
    improved = [better if r is chosen else r for r in drawn]

    def rank_of_chosen(ranked):
        return next(r.rank for r in ranked if r.study == chosen.study)

    assert rank_of_chosen(rank(improved)) <= rank_of_chosen(rank(drawn))


def test_equal_means_share_a_rank_and_the_next_rank_is_left_out():
    ranked = rank([row(0.7), row(0.98), row(0.90004), row(0.9)])
    assert [r.rank for r in ranked] == [1, 2, 2, 4]


def test_ties_are_ordered_by_log_loss_then_parameters_then_names():
    ordered = [
        row(0.9, log_loss=0.1, parameters=9),
        row(0.9, log_loss=0.2, parameters=5, family="a", tuner="grid"),
        row(0.9, log_loss=0.2, parameters=5, family="a", tuner="random"),
        row(0.9, log_loss=0.2, parameters=5, family="b", study="1"),
        row(0.9, log_loss=0.2, parameters=5, family="b", study="2"),
        row(0.9, log_loss=0.2, parameters=7),
        row(0.9),
    ]
    assert [replace(r, rank=None) for r in rank(reversed(ordered))] == ordered


def test_references_are_ranked_among_the_others():
    ranked = rank([row(0.5), row(0.6, is_reference=True), row(0.7)])
    assert [(r.rank, r.is_reference) for r in ranked] == [
        (1, False),
        (2, True),
        (3, False),
    ]


@pytest.mark.parametrize(
    ("second", "overlaps"),
    [
        (row(0.97, 0.01), True),
        (row(0.95, 0.005), False),
        (row(0.95), True),
        (row(0.95, is_reference=True), False),
        (row(0.975, is_reference=True), True),
    ],
    ids=["overlap", "apart", "one seed", "reference below", "reference within"],
)
def test_rows_overlap_the_first_row_if_their_intervals_do_or_are_missing(
    second, overlaps
):
    assert overlaps_first([row(0.98, 0.008), second]) == [False, overlaps]


def test_all_rows_overlap_a_first_row_with_one_seed():
    ranked = [row(0.98), row(0.5, 0.01), row(0.1, is_reference=True)]
    assert overlaps_first(ranked) == [False, True, True]


def test_empty_board_has_no_overlaps():
    assert overlaps_first([]) == []


def test_best_trial_has_the_highest_validation_accuracy():
    assert best_trial([trial(0, 0.8), trial(1, 0.9), trial(2, 0.7)], SPEC).number == 1


@pytest.mark.parametrize(
    "better",
    [trial(5, 0.9, log_loss=0.4), trial(5, 0.9, epochs=11), trial(0, 0.9)],
    ids=["log loss", "epochs", "number"],
)
def test_ties_between_trials_are_broken(better):
    other = trial(1, 0.9)
    assert (
        best_trial([other, better], SPEC) is best_trial([better, other], SPEC) is better
    )


@pytest.mark.parametrize(
    "unfit",
    [
        trial(0, 0.99, state=TrialState.FAILED),
        trial(0, 0.99, state=TrialState.RUNNING),
        trial(0, float("nan")),
    ],
    ids=["failed", "running", "not a number"],
)
def test_only_finished_trials_with_a_score_can_be_best(unfit):
    assert best_trial([unfit], SPEC) is None
    assert best_trial([unfit, trial(1, 0.1)], SPEC).number == 1
