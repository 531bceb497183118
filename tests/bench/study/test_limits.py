"""Studies with a time budget, by a clock that moves only where a test says so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

from bench.errors import StudyError
from bench.records import (
    EPOCH_SHARE,
    Budget,
    Proposal,
    Role,
    StudySpec,
    StudyState,
    TrialResult,
)
from bench.store import Store
from bench.study.progress import Progress
from bench.study.time_budget import TimeBudget

START = 1_000_000.0

STEP_SECONDS = 5

FAMILY = f"""
import time
import keras

class Slow(keras.layers.Layer):
    def __init__(self, fails):
        super().__init__()
        self.fails = fails

    def call(self, images, training=None):
        if training and self.fails:
            raise ValueError("the default configuration does not work")
        if training:
            time.monotonic.passes({STEP_SECONDS})  # the clock of the test
        return images

def build(hp):
    hp.Fixed("batch_size", 10)
    units = hp.Int("units", 4, 12)
    model = keras.Sequential([
        keras.layers.Input((6, 6, 1)),
        Slow(fails=units == 4),
        keras.layers.Flatten(),
        keras.layers.Dense(units, activation="relu"),
        keras.layers.Dense(3, activation="softmax"),
    ])
    model.compile("adam", "sparse_categorical_crossentropy", run_eagerly=True)
    return model
"""

FROZEN = """
import keras
from search_spaces.family import Extractor, Family

class Frozen(Family):
    def declare(self, hp):
        hp.Choice("network", {networks})
        hp.Int("units", 1, 99)

    def extractor(self, hp):
        network = hp.get("network")

        def make(augments):
            inputs = keras.Input((6, 6, 1))
            outputs = keras.layers.Flatten()(inputs)
            return keras.Model(inputs, outputs, name=network)

        products = {"quick": 1, "slow": 20}.get(network)
        return Extractor(name=network, make=make, products=products)

    def head(self, hp, features):
        return features
"""

WARMED_UP = (
    FROZEN
    + """
    def warm_up(self, hp):
        from dataclasses import replace
        from search_spaces.family import WarmUp

        pooled = replace(self.extractor(hp), name="pooled")
        return WarmUp(extractor=pooled, build=None, epochs=1, learning_rate=0.1)
"""
)


class Clock:
    """A monotonic clock that stands still until time passes."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, keras_started: None) -> Clock:
    clock = Clock()
    monkeypatch.setattr("time.monotonic", clock)
    monkeypatch.setattr("time.perf_counter", clock)
    return clock


@pytest.fixture
def search(
    run_study: Callable[..., Any], tmp_path: Path, clock: Clock
) -> Callable[..., Any]:
    """Searches a family within 100 s; returns progress, trials and both finals."""

    def search(family: str, *, fills_time: bool = False, **budget: Any) -> Any:
        path = tmp_path / "theirs.py"
        path.write_text(dedent(family))
        name = "Frozen" if "Frozen" in family else "build"
        spec = StudySpec(
            family=f"{path}:{name}",
            tuner="random",
            budget=Budget(seconds=100.0, **budget),
            seeds=2,
            fills_time=fills_time,
        )
        progress = run_study(spec, tmp_path / "results")
        with Store(tmp_path / "results", read_only=True) as store:
            (record,) = store.studies()
            assert record.state is StudyState.FINISHED
            finals = [
                store.finals(record.id, role) for role in (Role.FINAL, Role.DEFAULT)
            ]
            return progress.said, store.trials(record.id), *finals

    return search


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> dict[str, float]:
    """Seconds that frozen networks take for an image, by their names."""
    from bench.training import feature_file

    seconds: dict[str, float] = {}
    predicted = feature_file._predicted

    def predict_slowly(
        network: Any, images: np.ndarray, seed: int, reach: Any
    ) -> np.ndarray:
        clock.passes(seconds[network.name] * len(images))
        return predicted(network, images, seed, reach)

    monkeypatch.setattr(feature_file, "PART", 10)
    monkeypatch.setattr(feature_file, "_predicted", predict_slowly)
    return seconds


