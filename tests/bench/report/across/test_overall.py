"""Families across data sets: which are ranked, and what is claimed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from bench import report
from bench.records import Budget, ReferenceRecord
from bench.report import boards, page_now
from bench.report.across import Overall, overall, overall_lines, sentences
from bench.report.plots import across_plots
from bench.report.plots.style import png
from bench.text import json_text

LETTERS = "abcdefghijkl"


@pytest.fixture
def fill(filler, task) -> Callable[..., None]:
    """Fill the store with families of two equal seeds, given as data set to scores."""

    def fill(
        scores: Mapping[str, Mapping[str, float]],
        spec: Mapping[str, object] | None = None,
        **changes: object,
    ) -> None:
        if "test_fingerprint" in changes:
            changes["fingerprint"] = changes["test_fingerprint"]
        for dataset, families in scores.items():
            for family, score in families.items():
                record = task(dataset, **changes)
                study = filler.study(family, task=record, seeds=2, **(spec or {}))
                filler.final(study, 0, score)
                filler.final(study, 1, score)

    return fill


@pytest.fixture
def across(filler) -> Callable[[], Overall]:
    def across() -> Overall:
        (found,) = overall(boards(filler.store))
        return found

    return across


def mean_ranks(across: Overall) -> dict[str, float | None]:
    return {
        s.name.partition(",")[0]: s.mean_rank and s.mean_rank.value
        for s in across.standings
    }


def many(count: int) -> dict[str, dict[str, float]]:
    """Data sets on which vgg is best, then lenet, then dense."""
    return {
        LETTERS[n]: {"vgg": 0.9, "lenet": 0.8 + n / 1000, "dense": 0.7}
        for n in range(count)
    }


def test_ranks_are_averaged_over_data_sets_and_ties_share_theirs(fill, across) -> None:
    fill({"digits": {"vgg": 0.98, "lenet": 0.9, "dense": 0.90001}})
    fill({"mnist": {"vgg": 0.95, "lenet": 0.98, "dense": 0.5}})
    assert mean_ranks(across()) == {"vgg": 1.5, "lenet": 1.75, "dense": 2.75}


def test_single_data_set_has_no_table_across_data_sets(filler, fill, task) -> None:
    fill({"digits": {"vgg": 0.9, "lenet": 0.8}})
    fill({"digits": {"vgg": 0.9}}, test_fingerprint="of seed 1", seed=1)
    assert overall(boards(filler.store)) == []


def test_data_sets_without_a_tested_family_do_not_count(filler, fill, task) -> None:
    fill({"digits": {"vgg": 0.9, "lenet": 0.8}})
    filler.study(task=task("mnist"))
    assert overall(boards(filler.store)) == []


def test_family_that_lacks_a_data_set_is_left_out_and_named(fill, across) -> None:
    fill({"digits": {"vgg": 0.9, "lenet": 0.8}, "mnist": {"vgg": 0.9, "lenet": 0.8}})
    fill({"digits": {"dense": 0.99}})
    assert mean_ranks(across()) == {"vgg": 1, "lenet": 2, "dense": None}
    assert any("dense, hyperband (not on mnist)" in s for s in sentences(across()))


def test_family_is_one_whatever_it_computes_in_unless_a_board_has_both(
    fill, across
) -> None:
    low = {"precision": "bfloat16"}
    fill({"digits": {"vgg": 0.98, "lenet": 0.9}, "mnist": {"lenet": 0.98}})
    fill({"mnist": {"vgg": 0.95}}, low)
    names = [standing.name for standing in across().standings]
    assert sorted(names) == ["lenet, hyperband", "vgg, hyperband"]
    fill({"mnist": {"lenet": 0.99}}, low)
    found = across()
    names = [standing.name for standing in found.standings]
    assert "lenet, bfloat16, hyperband" in names
    assert mean_ranks(found)["vgg"] == 1.5


def test_data_set_that_most_families_lack_is_left_out_and_named(fill, across) -> None:
    shared = {"vgg": 0.9, "lenet": 0.8, "dense": 0.7}
    fill({"digits": shared, "mnist": shared, "cifar10": {"vgg": 0.5}})
    assert mean_ranks(across()) == {"vgg": 1, "lenet": 2, "dense": 3}
    named = "cifar10 (without lenet, hyperband and dense, hyperband)"
    assert any(named in s for s in sentences(across()))


def test_families_that_share_no_two_data_sets_have_no_ranks(fill, across) -> None:
    fill({"digits": {"vgg": 0.9}, "mnist": {"lenet": 0.8}})
    assert mean_ranks(across()) == {"lenet": None, "vgg": None}
    assert "share two data sets" in sentences(across())[0]


def test_seeds_of_a_data_set_are_made_one(fill, across) -> None:
    fill({"digits": {"vgg": 0.9, "lenet": 0.8}, "mnist": {"vgg": 0.9, "lenet": 0.8}})
    for seed, vgg in ((1, 0.7), (2, 0.9)):
        fill({"digits": {"vgg": vgg, "lenet": 0.82}}, test_fingerprint=str(seed))
    (first, second) = across().standings
    assert first.scores == pytest.approx(((0.9 + 0.7 + 0.9) / 3, 0.9))
    assert (first.mean_rank.value, second.mean_rank.value) == (1, 2)
    assert [c.title for c in across().conditions] == ["digits", "mnist"]


def test_only_seeds_that_all_families_share_are_averaged(fill, across) -> None:
    fill({"digits": {"vgg": 0.9, "lenet": 0.8}, "mnist": {"vgg": 0.9, "lenet": 0.8}})
    fill({"digits": {"vgg": 0.1}}, test_fingerprint="hard images")
    assert across().standings[0].scores == pytest.approx((0.9, 0.9))


def test_two_sizes_of_a_data_set_count_once(fill, across) -> None:
    fill({"digits": {"vgg": 0.9, "lenet": 0.8}, "cats": {"vgg": 0.6, "lenet": 0.8}})
    fill(
        {"cats": {"vgg": 0.5, "lenet": 0.7}},
        test_fingerprint="large",
        image_shape=(48, 48, 3),
    )
    assert across().data_sets == ["cats", "digits"]
    assert mean_ranks(across()) == {"lenet": 1.5, "vgg": 1.5}
    titles = [condition.title for condition in across().conditions]
    assert titles == ["cats, 8×8×1, accuracy", "cats, 48×48×3, accuracy", "digits"]


def test_four_data_sets_give_a_table_and_no_claim(fill, across) -> None:
    fill(many(4))
    found = across()
    assert found.claims is None
    assert found.standings[0].mean_rank.low is None
    assert across_plots(found) == []
    assert "too few for a claim" in sentences(found)[-1]


def test_five_data_sets_say_that_no_pair_can_be_clear(fill, across) -> None:
    fill(many(5))
    found = across()
    assert found.claims.differ
    assert found.claims.clear == []
    assert found.claims.groups == [(0, 1, 2)]
    text = " ".join(sentences(found))
    assert "The families differ in rank (Friedman test, p < 0.001)." in text
    assert "gives p = 0.0625, which Holm's correction for 3 pairs raises to" in text
    assert "0.1875. At least 7 data sets are needed." in text
    assert "too narrow where they are as few as 5" in text


def test_seven_data_sets_can_tell_families_apart(fill, across) -> None:
    fill(many(7))
    found = across()
    assert found.claims.clear == [(0, 1), (0, 2), (1, 2)]
    assert found.claims.groups == []
    text = " ".join(sentences(found))
    assert "vgg, hyperband ranks better than lenet, hyperband and dense" in text
    assert found.standings[0].elo is None


def test_pairs_are_not_compared_if_families_do_not_differ_as_a_whole(
    fill, across
) -> None:
    # vgg is always ahead of lenet, and dense of mlp; alone, each pair would be clear.
    one = {"vgg": 0.9, "lenet": 0.8, "dense": 0.7, "mlp": 0.6}
    other = {"vgg": 0.7, "lenet": 0.6, "dense": 0.9, "mlp": 0.8}
    fill({n: (one, other)[place % 2] for place, n in enumerate(LETTERS[:8])})
    found = across()
    assert found.claims.pair_p[0, 2] < 0.05 or found.claims.pair_p[0, 3] < 0.05
    assert found.claims.clear == []
    assert any("not clear that the families differ" in s for s in sentences(found))


def test_ten_data_sets_give_elo_ratings_against_the_reference(
    fill, across, filler, task
) -> None:
    fill(many(10))
    for dataset in LETTERS[:10]:
        reference = ReferenceRecord(
            name="logistic_regression",
            metrics={"test_accuracy": 0.75, "test_log_loss": 1.0},
            parameters=650,
            seconds=0.2,
        )
        filler.store.add_reference(task(dataset).test_fingerprint, reference)
    found = across()
    vgg, lenet, dense = (standing.elo.value for standing in found.standings)
    assert found.anchor == "logistic_regression (reference)"
    assert vgg > lenet > 1000 > dense
    assert vgg - lenet == pytest.approx(1000 - dense)
    assert "logistic_regression (reference) has 1000" in sentences(found)[-1]
    assert all("Elo" in line for line in overall_lines(found))


def test_without_a_reference_everywhere_the_mean_elo_is_1000(fill, across) -> None:
    fill(many(10))
    ratings = [standing.elo.value for standing in across().standings]
    assert sum(ratings) / 3 == pytest.approx(1000)


def test_family_leads_where_it_is_first_or_not_worse(fill, across) -> None:
    fill({"digits": {"vgg": 0.9, "lenet": 0.8}, "mnist": {"vgg": 0.9, "lenet": 0.9}})
    assert [standing.leads for standing in across().standings] == [2, 1]


def test_score_that_is_no_number_ranks_last(fill, across) -> None:
    fill(many(4))
    fill({"e": {"vgg": float("nan"), "lenet": 0.8, "dense": 0.7}})
    assert mean_ranks(across()) == {"vgg": 1.4, "lenet": 1.8, "dense": 2.8}
    assert across().claims.test == "sign test"


def test_metrics_may_differ_between_data_sets(fill, across) -> None:
    fill(many(4))
    fill(
        {"e": {"vgg": 0.9, "lenet": 0.8, "dense": 0.7}},
        {"task_type_name": "classification by log loss"},
    )
    assert mean_ranks(across()) == {"vgg": 1, "lenet": 2, "dense": 3}
    assert across().claims.test == "sign test"


def test_different_budgets_are_said(fill, across, filler, task) -> None:
    fill({"digits": {"vgg": 0.9, "lenet": 0.8}, "mnist": {"vgg": 0.9}})
    assert not any("Budgets" in sentence for sentence in sentences(across()))
    study = filler.study("lenet", task=task("mnist"), budget=Budget(trials=99))
    filler.final(study, 0, 0.7)
    assert any("Budgets differ" in sentence for sentence in sentences(across()))


def test_report_shows_the_table_its_words_and_the_diagram(fill, filler, across) -> None:
    fill(many(5))
    (plot,) = across_plots(across())
    assert png(plot, "digest").startswith(b"\x89PNG")
    assert plot.name == "across-classification-ranks.png"
    text = report.write(filler.store, plots=False)[0].read_text()
    assert "## Across data sets" in text
    assert "1.00 \\[1.00, 1.00\\]" in text
    assert "-ranks.png" not in text
    assert json_text(report.as_json(boards(filler.store)))


def test_page_draws_the_ranks_only_where_they_are_tested(fill, filler) -> None:
    fill(many(4))
    assert "Critical-difference" not in page_now(filler.store, "index.html")
    fill({"e": {"vgg": 0.9, "lenet": 0.8, "dense": 0.7}})
    page = page_now(filler.store, "index.html")
    assert (
        page.count("<title>Critical-difference drawing of the mean ranks</title>") == 1
    )
    assert "vgg, hyperband  1.00" in page
    assert "3.00  dense, hyperband" in page
    assert '<th scope="row">vgg, hyperband</th><td class="number">1.00</td>' in page
