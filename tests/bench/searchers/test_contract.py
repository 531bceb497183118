"""What every searcher in the table promises."""

from collections.abc import Callable
from itertools import combinations

import keras_tuner
import pytest

from bench import searchers
from bench.errors import UsageError
from bench.records import TrialResult

Make = Callable[..., searchers.Searcher]

pytestmark = pytest.mark.parametrize("tuner", searchers.TUNERS)


def key(proposal) -> tuple:
    return tuple(sorted(proposal.hyperparameters.items()))


@pytest.mark.parametrize("trials", [1, 2, 5])
def test_as_many_configurations_start_as_asked_for(
    tuner: str, trials: int, make: Make, search: Callable
) -> None:
    done = search(make(tuner, trials=trials))
    assert len(done.configurations) == trials
    assert len(set(map(key, done.configurations))) == trials


def test_proposals_lie_in_the_space(
    tuner: str, make: Make, search: Callable, space: keras_tuner.HyperParameters
) -> None:
    allowed = {entry.name: entry for entry in space.space}
    for proposal in search(make(tuner)).proposals:
        assert 1 <= proposal.epochs <= 9
        for name, value in proposal.hyperparameters.items():
            entry = allowed[name]
            if name in ("width", "optimizer"):
                assert value in entry.values
            else:
                assert entry.min_value <= value <= entry.max_value
            assert type(value) is type(entry.default)


def test_inactive_hyperparameters_are_not_proposed(
    tuner: str, make: Make, search: Callable
) -> None:
    always = {"depth", "width", "dropout", "optimizer"}
    condition = {"adam": {"rate"}, "sgd": {"momentum"}}
    for proposal in search(make(tuner)).proposals:
        values = proposal.hyperparameters
        assert values.keys() == always | condition[values["optimizer"]]


@pytest.mark.parametrize("at_once", [1, 3])
def test_same_seed_proposes_the_same(
    tuner: str, at_once: int, make: Make, search: Callable
) -> None:
    first, again = (search(make(tuner), at_once=at_once) for _ in range(2))
    assert first.proposals == again.proposals


def test_seed_zero_and_its_neighbours_propose_different_things(
    tuner: str, make: Make, search: Callable
) -> None:
    if tuner == "grid":
        pytest.skip("a grid has an order, and no use for a seed")
    runs = [
        set(map(key, search(make(tuner, seed=seed)).configurations))
        for seed in (0, 1, 2)
    ]
    for first, second in combinations(runs, 2):
        assert not first & second


@pytest.mark.parametrize("stop", [1, 3, 5])
def test_replayed_results_lead_to_the_same_proposals(
    tuner: str, stop: int, make: Make, search: Callable
) -> None:
    whole = search(make(tuner), fails=lambda number: number == 2)
    replayed = make(tuner)
    for number in range(stop):
        assert replayed.ask(number) == whole.proposals[number]
        replayed.tell(number, whole.results[number])
    for number in range(stop, len(whole.proposals)):
        assert replayed.ask(number) == whole.proposals[number]
        replayed.tell(number, whole.results[number])
    assert replayed.ask(len(whole.proposals)) is None


@pytest.mark.parametrize("every", [1, 2, 3])
@pytest.mark.parametrize("at_once", [1, 3])
def test_failures_anywhere_are_tolerated(
    tuner: str, every: int, at_once: int, make: Make, search: Callable
) -> None:
    done = search(
        make(tuner, trials=7),
        at_once=at_once,
        fails=lambda number: number % every == 0,
    )
    assert len(done.configurations) == 7
    for proposal in done.proposals:
        if proposal.parent is not None:
            assert done.results[proposal.parent].error is None


@pytest.mark.parametrize("at_once", [1, 3])
def test_finite_space_that_is_used_up_ends_the_search(
    tuner: str,
    at_once: int,
    make: Make,
    search: Callable,
    tiny_space: keras_tuner.HyperParameters,
) -> None:
    done = search(make(tuner, trials=20, space=tiny_space), at_once=at_once)
    tried = [proposal.hyperparameters["depth"] for proposal in done.configurations]
    assert sorted(tried) == list(range(1, 8))


def test_space_of_one_configuration_is_tried_once(
    tuner: str, make: Make, search: Callable
) -> None:
    hp = keras_tuner.HyperParameters()
    hp.Fixed("depth", 3)
    done = search(make(tuner, trials=10, space=hp))
    assert [p.hyperparameters for p in done.configurations] == [{"depth": 3}]


def test_hyperparameter_found_while_building_is_searched_from_then_on(
    tuner: str, make: Make
) -> None:
    if searchers.TUNERS[tuner].cross_validates:
        pytest.skip("scikit-learn is given the whole space at the start")
    found = keras_tuner.HyperParameters()
    found.Choice("late", ["a", "b", "c"])
    hp = keras_tuner.HyperParameters()
    hp.Choice("width", [8, 16, 32, 64])
    searcher = make(tuner, trials=7, epochs=1, space=hp)
    proposals = []
    while (proposal := searcher.ask(len(proposals))) is not None:
        result = TrialResult(
            metrics={
                "validation_accuracy": 0.1 * len(proposals),
                "validation_log_loss": 1.0,
            },
            space=None if proposals else found.get_config(),
        )
        searcher.tell(len(proposals), result)
        proposals.append(proposal)
    assert "late" not in proposals[0].hyperparameters
    late = [p.hyperparameters.get("late") for p in proposals[1:]]
    assert len(set(late)) > 1
    assert set(late) <= {"a", "b", "c"}


def test_creating_a_searcher_leaves_the_space_as_it_was(
    tuner: str, make: Make, space: keras_tuner.HyperParameters, search: Callable
) -> None:
    before = space.get_config()
    search(make(tuner, trials=3, epochs=3, space=space))
    assert space.get_config() == before


def test_misspelt_tuner_is_refused_with_the_nearest(tuner: str) -> None:
    with pytest.raises(UsageError, match=f"did you mean {tuner!r}"):
        searchers.check_name(tuner + "x")
