"""Studies with a time budget, by a clock that moves only where a test says so."""

from __future__ import annotations

from collections.abc import Callable
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
    FinalRecord,
    Proposal,
    Role,
    StudySpec,
    StudyState,
)
from bench.store import Store

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


@pytest.fixture
def search(
    run_study: Callable[..., Any], tmp_path: Path, clock: Any, search_wins: None
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
def frozen(monkeypatch: pytest.MonkeyPatch, clock: Any) -> dict[str, float]:
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
    search: Callable[..., Any], clock: Any
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
    assert clock.passed <= 100 * 1.1 + 120


def test_best_configuration_is_trained_before_the_default_one(
    search: Callable[..., Any], clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.study.time_budget.MAX_RESERVE", 0.65)
    said, _, finals, defaults = search(FAMILY, trials=9, epochs=1)
    assert [EPOCH_SHARE in final.metrics for final in finals] == [False, False]
    assert not defaults
    expected = "time was up before the default configuration was trained with 2 seeds"
    assert expected in said
    assert clock.passed <= 110


def test_search_that_fills_its_time_leaves_enough_for_final_trainings(
    search: Callable[..., Any], clock: Any, frozen: dict[str, float]
) -> None:
    networks = [f"network_{number}" for number in range(30)]
    frozen |= dict.fromkeys(networks, 0.05)
    family = FROZEN.replace("{networks}", str(networks))
    said, trials, finals, defaults = search(family, fills_time=True, trials=1, epochs=1)
    assert len(trials) > 1
    assert said[0].startswith(f"time is up after {len(trials)} trials")
    assert len(finals) == len(defaults) == 2
    assert clock.passed <= 110


def test_configuration_whose_features_do_not_fit_gives_way_to_cheaper_ones(
    search: Callable[..., Any], clock: Any, frozen: dict[str, float]
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
    assert len(trials) == 5
    # Its latency alone takes most of what is left.
    assert [final.seed for final in finals] == [0]
    assert not defaults
    assert clock.passed < 50


def test_network_that_would_take_much_of_the_time_is_not_drawn_after_a_result(
    search: Callable[..., Any], frozen: dict[str, float]
) -> None:
    frozen |= {"quick": 0.02, "slow": 0.4}
    family = FROZEN.replace("{networks}", '["quick", "slow"]')
    _, trials, _, _ = search(family, trials=9, epochs=1)
    networks = [trial.proposal.hyperparameters["network"] for trial in trials]
    assert networks == ["quick"] * 9


def test_features_of_one_configuration_are_computed_whatever_they_cost(
    search: Callable[..., Any], clock: Any, frozen: dict[str, float]
) -> None:
    frozen |= {"slow": 2.0}
    family = FROZEN.replace("{networks}", '["slow"]')
    said, trials, finals, _ = search(family, trials=9, epochs=1)
    states = [trial.result.error is None for trial in trials]
    assert states == [False, True]
    assert [final.seed for final in finals] == [0]
    expected = "trial 1 goes on beyond --time 1m40s, since one trial must give a result"
    assert said[0] == expected


def test_seeds_get_the_same_share_of_the_time_on_several_workers(
    interrupted: Any, clock: Any
) -> None:
    from bench.study.finals import Finals

    (best,) = interrupted.store.trials(interrupted.study)
    with pytest.raises(StudyError):
        Finals(interrupted, best, range(3)).run()
    requests = interrupted.executor.requests
    deadlines = [request.deadline - clock.now for request in requests]
    assert deadlines == pytest.approx([50, 50, 100])


def test_seed_that_would_train_much_shorter_than_others_is_left_out(
    interrupted: Any, clock: Any
) -> None:
    from bench.study.finals import Finals

    (best,) = interrupted.store.trials(interrupted.study)
    first = FinalRecord(
        seed=0,
        metrics={"test_accuracy": 0.5},
        best_epoch=9,
        epochs=9,
        parameters=1,
        seconds=30.0,
        core_seconds=30.0,
        latency_ms_1=1.0,
        latency_ms_64=1.0,
        ended=0.0,
    )
    interrupted.store.end_final(interrupted.study, first, {})
    clock.passes(90.0)
    Finals(interrupted, best, range(3)).run()
    assert interrupted.executor.requests == []


def test_search_waits_for_a_first_result_though_time_is_up(
    interrupted: Any, clock: Any
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
    interrupted: Any, clock: Any, learn: Callable[..., None]
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
    interrupted: Any, clock: Any, learn: Callable[..., None]
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
    tuner: str, is_avoided: bool, interrupted: Any, learn: Callable[..., None]
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
    interrupted: Any, clock: Any
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
    interrupted: Any, clock: Any, learn: Callable[..., None]
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
