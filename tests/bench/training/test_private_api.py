"""Private members of other packages: still there in the installed releases."""

from __future__ import annotations

import re
from pathlib import Path

import keras
import pytest

from bench.training import private_api

SOURCES = Path(__file__).parents[3]

PRIVATE_ACCESS = re.compile(
    r"(?:optimizer|model|oracle|mine|new|registry|ops\.\w+)\._[a-z]\w+"
)


def test_every_private_member_is_where_it_was() -> None:
    missing = private_api.missing_members()
    assert not missing, "\n".join(missing)


def test_missing_member_is_named_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moved = private_api.PrivateMember("keras.Model", "_moved_away", "does something")
    monkeypatch.setattr(private_api, "PRIVATE_MEMBERS", (moved,))
    assert private_api.missing_members() == [
        "keras.Model._moved_away is gone: it does something"
    ]


def test_no_other_module_reads_private_members_of_keras() -> None:
    modules = [
        path
        for folder in ("bench/training", "search_spaces")
        for path in (SOURCES / folder).rglob("*.py")
        if path.name != "private_api.py"
    ]
    assert modules
    found = {
        str(path.relative_to(SOURCES)): PRIVATE_ACCESS.findall(path.read_text())
        for path in modules
    }
    assert not {path: uses for path, uses in found.items() if uses}


def test_schedule_has_no_learning_rate_variable() -> None:
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    of_schedule = keras.optimizers.SGD(schedule)
    of_number = keras.optimizers.SGD(0.1)
    assert private_api.learning_rate_variable(of_schedule) is None
    assert private_api.learning_rate_variable(of_number) is not None
