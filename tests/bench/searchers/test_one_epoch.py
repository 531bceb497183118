"""One epoch for all, all epochs for the best few."""

from __future__ import annotations

from collections.abc import Callable


def test_best_three_of_all_are_finished(make: Callable, search: Callable) -> None:
    done = search(make("one-epoch", trials=8), at_once=3)
    first, rest = done.proposals[:8], done.proposals[8:]
    assert {p.epochs for p in first} == {1}
    assert {p.epochs for p in rest} == {9}
    scores = {n: done.results[n].metrics["validation_accuracy"] for n in range(8)}
    expected = sorted(scores, key=lambda n: -scores[n])[:3]
    assert [p.parent for p in rest] == expected
    for proposal in rest:
        assert proposal.hyperparameters == first[proposal.parent].hyperparameters


def test_failed_trials_are_not_finished(make: Callable, search: Callable) -> None:
    done = search(make("one-epoch", trials=4), fails=lambda number: number != 2)
    assert [p.parent for p in done.proposals[4:]] == [2]


def test_budget_of_one_epoch_leaves_nothing_to_finish(
    make: Callable, search: Callable
) -> None:
    assert len(search(make("one-epoch", trials=4, epochs=1)).proposals) == 4
