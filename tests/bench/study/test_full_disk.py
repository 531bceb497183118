"""A full disk ends a study with one line; with room again the study goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.errors import WriteError
from bench.records import StudySpec, StudyState, TrialState
from bench.store import Store, inspect
from bench.training import checkpoint


@pytest.fixture(scope="module")
def undisturbed(
    hyperband: StudySpec,
    run_study: Callable[..., Any],
    content: Callable[[Path], Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Any:
    """What a study stores whose disk is never full."""
    folder = tmp_path_factory.mktemp("undisturbed")
    run_study(hyperband, folder)
    return content(folder)


@pytest.mark.parametrize(
    "room",
    [
        130_000,
        *(pytest.param(n, marks=pytest.mark.slow) for n in range(0, 260_000, 20_000)),
    ],
)
def test_study_goes_on_after_a_full_disk_wherever_it_was(
    small_disk: Any,
    hyperband: StudySpec,
    run_study: Callable[..., Any],
    content: Callable[[Path], Any],
    undisturbed: Any,
    tried: Callable[..., None],
    room: int,
) -> None:
    results = small_disk.folder / "results"
    small_disk.fill(but=room)
    with pytest.raises(WriteError, match="a disk must have room") as refused:
        run_study(hyperband, results)
    assert "\n" not in str(refused.value)
    assert str(results) in str(refused.value)
    small_disk.empty()
    run_study(hyperband, results)
    assert content(results) == undisturbed
    assert inspect(results).is_whole
    tried(
        "disk full in a search",
        "stopped with one line, then went on",
        "nothing is lost, and the end equals that of an undisturbed search",
    )


def refuse(*_: object) -> None:
    raise OSError(28, "No space left on device", "a checkpoint")


def test_trial_that_met_a_full_disk_is_no_failed_trial(
    hyperband: StudySpec,
    run_study: Callable[..., Any],
    content: Callable[[Path], Any],
    undisturbed: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "save", refuse)
        with pytest.raises(WriteError, match="a checkpoint"):
            run_study(hyperband, tmp_path)
    with Store(tmp_path, read_only=True) as store:
        (study,) = store.studies()
        states = {trial.state for trial in store.trials(study.id)}
    assert study.state is StudyState.UNFINISHED
    assert TrialState.FAILED not in states
    run_study(hyperband, tmp_path)
    assert content(tmp_path) == undisturbed
