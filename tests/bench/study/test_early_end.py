"""Searches that a user ends early, by the file that ``watch`` leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.records import Budget, Role, StudySpec, StudyState
from bench.report import boards
from bench.store import SCRATCH, Store, early_end_file

DENSE = StudySpec(
    family="dense",
    tuner="random",
    budget=Budget(trials=6, epochs=3),
    seeds=1,
    skip_default=True,
    only=("dropout",),
    fixed=(("batch_size", "32"), ("units", "64")),
)

SLOW = pytest.mark.slow


@pytest.fixture
def end_at(
    run_study: Callable[..., Any], make_progress: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Runs a study whose user asks for the end of the search at an event."""

    def end_at(folder: Path, event: str, interrupt: str | None = None) -> Any:
        def add(progress: Any, text: str) -> None:
            if text == event:
                with Store(folder, read_only=True) as store:
                    file = early_end_file(folder, store.studies()[0].id)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.touch()
            note(progress, text)

        note = make_progress._add
        with monkeypatch.context() as patch:
            patch.setattr(make_progress, "_add", add)
            return run_study(DENSE, folder, interrupt)

    return end_at


def test_search_ends_with_the_epoch_and_goes_to_the_finals(
    end_at: Callable, stored: Callable, run_study: Callable, tmp_path: Path
) -> None:
    progress = end_at(tmp_path, "trial 1 started, epoch 1")
    record, trials, finals = stored(tmp_path)
    assert record.state is StudyState.FINISHED
    assert record.is_ended_early
    assert len(finals) == 1
    assert len(trials) == 2
    assert trials[1].result.epochs < 3
    assert progress.said[-1] == (
        "ended early by watch after 2 of 6 trials, 1 of them cut short"
    )
    assert list((tmp_path / SCRATCH).iterdir()) == []
    with Store(tmp_path, read_only=True) as store:
        (board,) = boards(store)
    assert any("ended early by watch, after 2" in row.note for row in board.rows)

    again = run_study(DENSE, tmp_path)
    assert again.events == ["already finished"]


@SLOW
def test_fresh_search_is_a_whole_one(
    end_at: Callable, stored: Callable, run_study: Callable, tmp_path: Path
) -> None:
    end_at(tmp_path, "trial 1 started", "1 finals started")
    fresh = run_study(DENSE, tmp_path, fresh=True)
    assert fresh.count("trial", "ended") == 6
    assert not stored(tmp_path)[0].is_ended_early


@pytest.mark.parametrize(
    ("event", "interrupt"),
    [
        ("trial 1 ended", "1 finals started"),
        pytest.param("trial 1 started", "trial 1 started, epoch 1", marks=SLOW),
        pytest.param("trial 1 started", "trial 1 ended", marks=SLOW),
    ],
)
def test_interrupted_study_does_not_resume_a_search_that_was_ended(
    end_at: Callable,
    stored: Callable,
    run_study: Callable,
    tmp_path: Path,
    event: str,
    interrupt: str,
) -> None:
    first = end_at(tmp_path, event, interrupt)
    assert first.events[-1] == "interrupted"
    run_study(DENSE, tmp_path)
    record, trials, finals = stored(tmp_path)
    assert len(trials) == 2
    assert record.is_ended_early
    assert len(finals) == 1


@SLOW
def test_first_trial_ends_well_whatever_is_asked(
    end_at: Callable, stored: Callable, tmp_path: Path
) -> None:
    end_at(tmp_path, "trial 0 started")
    record, trials, finals = stored(tmp_path)
    assert record.is_ended_early
    assert len(trials) == 1
    assert trials[0].result.error is None
    assert len(finals) == 1


@SLOW
def test_request_after_the_last_trial_ends_nothing_early(
    end_at: Callable, stored: Callable, tmp_path: Path
) -> None:
    progress = end_at(tmp_path, "trial 5 ended")
    record, trials, _ = stored(tmp_path)
    assert len(trials) == 6
    assert not record.is_ended_early
    assert not any("ended early" in text for text in progress.said)


@SLOW
def test_study_that_grows_remembers_that_its_search_was_ended(
    end_at: Callable, stored: Callable, run_study: Callable, tmp_path: Path
) -> None:
    end_at(tmp_path, "trial 1 started")
    run_study(replace(DENSE, seeds=2), tmp_path)
    record, trials, _ = stored(tmp_path)
    with Store(tmp_path, read_only=True) as store:
        assert len(store.finals(record.id, Role.FINAL)) == 2
    assert record.is_ended_early
    assert len(trials) == 2
