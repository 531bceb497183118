"""What libraries print past Python's streams is hidden."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import pytest

from bench.text import ERROR, OUTPUT, hidden_output


def test_what_is_printed_within_is_hidden(capfd: pytest.CaptureFixture[str]) -> None:
    print("before")
    with hidden_output(OUTPUT, ERROR):
        print("by Python")
        os.write(1, b"by C\n")
        os.write(2, b"by C\n")
        print("by Python", file=sys.stderr)
    print("after")
    assert capfd.readouterr() == ("before\nafter\n", "")


@pytest.mark.parametrize("shown", [True, False])
def test_log_is_shown_after_an_error_if_asked_for(
    capfd: pytest.CaptureFixture[str], shown: bool
) -> None:
    with suppress(ImportError), hidden_output(ERROR, shown_after_error=shown):
        os.write(2, b"no such library\n")
        raise ImportError
    assert capfd.readouterr() == ("", "no such library\n" if shown else "")
