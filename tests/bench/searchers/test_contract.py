"""The contract that every searcher must fulfil, with and without a schedule."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import keras_tuner
import pytest

from bench import searchers
from bench.errors import UsageError
from bench.records import Budget, Origin, Proposal, TrialResult, Value
from bench.searchers import SCHEDULES, TUNERS, Searcher, SearchProblem
from bench.searchers.space import active
from tests.bench.searchers.conftest import Event, make_folds

Make = Callable[..., Searcher]

SCHEDULED = [
    f"{tuner}+{schedule}"
    for tuner, entry in TUNERS.items()
    for schedule in SCHEDULES
    if entry.samples
]
every_searcher = pytest.mark.parametrize("name", [*TUNERS, *SCHEDULED])
every_tuner = pytest.mark.parametrize("name", TUNERS)
chooses_freely = pytest.mark.parametrize(
    "name",
    [
        name
        for name in (*TUNERS, *SCHEDULED)
        if "grid" not in name and name != "sklearn-halving"
    ],
)
every_scheduled = pytest.mark.parametrize("name", SCHEDULED)


def key(proposal: Proposal) -> tuple:
    return tuple(sorted(proposal.hyperparameters.items()))


def repeat(searcher: Searcher, log: Sequence[Event], *, resumes: bool = False) -> None:
    """Repeat the calls of another searcher, and check that the answers are the same.

    Args:
        searcher: A searcher that was in the same state.
        log: The calls.
        resumes: Whether proposals are replayed by ``resume`` instead of ``ask``.
    """
    for call, number, content in log:
        if call == "ask" and resumes:
            assert searcher.resume(number, content) == content
        elif call == "ask":
            assert searcher.ask(number) == content
        elif call == "report":
            epoch, metrics, continues = content
            assert searcher.report(number, epoch, metrics) == continues
        else:
            searcher.tell(number, content)


@every_searcher
@pytest.mark.parametrize("trials", [1, 2, 5])
def test_as_many_configurations_start_as_asked_for(
    name: str, trials: int, make: Make, search: Callable
) -> None:
    done = search(make(name, trials=trials))
    assert len(done.configurations) == trials
    assert len(set(map(key, done.configurations))) == trials


@every_searcher
def test_proposals_lie_in_the_space(
    name: str, make: Make, search: Callable, space: keras_tuner.HyperParameters
) -> None:
    allowed = {entry.name: entry for entry in space.space}
    for proposal in search(make(name)).proposals:
        assert 1 <= proposal.epochs <= 9
        for hyperparameter, value in proposal.hyperparameters.items():
            entry = allowed[hyperparameter]
            if hyperparameter in ("width", "optimizer"):
                assert value in entry.values
            else:
                assert entry.min_value <= value <= entry.max_value
            assert type(value) is type(entry.default)


@every_searcher
def test_inactive_hyperparameters_are_not_proposed(
    name: str, make: Make, search: Callable
) -> None:
    always = {"depth", "width", "dropout", "optimizer"}
    condition = {"adam": {"rate"}, "sgd": {"momentum"}}
    for proposal in search(make(name)).proposals:
        values = proposal.hyperparameters
        assert values.keys() == always | condition[values["optimizer"]]


@every_searcher
@pytest.mark.parametrize("at_once", [1, 3])
def test_same_seed_proposes_the_same(
    name: str, at_once: int, make: Make, search: Callable
) -> None:
    first, again = (search(make(name), at_once=at_once) for _ in range(2))
    assert first.proposals == again.proposals


@chooses_freely
def test_first_trial_has_the_default_configuration(
    name: str, make: Make, search: Callable, space: keras_tuner.HyperParameters
) -> None:
    done = search(make(name, trials=4))
    first, *others = done.configurations
    assert first.hyperparameters == active(space, {})
    assert first.origin is Origin.DEFAULT
    assert all(other.origin is not Origin.DEFAULT for other in others)


@pytest.mark.parametrize("name", ["grid", "sklearn-grid"])
def test_grid_knows_its_default_configuration(
    name: str, make: Make, search: Callable, tiny_space: keras_tuner.HyperParameters
) -> None:
    proposals = search(make(name, trials=7, space=tiny_space)).proposals
    default = active(tiny_space, {})
    assert any(each.hyperparameters == default for each in proposals)
    for each in proposals:
        is_default = each.hyperparameters == default
        assert each.origin is (Origin.DEFAULT if is_default else Origin.GRID)
    resumed, stored = make(name, trials=7, space=tiny_space), proposals[0]
    stored = replace(stored, origin=Origin.GRID)  # by an older version
    assert resumed.resume(0, stored) == stored


@chooses_freely
def test_configurations_that_a_family_names_follow_the_default_one(
    name: str, search: Callable, space: keras_tuner.HyperParameters
) -> None:
    tuner, _, schedule = name.partition("+")
    default = active(space, {})
    starts = tuple(active(space, {"width": width}) for width in (64, 8))
    problem = SearchProblem(
        space=space,
        budget=Budget(trials=6, epochs=9),
        seed=0,
        starts=starts,
        folds=make_folds() if TUNERS[tuner].cross_validates else None,
    )
    done = search(searchers.create(tuner, problem, schedule or None))
    first = [proposal.hyperparameters for proposal in done.configurations[:3]]
    assert first == [default, *starts]
    assert len({key(proposal) for proposal in done.configurations}) == 6


@pytest.mark.parametrize(
    "name", ["hyperband", "random", "bayesian", "one-epoch", *SCHEDULED[:2]]
)
def test_search_goes_on_although_what_it_avoided_is_not_known_any_more(
    name: str, make: Make, search: Callable
) -> None:
    searcher, asked = make(name, trials=12), []

    def is_avoided(values: Mapping[str, Value]) -> bool:
        asked.append(values)
        return len(asked) > 3 and values["width"] > 16  # as time gets short

    searcher.avoid(is_avoided)
    done = search(searcher, at_once=2)
    widths = [proposal.hyperparameters["width"] for proposal in done.configurations]
    assert len(asked) > len(widths) == 12
    assert max(widths[3:]) == 16
    repeat(make(name, trials=12), done.log, resumes=True)


@pytest.mark.parametrize(
    "name", ["hyperband", "random", "bayesian", "one-epoch", *SCHEDULED[:2]]
)
def test_stored_trials_after_a_gap_are_taken_as_they_were(
    name: str, make: Make, search: Callable
) -> None:
    """The store lacks one trial, in whose place another configuration is drawn now."""
    done = search(make(name, trials=12), at_once=2)
    number = done.proposals.index(done.configurations[6])
    missing, resumed = done.proposals[number], make(name, trials=12)
    resumed.avoid(lambda values: values == missing.hyperparameters)
    for call, number_then, content in done.log:
        if call == "ask" and number_then == number:
            assert resumed.ask(number).hyperparameters != missing.hyperparameters
        elif call == "ask":
            again = resumed.resume if number_then < number else resumed.adopt
            assert again(number_then, content) == content
        elif call == "report":
            resumed.report(number_then, *content[:2])
        else:
            resumed.tell(number_then, content)


@pytest.mark.parametrize("name", ["hyperband", "random", "bayesian"])
def test_avoided_configurations_are_tried_when_no_other_is_left(
    name: str, make: Make, search: Callable, tiny_space: keras_tuner.HyperParameters
) -> None:
    searcher = make(name, trials=7, space=tiny_space)
    searcher.avoid(lambda values: values["depth"] > 3)
    done = search(searcher)
    depths = [proposal.hyperparameters["depth"] for proposal in done.configurations]
    assert sorted(depths) == list(range(1, 8))
    assert set(depths[:3]) == {1, 2, 3}
    repeat(make(name, trials=7, space=tiny_space), done.log, resumes=True)


@pytest.mark.parametrize("name", ["hyperband", "random", "bayesian", "one-epoch"])
def test_default_configuration_is_the_first_when_everything_is_avoided(
    name: str, make: Make, search: Callable, space: keras_tuner.HyperParameters
) -> None:
    searcher = make(name, trials=4)
    searcher.avoid(lambda values: True)
    done = search(searcher)
    origins = [proposal.origin for proposal in done.configurations]
    assert origins == [Origin.DEFAULT, *[Origin.RANDOM] * 3]
    assert done.configurations[0].hyperparameters == active(space, {})
    repeat(make(name, trials=4), done.log, resumes=True)


@chooses_freely
def test_refused_default_configuration_is_not_tried(
    name: str, search: Callable, tiny_space: keras_tuner.HyperParameters
) -> None:
    tuner, _, schedule = name.partition("+")
    folds = make_folds() if TUNERS[tuner].cross_validates else None
    problem = SearchProblem(
        space=tiny_space,
        budget=Budget(trials=20, epochs=9),
        seed=0,
        accepts=lambda values: values["depth"] > 1,
        folds=folds,
    )
    done = search(searchers.create(tuner, problem, schedule or None))
    depths = [proposal.hyperparameters["depth"] for proposal in done.configurations]
    assert sorted(depths) == list(range(2, 8))


@chooses_freely
def test_seed_zero_and_its_neighbours_draw_different_configurations(
    name: str, make: Make, search: Callable
) -> None:
    configurations = [
        set(map(key, search(make(name, seed=seed)).configurations[1:]))
        for seed in (0, 1, 2)
    ]
    for first, second in combinations(configurations, 2):
        assert not first & second


@pytest.mark.parametrize("name", ["sklearn-grid", "sklearn-halving"])
def test_seed_zero_and_its_neighbours_sample_a_grid_differently(
    name: str, make: Make, search: Callable
) -> None:
    configurations = [
        set(map(key, search(make(name, seed=seed)).configurations))
        for seed in (0, 1, 2)
    ]
    for first, second in combinations(configurations, 2):
        assert first != second


@every_searcher
@pytest.mark.parametrize("stop", [1, 3, 5])
def test_replayed_search_continues_with_the_same_proposals(
    name: str, stop: int, make: Make, search: Callable
) -> None:
    done = search(make(name), fails=lambda number: number == 2)
    asks = [n for n, (call, *_) in enumerate(done.log) if call == "ask"]
    cut = asks[stop] if stop < len(asks) else len(done.log)
    replayed = make(name)
    repeat(replayed, done.log[:cut], resumes=bool(replayed.rungs))
    repeat(replayed, done.log[cut:])
    assert replayed.ask(len(done.proposals)) is None


@every_tuner
def test_searcher_without_rungs_resumes_as_it_is_asked(
    name: str, make: Make, search: Callable
) -> None:
    done = search(make(name))
    repeat(make(name), done.log, resumes=True)


@every_scheduled
@pytest.mark.parametrize("cut", [7, 20, 33])
def test_interrupted_search_with_rungs_resumes_promotions(
    name: str, cut: int, make: Make, search: Callable
) -> None:
    """The calls are cut anywhere, with trials in flight and between epochs."""
    done = search(make(name, trials=9), at_once=3, ends=lambda count: count // 2)
    assert any(proposal.parent is not None for proposal in done.proposals)
    for end in (cut, len(done.log)):
        resumed = make(name, trials=9)
        repeat(resumed, done.log[:end], resumes=True)
        repeat(resumed, done.log[end:])
        assert resumed.ask(len(done.proposals)) is None


@every_tuner
def test_searcher_without_rungs_ends_no_trial(name: str, make: Make) -> None:
    searcher = make(name)
    assert list(searcher.rungs) == []
    proposal = searcher.ask(0)
    for epoch in range(1, proposal.epochs + 1):
        for accuracy in (0.9, 0.0):
            metrics = {"validation_accuracy": accuracy, "validation_log_loss": 9.0}
            assert searcher.report(0, epoch, metrics) is True


@every_scheduled
@pytest.mark.parametrize("epochs", [1, 2, 3, 9, 10, 50, 81])
def test_rungs_rise_and_stay_below_the_epochs_of_the_budget(
    name: str, epochs: int, make: Make
) -> None:
    rungs = list(make(name, epochs=epochs).rungs)
    assert rungs == sorted(set(rungs))
    assert all(1 <= rung < epochs for rung in rungs)
    assert bool(rungs) == (epochs >= 3)


@every_scheduled
def test_trials_end_at_rungs_only(name: str, make: Make, search: Callable) -> None:
    searcher = make(name, trials=9)
    done = search(searcher)
    ends = {result.epochs for result in done.results.values()}
    assert ends <= {*searcher.rungs, 9}
    assert ends & set(searcher.rungs)
    assert 9 in ends


@every_searcher
@pytest.mark.parametrize("every", [1, 2, 3])
@pytest.mark.parametrize("at_once", [1, 3])
def test_failures_anywhere_are_tolerated(
    name: str, every: int, at_once: int, make: Make, search: Callable
) -> None:
    done = search(
        make(name, trials=7),
        at_once=at_once,
        fails=lambda number: number % every == 0,
    )
    assert len(done.configurations) == 7
    for proposal in done.proposals:
        if proposal.parent is not None:
            assert done.results[proposal.parent].error is None


@every_searcher
@pytest.mark.parametrize("at_once", [1, 3])
def test_exhausted_space_ends_the_search(
    name: str,
    at_once: int,
    make: Make,
    search: Callable,
    tiny_space: keras_tuner.HyperParameters,
) -> None:
    done = search(make(name, trials=20, space=tiny_space), at_once=at_once)
    tried = [proposal.hyperparameters["depth"] for proposal in done.configurations]
    assert sorted(tried) == list(range(1, 8))


@every_searcher
def test_space_of_one_configuration_is_tried_once(
    name: str, make: Make, search: Callable
) -> None:
    hp = keras_tuner.HyperParameters()
    hp.Fixed("depth", 3)
    done = search(make(name, trials=10, space=hp))
    assert [p.hyperparameters for p in done.configurations] == [{"depth": 3}]


@every_tuner
def test_only_exhaustive_searchers_count_their_candidates(
    name: str, make: Make, search: Callable
) -> None:
    searcher = make(name, trials=4)
    expected = 4 if TUNERS[name].exhaustive else None
    assert searcher.candidates == expected
    assert len(search(searcher).configurations) == 4


@every_searcher
def test_hyperparameter_found_while_building_is_searched_from_then_on(
    name: str, make: Make
) -> None:
    if name in TUNERS and TUNERS[name].cross_validates:
        pytest.skip("scikit-learn is given the whole space at the start")
    late_space = keras_tuner.HyperParameters()
    late_space.Choice("late", ["a", "b", "c"])
    hp = keras_tuner.HyperParameters()
    hp.Choice("width", [8, 16, 32, 64])
    searcher = make(name, trials=7, epochs=1, space=hp)
    proposals = []
    while (proposal := searcher.ask(len(proposals))) is not None:
        result = TrialResult(
            metrics={
                "validation_accuracy": 0.1 * len(proposals),
                "validation_log_loss": 1.0,
            },
            space=None if proposals else late_space.get_config(),
        )
        searcher.tell(len(proposals), result)
        proposals.append(proposal)
    assert "late" not in proposals[0].hyperparameters
    late = [p.hyperparameters.get("late") for p in proposals[1:]]
    assert len(set(late)) > 1
    assert set(late) <= {"a", "b", "c"}


@every_searcher
def test_creating_a_searcher_leaves_the_space_as_it_was(
    name: str, make: Make, space: keras_tuner.HyperParameters, search: Callable
) -> None:
    before = space.get_config()
    search(make(name, trials=3, epochs=3, space=space))
    assert space.get_config() == before


@every_tuner
def test_misspelt_tuner_is_refused_with_the_nearest(name: str) -> None:
    with pytest.raises(UsageError, match=f"did you mean {name!r}"):
        searchers.check_name(name + "x")


def test_grid_has_no_place_for_a_portfolio() -> None:
    searchers.check_portfolio("first.json", "random")
    searchers.check_portfolio("none", "grid")
    with pytest.raises(UsageError, match="'grid' tries a grid: choose another"):
        searchers.check_portfolio("first.json", "grid")
