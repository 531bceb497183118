"""Gives commands in this process, without Keras, under a guard against hanging."""

from __future__ import annotations

import functools
import os
import signal
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer

from bench import datasets
from bench.cli import main
from bench.cli.app import app
from bench.records import SearchRequest

HANGS = 60
"""Seconds after which an input counts as one that hangs; all take a fraction of it."""


class Answer(NamedTuple):
    """Exit code and output of a command."""

    code: int
    out: str
    err: str


class DataSession:
    """A session that loads the data as a search does, and then ends."""

    @staticmethod
    def search(asked: SearchRequest, *_: object, task: object) -> None:
        if task is None:
            datasets.load_for(asked.specs[0], asked.source)

    @staticmethod
    def costs(asked: SearchRequest, *, task: object) -> list[object]:
        if task is None:
            datasets.load_for(asked.specs[0], asked.source)
        return []

    @staticmethod
    def describe(spec: Any, source: Any) -> list[object]:
        datasets.load_for(spec, source)
        return []


@functools.cache
def command() -> object:
    """The parser of all commands, which takes most of the time of a refusal."""
    return typer.main.get_command(app)


@pytest.fixture
def bench_with_keras(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    guarded: None,
    keras_started: None,
) -> Callable[..., Answer]:
    """Gives a command as it is, in this process."""
    monkeypatch.setattr("bench.cli.app.app", command())
    return _give(capsys)


@pytest.fixture
def bench(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    guarded: None,
) -> Callable[..., Answer]:
    """Gives a command that ends when its data is loaded, before Keras is imported."""
    monkeypatch.setattr(
        "bench.cli.search.start_with_workers", lambda *_, **__: DataSession
    )
    monkeypatch.setattr("bench.study.start.start_session", lambda *_: DataSession)
    monkeypatch.setattr("bench.cli.app.app", command())
    return _give(capsys)


def _give(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    def bench(*words: object) -> Answer:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        return Answer(ended.value.code or 0, *capsys.readouterr())

    return bench


@pytest.fixture(scope="session")
def keras_started() -> None:
    """Starts Keras on TensorFlow, as a search does."""
    from bench.training import backend

    backend.start("tensorflow")


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[None]:
    """Fails a test that hangs, and ends threads that wait for a FIFO."""

    def give_up(*_: object) -> None:
        for path in tmp_path.rglob("*"):
            if stat.S_ISFIFO(path.lstat().st_mode):
                os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))
        raise TimeoutError(f"the command took more than {HANGS} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(HANGS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
