"""Tables and plots that can't be written cost no study, nor a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench import report
from bench.cli import main
from bench.store import Store


def test_study_is_finished_although_its_report_cannot_be_written(
    dataset: str,
    write_family: Callable[[str], str],
    keras_started: None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    results = tmp_path / "results"
    (results / "leaderboard.md").mkdir(parents=True)
    words = (
        f"search {write_family('')} --dataset {dataset} --results {results} --trials 2 "
        "--epochs 1 --seeds 1 --tuner random --workers 0 --skip-default --quiet"
    )
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    answer = capsys.readouterr()
    assert ended.value.code == 0
    assert "logistic_regression" in answer.out
    assert answer.err.startswith("the report is not complete: ")
    assert str(results / "leaderboard.md") in answer.err
    again = f"python -m bench leaderboard --results {results}"
    assert again in answer.err
    assert answer.err.count("\n") == 1
    # All that can be written is.
    assert (results / "leaderboard.csv").exists()
    assert list((results / "plots").glob("*-leaderboard.png"))

    (results / "leaderboard.md").rmdir()
    with pytest.raises(SystemExit) as ended:
        main(again.split()[3:])
    answer = capsys.readouterr()
    assert (ended.value.code, answer.err) == (0, "")
    assert (results / "leaderboard.md").is_file()


def test_full_disk_of_a_library_is_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device", "fonts.json")

    Store(tmp_path).close()
    monkeypatch.setattr(report, "studies", refuse)
    with pytest.raises(SystemExit) as ended:
        main(["studies", "--results", str(tmp_path)])
    answer = capsys.readouterr()
    assert ended.value.code == 2
    assert answer.err.startswith("error: a disk must have room")
    assert "'fonts.json'" in answer.err
    assert answer.err.count("\n") == 1
