"""A study that a tracker follows while it runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.records import Budget, Resources, StudySpec
from bench.store import Store
from bench.trackers.following import Followed


@pytest.mark.slow
def test_all_trainings_of_a_study_reach_its_tracker(
    prepare: Callable[..., Any], make_progress: Callable[..., Any], tmp_path: Path
) -> None:
    from bench.study.run import run

    spec = StudySpec(
        family="dense",
        tuner="random",
        budget=Budget(trials=2, epochs=1),
        seeds=1,
        only=("dropout",),
        fixed=(("batch_size", "32"), ("units", "64")),
    )
    folder = tmp_path / "results"
    with Store(folder) as store, Followed(folder, ["tensorboard"]) as followed:
        for _ in range(2):  # the second time it is finished already
            run(
                prepare(spec),
                store,
                make_progress(None),
                resources=Resources(workers=0),
                follow=followed.follow,
            )
    (study,) = (folder / "tensorboard").iterdir()
    shown = {path.name for path in study.iterdir() if path.is_dir()}
    assert {"trial-0", "trial-1", "seed-0"} <= shown
    assert len([*(study / "trial-0").iterdir()]) == 1
