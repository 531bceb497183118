"""Bad inputs are refused in one line, exit code 2, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bad_arrays
import bad_folders
import bad_models
import bad_numbers
import bad_paths
import bad_suites
import pytest
from cases import Case

CASES: list[Case] = [
    *bad_numbers.CASES,
    *bad_suites.CASES,
    *bad_paths.CASES,
    *bad_arrays.CASES,
    *bad_folders.CASES,
]

PROMISE = "exit code 2 and one line that says why, or taken as it is"


def listing(folder: Path) -> dict[str, float]:
    """Times of all files and folders but the bytecode of families."""
    return {
        str(path): path.lstat().st_mtime_ns
        for path in folder.rglob("*")
        if "__pycache__" not in path.parts
    }


def test_cases_differ_and_are_many() -> None:
    assert len(set(map(str, CASES))) == len(CASES)
    assert len(CASES) >= 500


@pytest.fixture
def check(
    tried: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Case, Callable], None]:
    """Gives the command of a case, and checks how it ends."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BENCH_DATA", raising=False)

    def check(case: Case, bench: Callable) -> None:
        words = case.words(tmp_path)
        before = listing(tmp_path)
        answer = bench(*words)
        assert listing(tmp_path) == before
        if case.is_fine:
            assert (answer.code, answer.err) == (0, "")
        else:
            assert answer.code == 2
            assert answer.out == ""
            assert answer.err.startswith("error: ")
            assert answer.err.count("\n") == 1
            assert len(answer.err) < 1100
            assert case.says in answer.err
        tried(case.category, "taken" if case.is_fine else "refused", PROMISE)

    return check


@pytest.mark.parametrize("case", CASES, ids=str)
def test_bad_input_is_refused_in_one_line(
    case: Case, bench: Callable, check: Callable
) -> None:
    check(case, bench)


@pytest.mark.parametrize("case", bad_models.CASES, ids=str)
def test_bad_model_is_refused_in_one_line(
    case: Case, bench_with_keras: Callable, check: Callable
) -> None:
    check(case, bench_with_keras)
