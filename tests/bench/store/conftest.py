"""Stores to damage, to archive and to bring up to date."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from bench.cli import main
from bench.report import documents
from bench.store import FILE_NAME

ASSETS = Path(__file__).parent / "assets"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "results"


@pytest.fixture
def unpack_asset(results: Path) -> Callable[[int], Path]:
    """Unpacks a store that the toolkit wrote when it had a schema version.

    It holds a finished study of ``linear`` with two trials and one seed.
    """

    def unpack_asset(version: int) -> Path:
        results.mkdir(exist_ok=True)
        packed = (ASSETS / f"schema-{version}.sqlite3.gz").read_bytes()
        (results / FILE_NAME).write_bytes(gzip.decompress(packed))
        return results

    return unpack_asset


class Answer(NamedTuple):
    """Exit code and output of a command."""

    code: int
    out: str
    err: str


@pytest.fixture
def bench(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Answer]:
    """Gives a command in this process; plots, which take seconds, aren't drawn."""
    monkeypatch.setattr(documents, "update", lambda *_: None)

    def bench(*words: object) -> Answer:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        return Answer(int(str(ended.value.code)), *capsys.readouterr())

    return bench
