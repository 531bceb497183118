"""Studies whose trials train in several processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.errors import StudyError, UsageError
from bench.records import Budget, Resources, StudySpec, StudyState

SPEC = StudySpec(
    family="dense",
    tuner="random",
    budget=Budget(trials=4, epochs=2),
    seeds=2,
    # Values that share one compiled model.
    only=("dropout", "weight_decay", "batch_size"),
)

Run = Callable[..., Any]


@pytest.fixture
def run(run_study: Run, content: Callable[[Path], Any], tmp_path: Path) -> Run:
    """Runs a study with some workers; returns what its store holds, times left out."""

    def run(
        spec: StudySpec, workers: int, folder: str, interrupt: str | None = None
    ) -> Any:
        path = tmp_path / folder
        progress = run_study(
            spec, path, interrupt, resources=Resources(workers=workers)
        )
        held = content(path)
        held["study"].pop("lookahead")
        return progress, held

    return run


@pytest.mark.slow
def test_trials_and_scores_do_not_depend_on_the_number_of_workers(run: Run) -> None:
    _, one = run(SPEC, 1, "one")
    _, two = run(SPEC, 2, "two")
    assert one["study"]["state"] is StudyState.FINISHED
    assert len(one["trials"]) == 4
    assert len(one["finals"]) == 4  # of the best and of the default configuration
    assert one == two


@pytest.mark.slow
def test_parallel_hyperband_repeats_itself_and_continues_where_it_stopped(
    run: Run,
) -> None:
    spec = replace(SPEC, tuner="hyperband", budget=Budget(trials=6, epochs=3))
    _, undisturbed = run(spec, 2, "undisturbed")
    for instant in ("trial 3 ended", "seed 1 ended"):
        progress, _ = run(spec, 2, instant, instant)
        assert progress.events[-1] == "interrupted"
        assert run(spec, 2, instant)[1] == undisturbed
    proposals = [trial["proposal"] for trial in undisturbed["trials"]]
    promoted = [p for p in proposals if p["parent"] is not None]
    assert promoted
    for proposal in promoted:
        parent = proposals[proposal["parent"]]
        assert proposal["bracket"] == parent["bracket"]
        assert proposal["rung"] == parent["rung"] + 1


KILLING = """
import multiprocessing, os, pathlib, signal
import keras

def build(hp):
    units = hp.Choice("units", [4, 8, 16])
    mark = pathlib.Path({folder!r}) / "died once"
    if multiprocessing.parent_process():  # the study's process declares the space
        if units == 16 or (units == 8 and not mark.exists()):
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    inputs = keras.Input((6, 6, 1))
    outputs = keras.layers.Dense(3, "softmax")(keras.layers.Flatten()(inputs))
    model = keras.Model(inputs, outputs)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model
"""


@pytest.mark.slow
def test_killed_workers_cost_a_retry_and_then_their_trial_alone(
    run_study: Run, stored: Callable[[Path], Any], tmp_path: Path
) -> None:
    from bench.store import SCRATCH

    family = tmp_path / "killing.py"
    family.write_text(KILLING.format(folder=str(tmp_path)))
    spec = StudySpec(
        family=f"{family}:build",
        tuner="grid",
        budget=Budget(trials=3, epochs=1),
        seeds=1,
    )
    results = tmp_path / "results"
    run_study(spec, results, resources=Resources(workers=2))
    _, trials, finals = stored(results)
    assert len(finals) == 1
    assert [trial.result.error for trial in trials] == [
        None,
        None,
        "its worker was ended by SIGKILL",
    ]
    # The images for the workers are gone, too.
    assert list((results / SCRATCH).iterdir()) == []


DEADLY = """
import os, pathlib, signal
import keras
from search_spaces.family import Family

class Deadly(Family):
    def declare(self, hp):
        hp.Choice("units", [4, 8])

    def features(self, hp, images):
        if (pathlib.Path({folder!r}) / "deadly").exists():
            os.kill(os.getpid(), signal.SIGKILL)
        return keras.layers.Dense(hp.get("units"))(keras.layers.Flatten()(images))
"""


def test_final_whose_workers_die_twice_costs_no_trial(
    run_study: Run, stored: Callable[[Path], Any], tmp_path: Path
) -> None:
    family = tmp_path / "deadly.py"
    family.write_text(DEADLY.format(folder=str(tmp_path)))
    spec = StudySpec(
        family=f"{family}:Deadly",
        tuner="random",
        budget=Budget(trials=2, epochs=1),
        seeds=2,
        only=("units",),
        skip_default=True,
    )
    results, one = tmp_path / "results", Resources(workers=1)
    run_study(spec, results, "2 finals started", resources=one)
    (tmp_path / "deadly").touch()
    with pytest.raises(StudyError, match="its worker was ended by SIGKILL"):
        run_study(spec, results, resources=one)
    failed, trials, _ = stored(results)
    assert failed.state is StudyState.FAILED
    assert [trial.result.error for trial in trials] == [None, None]
    (tmp_path / "deadly").unlink()
    assert run_study(spec, results, resources=one).count("trial", "started") == 0
    finished, same_trials, finals = stored(results)
    assert finished.state is StudyState.FINISHED
    assert same_trials == trials
    assert [final.seed for final in finals] == [0, 1]


def test_resources_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(
        UsageError, match="--workers must lie between 0 and 1,024, not -1"
    ):
        Resources(workers=-1)
    with pytest.raises(UsageError, match="--trial-timeout needs a worker"):
        Resources(workers=0, trial_timeout=5)
