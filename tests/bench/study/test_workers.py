"""Studies whose trials train in several processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.datasets import Task
from bench.records import Budget, StudySpec, StudyState
from bench.store import Store
from bench.study import run as study
from bench.study.prepare import Crew, plan

SPEC = StudySpec(
    family="dense",
    tuner="random",
    budget=Budget(trials=4, epochs=2),
    seeds=2,
    # Values that share one compiled program.
    only=("dropout", "weight_decay", "batch_size"),
)

Run = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("keras_started")


@pytest.fixture
def run(small_task: Task, watch: Any, tmp_path: Path) -> Run:
    """Run a study with some workers; what its store holds then, times left out."""

    def run(spec: StudySpec, crew: Crew, folder: str, seen: Any = None) -> Any:
        planned = plan(spec, small_task)
        with Store(tmp_path / folder) as store:
            study.run(planned, store, seen or watch(), crew=crew)
            return held(store, planned.id)

    return run


def held(store: Store, study_id: str) -> dict[str, Any]:
    trials = store.trials(study_id)
    return {
        "state": store.study(study_id).state,
        "trials": [
            (t.proposal, t.seed, t.state, t.result.metrics, t.result.epochs)
            for t in trials
            if t.result is not None
        ],
        "curves": [
            [(e.epoch, e.metrics) for e in store.epochs(study_id, "trial", t.number)]
            for t in trials
        ],
        "finals": [(f.seed, f.metrics) for f in store.finals(study_id)],
    }


def test_trials_and_scores_do_not_depend_on_the_number_of_workers(run: Run) -> None:
    one = run(SPEC, Crew(workers=1), "one")
    two = run(SPEC, Crew(workers=2), "two")
    assert one["state"] is StudyState.FINISHED
    assert len(one["trials"]) == 4
    assert len(one["finals"]) == 2
    assert one == two


def test_parallel_hyperband_repeats_itself_and_goes_on_where_it_stopped(
    run: Run, watch: Any
) -> None:
    spec = replace(SPEC, tuner="hyperband", budget=Budget(trials=6, epochs=3))
    crew = Crew(workers=2)
    undisturbed = run(spec, crew, "undisturbed")
    for instant in ("trial 3 ended", "seed 1 ended"):
        seen = watch(instant)
        with pytest.raises(KeyboardInterrupt):
            run(spec, crew, instant, seen)
        assert run(spec, crew, instant) == undisturbed
    for proposal, *_ in undisturbed["trials"]:
        if proposal.parent is not None:
            parent = undisturbed["trials"][proposal.parent][0]
            assert proposal.bracket == parent.bracket
            assert proposal.rung == parent.rung + 1


KILLING = """
import multiprocessing, os, pathlib, signal
import keras

def build(hp):
    units = hp.Choice("units", [4, 8, 16])
    mark = pathlib.Path({folder!r}) / "died once"
    if multiprocessing.parent_process():  # the space is found in the study's process
        if units == 16 or (units == 8 and not mark.exists()):
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    inputs = keras.Input((6, 6, 1))
    outputs = keras.layers.Dense(3, "softmax")(keras.layers.Flatten()(inputs))
    model = keras.Model(inputs, outputs)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model
"""


def test_killed_workers_cost_a_retry_and_then_their_trial_alone(
    small_task: Task, watch: Any, tmp_path: Path
) -> None:
    family = tmp_path / "killing.py"
    family.write_text(KILLING.format(folder=str(tmp_path)))
    spec = StudySpec(
        family=f"{family}:build",
        tuner="grid",
        budget=Budget(trials=3, epochs=1),
        seeds=1,
    )
    planned = plan(spec, small_task)
    with Store(tmp_path / "results") as store:
        study.run(planned, store, watch(), crew=Crew(workers=2))
        results = [trial.result for trial in store.trials(planned.id)]
        assert len(store.finals(planned.id)) == 1
    assert [result.error for result in results] == [
        None,
        None,
        "its worker was ended by SIGKILL",
    ]


def test_crew_refuses_what_makes_no_sense() -> None:
    with pytest.raises(Exception, match="--workers must be 0 or more, not -1"):
        Crew(workers=-1)
    with pytest.raises(Exception, match="--trial-timeout needs a worker"):
        Crew(workers=0, trial_timeout=5)
