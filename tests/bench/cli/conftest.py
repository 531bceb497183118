"""Commands given in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from bench.cli import main


class Answer(NamedTuple):
    """Exit code and output of a command."""

    code: int
    out: str
    err: str


@pytest.fixture
def bench(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Gives a command in this process."""

    def bench(*words: object) -> Answer:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        return Answer(ended.value.code, *capsys.readouterr())

    return bench