def test_first_epoch_that_the_budget_cannot_hold_is_cut_and_said(
    search: Callable[..., Any], clock: Clock
) -> None:
    family = FAMILY.replace(f"passes({STEP_SECONDS})", "passes(20)")
    said, trials, finals, defaults = search(family, trials=9, epochs=9, patience=9)
    # An epoch of 6 steps takes 120 s, the search has 50.
    trained = [trial.result for trial in trials if trial.result.error is None]
    assert [result.metrics[EPOCH_SHARE] for result in trained] == [
        pytest.approx(30 / 58, abs=0.03)
    ]
    (final,) = finals  # with the first seed alone, but of a whole epoch
    assert final.epochs == 1
    assert EPOCH_SHARE not in final.metrics
    assert final.note.startswith("time was up after 1 of 9 epochs")
    left_out = "time was up before the best configuration was trained with 1 more seed"
    assert left_out in said
    assert not defaults
    assert "--time 1m40s is too short for an epoch of " in said[0]
    assert "which takes about 1m54s: trials end within their first" in said[0]
    assert clock.now - START <= 100 * 1.1 + 120


def test_best_configuration_is_trained_before_the_default_one(
    search: Callable[..., Any], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.study.time_budget.MAX_RESERVE", 0.65)
    said, _, finals, defaults = search(FAMILY, trials=9, epochs=1)
    assert [EPOCH_SHARE in final.metrics for final in finals] == [False, False]
    assert not defaults
    expected = "time was up before the default configuration was trained with 2 seeds"
    assert expected in said
    assert clock.now - START <= 110


def test_search_that_fills_its_time_leaves_enough_for_final_trainings(
    search: Callable[..., Any], clock: Clock, frozen: dict[str, float]
) -> None:
    networks = [f"network_{number}" for number in range(30)]
    frozen |= dict.fromkeys(networks, 0.05)
    family = FROZEN.replace("{networks}", str(networks))
    said, trials, finals, defaults = search(family, fills_time=True, trials=1, epochs=1)
    assert len(trials) > 1
    assert said[0].startswith(f"time is up after {len(trials)} trials")
    assert len(finals) == len(defaults) == 2
    assert clock.now - START <= 110


def test_configuration_whose_features_do_not_fit_gives_way_to_cheaper_ones(
    search: Callable[..., Any], clock: Clock, frozen: dict[str, float]
) -> None:
    frozen |= {"slow": 2.0, "quick": 0.1}
    family = FROZEN.replace("{networks}", '["slow", "quick"]')
    _, trials, finals, defaults = search(family, trials=9, epochs=1)
    errors = {
        trial.proposal.hyperparameters["network"]: trial.result.error
        for trial in trials
    }
    assert errors["quick"] is None
    assert errors["slow"].startswith(
        "CutShortError: features of its frozen network would take about "
    )
    assert len(trials) > 2
    # Its latency alone takes most of what is left.
    assert [final.seed for final in finals] == [0]
    assert not defaults
    assert clock.now - START < 50


def test_network_that_would_take_much_of_the_time_is_not_drawn_after_a_result(
    search: Callable[..., Any], frozen: dict[str, float]
) -> None:
    frozen |= {"quick": 0.02, "slow": 0.4}
    family = FROZEN.replace("{networks}", '["quick", "slow"]')
    _, trials, _, _ = search(family, trials=9, epochs=1)
    networks = [trial.proposal.hyperparameters["network"] for trial in trials]
    assert networks == ["quick"] * 9


def test_features_of_one_configuration_are_computed_whatever_they_cost(
    search: Callable[..., Any], clock: Clock, frozen: dict[str, float]
) -> None:
    frozen |= {"slow": 2.0}
    family = FROZEN.replace("{networks}", '["slow"]')
    said, trials, finals, _ = search(family, trials=9, epochs=1)
    states = [trial.result.error is None for trial in trials]
    assert states == [False, True]
    assert [final.seed for final in finals] == [0]
    expected = "trial 1 goes on beyond --time 1m40s, since one trial must give a result"
    assert said[0] == expected


class TwoWorkers:
    """An executor of two workers that keeps requests, and fails all of them."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.keys: list[int] = []
        self._waiting: list[int] = []

    @property
    def free(self) -> int:
        return 2 - len(self._waiting)

    @property
    def in_flight(self) -> int:
        return len(self._waiting)

    def submit(self, key: int, request: Any, **_: Any) -> None:
        self.requests.append(request)
        self.keys.append(key)
        self._waiting.append(key)

    def collect(self, on_epoch: Callable[..., bool]) -> tuple[int, Any]:
        return self._waiting.pop(0), TrialResult(error="failed")


@pytest.fixture
def interrupted(
    run_study: Callable[..., Any],
    prepare: Callable[..., Any],
    write_family: Callable[[str], str],
    clock: Clock,
    tmp_path: Path,
) -> Iterator[Any]:
    """A study of 100 s and three seeds, after its first trial, on two workers."""
    from bench.study.context import RunContext

    spec = StudySpec(
        family=write_family(""),
        tuner="random",
        budget=Budget(trials=2, epochs=1, seconds=100.0),
        seeds=3,
        skip_default=True,
    )
    run_study(spec, tmp_path, "trial 0 ended")
    with Store(tmp_path) as store:
        yield RunContext(
            prepared=prepare(spec),
            store=store,
            progress=Progress(),
            time_budget=TimeBudget(100.0),
            executor=TwoWorkers(),
            timed_seeds=3,
            timed_members=0,
            scratch=tmp_path,
        )


def test_seeds_get_the_same_share_of_the_time_on_several_workers(
    interrupted: Any, clock: Clock
) -> None:
    from bench.study.finals import Finals

    (best,) = interrupted.store.trials(interrupted.study)
    with pytest.raises(StudyError):
        Finals(interrupted, best, range(3)).run()
    requests = interrupted.executor.requests
    deadlines = [request.deadline - clock.now for request in requests]
    assert deadlines == pytest.approx([50, 50, 100])


def test_search_waits_for_a_first_result_though_time_is_up(
    interrupted: Any, clock: Clock
) -> None:
    from bench.study.limits import SearchLimits

    (trial,) = interrupted.store.trials(interrupted.study)
    limits = SearchLimits(interrupted)
    assert limits.starts(trial, 1)
    assert not limits.waits_for_result
    clock.passes(90)
    assert limits.waits_for_result
    limits.trial_ended(trial)
    assert not limits.waits_for_result


def test_configuration_that_would_not_end_in_time_is_avoided(
    interrupted: Any, clock: Clock
) -> None:
    from bench.study.limits import SearchLimits

    (trial,) = interrupted.store.trials(interrupted.study)
    prepared = interrupted.prepared
    spec = replace(prepared.spec, budget=Budget(trials=2, epochs=9, seconds=100.0))
    context = replace(interrupted, prepared=replace(prepared, spec=spec))
    learn(context, "costly", 80.0)
    learn(context, "long", 20.0)
    learn(context, "cheap", 1.0)
    limits = SearchLimits(context)
    kinds = ("costly", "long", "cheap")
    # Without a result, a first epoch that fits is enough.
    assert [limits.avoids({"kind": kind}) for kind in kinds] == [True, False, False]
    limits.trial_ended(trial)
    assert [limits.avoids({"kind": kind}) for kind in kinds] == [True, True, False]


def test_search_of_configurations_that_would_not_end_in_time_comes_to_its_end(
    interrupted: Any, clock: Clock
) -> None:
    from bench.study.limits import MAX_AVOIDED, SearchLimits

    (trial,) = interrupted.store.trials(interrupted.study)
    learn(interrupted, "costly", 80.0)
    limits = SearchLimits(interrupted)
    limits.trial_ended(trial)
    avoided = [limits.avoids({"kind": "costly"}) for _ in range(MAX_AVOIDED + 1)]
    assert avoided == [True] * MAX_AVOIDED + [False]


@pytest.mark.parametrize(("tuner", "is_avoided"), [("one-epoch", 0), ("hyperband", 1)])
def test_first_training_counts_with_its_epochs_where_there_are_no_rungs(
    tuner: str, is_avoided: bool, interrupted: Any
) -> None:
    from bench.study.limits import SearchLimits

    (trial,) = interrupted.store.trials(interrupted.study)
    prepared = interrupted.prepared
    prepared = replace(
        prepared,
        spec=replace(prepared.spec, tuner=tuner, budget=Budget(epochs=9, seconds=100)),
        problem=replace(prepared.problem, max_rungs=0),
    )
    context = replace(interrupted, prepared=prepared)
    learn(context, "costly", 20.0)
    limits = SearchLimits(context)
    limits.trial_ended(trial)
    assert limits.avoids({"kind": "costly"}) == is_avoided


def test_search_that_can_start_nothing_more_says_why(
    interrupted: Any, clock: Clock
) -> None:
    from bench.study.limits import SearchLimits

    said: list[str] = []
    interrupted.progress.remarks = said.append
    (trial,) = interrupted.store.trials(interrupted.study)
    limits = SearchLimits(interrupted)
    limits.trial_ended(trial)
    interrupted.time_budget.reserve(45.0)
    clock.passes(60)
    assert limits.end_if_time_is_up()
    limits.say_what_was_left_out()
    assert said[1:] == [
        "40s are left, and final trainings of another winner would take about 45s: no "
        "trial was started; give more time"
    ]


def learn(context: Any, kind: str, seconds: float) -> None:
    """Let a study know what an epoch of some configurations takes."""
    timed = TrialResult(seconds=seconds, stage_seconds={"training": seconds})
    context.forecast.learn({"kind": kind}, timed, trained=1, asked=1)


def test_other_networks_wait_until_one_has_computed_its_features(
    interrupted: Any, prepare: Callable[..., Any], tmp_path: Path
) -> None:
    from bench.study.limits import SearchLimits

    path = tmp_path / "frozen.py"
    path.write_text(FROZEN.replace("{networks}", '["quick", "slow"]'))
    context = replace(
        interrupted,
        prepared=prepare(StudySpec(family=f"{path}:Frozen", tuner="random")),
        cache=tmp_path / "features",
    )
    (stored,) = interrupted.store.trials(interrupted.study)
    searcher = context.prepared.searcher
    first = replace(stored, proposal=searcher.ask(0))
    assert first.proposal.hyperparameters["network"] == "quick"
    limits = SearchLimits(context)
    other = {**first.proposal.hyperparameters, "network": "slow"}
    assert not limits.avoids(other)
    assert limits.starts(first, 1)
    assert limits.avoids(other)
    assert not limits.avoids(first.proposal.hyperparameters)


def test_gap_before_a_stored_trial_is_filled_though_more_is_avoided_now(
    interrupted: Any, prepare: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from bench.study.feedback import OrderedFeedback
    from bench.study.limits import SearchLimits
    from bench.study.search import Search

    (stored,) = interrupted.store.trials(interrupted.study)
    spec = replace(interrupted.prepared.spec, budget=Budget(trials=4, epochs=1))
    first = prepare(spec).searcher
    asked: list[Proposal] = [first.ask(number) for number in range(4)]
    known = {
        number: replace(stored, number=number, proposal=asked[number])
        for number in (0, 1, 3)
    }
    missing = asked[2].hyperparameters
    monkeypatch.setattr(SearchLimits, "avoids", lambda _, values: values == missing)
    context = replace(interrupted, prepared=prepare(spec))
    searcher = context.prepared.searcher
    search = Search(context, known, OrderedFeedback(searcher, lookahead=9))
    search.run()
    (request,) = context.executor.requests
    assert request.hyperparameters == missing


def test_gap_of_a_search_with_rungs_is_filled_by_another_trial(
    interrupted: Any, prepare: Callable[..., Any]
) -> None:
    from bench.study.feedback import ImmediateFeedback
    from bench.study.search import Search

    (stored,) = interrupted.store.trials(interrupted.study)
    budget = Budget(trials=4, epochs=3)
    spec = replace(interrupted.prepared.spec, schedule="asha", budget=budget)
    first = prepare(spec).searcher
    asked: list[Proposal] = [first.ask(number) for number in range(4)]
    known = {
        number: replace(stored, number=number, proposal=asked[number])
        for number in (0, 1, 3)
    }
    context = replace(interrupted, prepared=prepare(spec))
    searcher = context.prepared.searcher
    search = Search(context, known, ImmediateFeedback(searcher))
    search.run()
    assert context.executor.keys[0] == 2
    assert not known.keys() & {*context.executor.keys}


def test_features_of_a_warm_up_are_forecast_too(
    interrupted: Any, prepare: Callable[..., Any], tmp_path: Path
) -> None:
    from bench.study.features_forecast import FeaturesForecast
    from bench.training import models
    from bench.training.features import Features

    path = tmp_path / "warmed.py"
    path.write_text(WARMED_UP.replace("{networks}", '["quick"]'))
    prepared = prepare(StudySpec(family=f"{path}:Frozen", tuner="random"))
    context = replace(interrupted, prepared=prepared, cache=tmp_path / "features")
    (stored,) = interrupted.store.trials(interrupted.study)
    trial = replace(stored, proposal=prepared.searcher.ask(0))
    values = trial.proposal.hyperparameters
    own = Features(
        prepared.task, models.extractor(prepared.source, values), context.cache
    )
    assert len(own.task.train) == len(prepared.task.train)
    own.test()
    forecast = FeaturesForecast(context)
    assert not forecast.needed(values).are_computed
    forecast.trial_started(trial)
    assert forecast.in_progress == {"pooled"}
    for mark in tmp_path.glob("features/*/*.done"):
        mark.write_text("2.0")
    images = len(prepared.task.train) + len(prepared.task.validation)
    assert forecast.seconds(forecast.needed(values)) == 2.0 * images


def test_files_of_features_are_looked_up_once_for_a_draw(
    interrupted: Any,
    prepare: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from bench.study.limits import SearchLimits
    from bench.training.features import Features

    path = tmp_path / "frozen.py"
    path.write_text(FROZEN.replace("{networks}", '["quick", "slow"]'))
    prepared = prepare(StudySpec(family=f"{path}:Frozen", tuner="random"))
    context = replace(interrupted, prepared=prepared, cache=tmp_path / "features")
    limits = SearchLimits(context)
    limits.has_result = True
    looked_up: list[str] = []
    missing = Features._missing

    def counted(features: Features, name: str, copies: int = 1) -> int:
        looked_up.append(name)
        return missing(features, name, copies)

    monkeypatch.setattr(Features, "_missing", counted)
    limits.avoids(prepared.searcher.ask(0).hyperparameters)
    assert sorted(looked_up) == ["test", "train", "validation"]


def test_long_trials_of_earlier_studies_end_no_search_that_has_no_result(
    interrupted: Any, clock: Clock
) -> None:
    from bench.study.limits import SearchLimits

    (trial,) = interrupted.store.trials(interrupted.study)
    trial = replace(
        trial, proposal=replace(trial.proposal, hyperparameters={"kind": "long"})
    )
    learn(interrupted, "long", 20.0)
    limits = SearchLimits(interrupted)
    assert limits.starts(trial, 50)
    assert limits.starts(replace(trial, number=1), 50)
    limits.trial_ended(trial)
    assert not limits.starts(replace(trial, number=2), 50)


class Workers:
    """Two workers whose trials take as long as their kind says."""

    def __init__(self, clock: Clock, seconds: dict[str, float]) -> None:
        self._clock, self._seconds = clock, seconds
        self._kinds: dict[int, str] = {}

    @property
    def free(self) -> int:
        return 2 - len(self._kinds)

    @property
    def in_flight(self) -> int:
        return len(self._kinds)

    def submit(
        self, key: int, request: Any, on_start: Callable[[int], bool], **_: Any
    ) -> None:
        if on_start(key):
            self._kinds[key] = request.hyperparameters["kind"]

    def collect(self, on_epoch: Callable[..., bool]) -> tuple[int, TrialResult]:
        key = next(iter(self._kinds))
        seconds = self._seconds[self._kinds.pop(key)]
        self._clock.passes(seconds)
        metrics = {"validation_accuracy": 0.5, "validation_log_loss": 1.0}
        stages = {"training": seconds}
        return key, TrialResult(
            metrics=metrics, epochs=1, seconds=seconds, stage_seconds=stages
        )


class Listed:
    """Feedback that asks for a list of trials, whatever comes of them."""

    waits_for_worker = False

    def __init__(self, *proposals: Proposal) -> None:
        self._proposals = proposals

    def replay(self, *_: Any) -> list[Any]:
        return []

    def ask(self, number: int, stored: Proposal | None = None) -> Proposal | None:
        return self._proposals[number] if number < len(self._proposals) else None

    def trial_ended(self, number: int, result: TrialResult) -> None:
        return


@pytest.mark.parametrize(
    ("parent", "kind", "errors"),
    [
        (None, "short", [None, "CutShortError", "CutShortError", None]),
        # A trial that is promoted has no other in its place.
        (0, "long", [None, "CutShortError", "CutShortError"]),
    ],
)
def test_trial_that_would_not_end_in_time_leaves_its_turn_to_the_next(
    parent: int | None,
    kind: str,
    errors: list[str | None],
    interrupted: Any,
    clock: Clock,
) -> None:
    from bench.study.search import Search

    def proposal(kind: str, parent: int | None = None) -> Proposal:
        values = {"kind": kind}
        return Proposal(hyperparameters=values, epochs=1, parent=parent)

    context = replace(interrupted, executor=Workers(clock, {"short": 10.0}))
    learn(context, "short", 10.0)
    learn(context, "long", 200.0)
    (first,) = context.store.trials(context.study)
    asked = Listed(
        first.proposal, *map(proposal, ("long", "long")), proposal(kind, parent)
    )
    Search(context, {0: first}, asked).run()
    results = [trial.result for trial in context.store.trials(context.study)]
    found = [result.error and result.error.partition(":")[0] for result in results]
    assert found == errors
    assert re.fullmatch(
        "CutShortError: its training would take about 3m20s, and 1m[0-9]+s were left "
        "for the search",
        results[1].error,
    )


@pytest.fixture
def costly(interrupted: Any) -> Any:
    """A trial of a kind that takes 80 s, in a study that has 50 s for its search."""
    (trial,) = interrupted.store.trials(interrupted.study)
    learn(interrupted, "costly", 80.0)
    return replace(
        trial, proposal=replace(trial.proposal, hyperparameters={"kind": "costly"})
    )


def test_trials_in_a_row_that_would_not_end_in_time_end_the_search(
    interrupted: Any, costly: Any
) -> None:
    from bench.study.limits import MAX_AVOIDED, SearchLimits

    limits = SearchLimits(interrupted)
    limits.trial_ended(costly)
    over = []
    for number in range(1, MAX_AVOIDED + 1):
        assert not limits.starts(replace(costly, number=number), 1)
        over.append(limits.is_over)
    assert over == [False] * (MAX_AVOIDED - 1) + [True]
    assert not limits.has_time


@pytest.mark.parametrize(("seconds", "is_over"), [(49.0, False), (51.0, True)])
def test_search_goes_on_without_a_trial_only_while_the_shortest_would_fit(
    seconds: float, is_over: bool, interrupted: Any, costly: Any
) -> None:
    from bench.study.limits import SearchLimits

    limits = SearchLimits(interrupted)
    limits.trial_ended(replace(costly, result=replace(costly.result, seconds=seconds)))
    assert not limits.starts(replace(costly, number=1), 1)
    assert limits.is_over is is_over


def test_grid_ends_where_time_is_too_short_so_that_more_time_continues_it(
    interrupted: Any, costly: Any
) -> None:
    from bench.study.limits import SearchLimits

    prepared = interrupted.prepared
    spec = replace(prepared.spec, tuner="grid")
    context = replace(interrupted, prepared=replace(prepared, spec=spec))
    learn(context, "costly", 80.0)
    limits = SearchLimits(context)
    limits.trial_ended(costly)
    assert not limits.starts(replace(costly, number=1), 1)
    assert limits.is_over


def test_trial_whose_worker_died_starts_again_though_time_is_short(
    interrupted: Any, clock: Clock
) -> None:
    from bench.study.limits import SearchLimits

    (trial,) = interrupted.store.trials(interrupted.study)
    limits = SearchLimits(interrupted)
    limits.trial_ended(trial)
    again = replace(trial, number=1)
    assert limits.starts(again, 1)
    clock.passes(60)
    assert not limits.starts(replace(trial, number=2), 1)
    assert limits.starts(again, 1)


def test_what_was_left_out_is_said_though_the_search_came_to_its_end(
    interrupted: Any, costly: Any
) -> None:
    from bench.records import LEFT_OUT
    from bench.study import failures
    from bench.study.limits import SearchLimits
    from bench.training.time_limit import CutShortError

    assert CutShortError.__name__ == LEFT_OUT
    said: list[str] = []
    interrupted.progress.remarks = said.append
    limits = SearchLimits(interrupted)
    limits.trial_ended(costly)
    error = limits.why_left_out(costly, 1)
    left_out = replace(costly, number=1, result=TrialResult(error=error))
    limits.trial_ended(left_out)
    limits.say_what_was_left_out()
    expected = "1 of 2 trials would not have ended within --time 1m40s, and were left"
    assert said[-1].startswith(expected)
    failed = replace(costly, number=2, result=TrialResult(error="ValueError: no"))
    assert failures.summary([costly, left_out], "any") == ""
    assert failures.summary([costly, left_out, failed], "any").startswith(
        "1 of 3 trials failed: ValueError: no ("
    )
