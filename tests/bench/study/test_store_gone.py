"""Studies whose results folder is removed or moved while they run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.errors import StoreError
from bench.records import Resources, StudySpec
from bench.store import Store


@pytest.mark.parametrize("instant", ["trial 1 ended", "2 finals started"])
@pytest.mark.parametrize("disturb", [shutil.rmtree, lambda f: f.rename(f"{f}-moved")])
def test_study_stops_at_the_next_event_and_says_so(
    disturb: Callable[[Path], object],
    instant: str,
    prepare: Callable[..., Any],
    make_progress: Callable[..., Any],
    hyperband: StudySpec,
    tried: Callable[..., None],
    tmp_path: Path,
) -> None:
    from bench.study.run import run

    folder = tmp_path / "results"
    progress = make_progress()
    add = progress._add

    def add_and_disturb(event: str) -> None:
        add(event)
        if event == instant:
            disturb(folder)

    progress._add = add_and_disturb
    with Store(folder) as store, pytest.raises(StoreError, match="removed, moved"):
        run(prepare(hyperband), store, progress, resources=Resources(workers=0))
    assert progress.events[-1] == instant
    tried(
        "results folder removed or moved during a search",
        "stopped at the next event",
        "the search stops, says so and exits with 2",
    )
