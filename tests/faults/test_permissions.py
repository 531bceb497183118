"""Folders and files that this user may not read are refused in one line."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from bad_arrays import OPTIONS, X, y
from bad_folders import photos

NOBODY = 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike those of ``tmp_path``."""
    path = Path(tempfile.mkdtemp(prefix="bench-faults-"))
    path.chmod(0o755)
    photos(path)
    np.savez(path / "set.npz", X=X, y=y)
    np.savez(path / "mnist.npz", x_train=X, y_train=y, x_test=X, y_test=y)
    (path / "suite.toml").write_text('family = "dense"')
    (path / "results").mkdir()
    yield path
    shutil.rmtree(path)


@contextmanager
def as_another_user() -> Iterator[None]:
    """Root may read everything, so root becomes nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.mark.parametrize(
    ("locked", "words", "says"),
    [
        ("photos", "search dense --dataset folder:{}/photos", "photos"),
        ("photos/cat", "search dense --dataset folder:{}/photos", "cat"),
        ("photos/cat/3.png", "search dense --dataset folder:{}/photos", "cat/3.png"),
        ("set.npz", "search dense --dataset npz:{}/set.npz", "set.npz"),
        (".", "search dense --dataset npz:{}/set.npz", "set.npz"),
        (".", "search dense --dataset folder:{}/photos", "photos"),
        (".", "search dense --dataset mnist --data {}", "--data"),
        (".", "datasets --data {}", "--data"),
        ("suite.toml", "suite {}/suite.toml --dry-run", "suite.toml"),
        ("results", "search dense --results {}/results", "results"),
        (".", "search dense --results {}/new", "new"),
        ("results", "leaderboard --results {}/results", "results"),
        (".", "studies --results {}/results", "results"),
    ],
)
def test_what_may_not_be_read_is_named(
    folder: Path,
    bench: Callable,
    tried: Callable,
    monkeypatch: pytest.MonkeyPatch,
    locked: str,
    words: str,
    says: str,
) -> None:
    monkeypatch.setattr("bench.training.backend.choose", lambda _: "tensorflow")
    command = words.format(folder).split()
    if command[0] == "search" and "--results" not in command:
        anywhere = Path(tempfile.gettempdir()) / "bench-faults-nowhere"
        command += ["--results", str(anywhere), *OPTIONS]
    bench(*command)  # imports whatever nobody could not import
    place = folder / locked
    place.chmod(0)
    try:
        with as_another_user():
            answer = bench(*command)
    finally:
        place.chmod(0o755)
    assert answer.code == 2
    assert answer.err.startswith("error: ")
    assert answer.err.count("\n") == 1
    assert says in answer.err
    tried("folders and files without permission", "refused", "one line and code 2")
