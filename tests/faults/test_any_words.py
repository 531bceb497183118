"""Whatever is typed or written: a command ends with an answer or one line."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.cli.app import COMMANDS
from bench.errors import BenchError, flag
from bench.searchers import TUNERS
from bench.study import suites
from bench.study.requests import search_options
from search_spaces import FAMILIES

EXAMPLES = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

SOUND: dict[str, Any] = {
    "dataset": "digits",
    "tuner": "random",
    "seed": 3,
    "seeds": 2,
    "trials": 5,
    "epochs": 9,
    "time": "10m",
    "image_size": "32",
    "test_fraction": 0.2,
    "only": "units",
    "fix": "dropout=0.1",
}
"""Options that are taken, so that what is wrong doesn't always come first."""

sound = st.lists(st.sampled_from(list(SOUND)), max_size=4, unique=True)

NAMES = [*FAMILIES, *TUNERS, "digits", "folder:photos", "npz:x.npz", "asha", "a.py:b"]


NAMES_OF_COMMANDS = [each.__name__ for group in COMMANDS.values() for each in group]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A known name, or one with a character exchanged."""
    name = draw(st.sampled_from(NAMES))
    if draw(st.booleans()):
        return name
    place = draw(st.integers(0, len(name) - 1))
    return name[:place] + draw(st.characters()) + name[place + 1 :]


values = st.one_of(
    mutated(),
    st.integers().map(str),
    st.floats().map(str),
    st.text(max_size=20),
    st.sampled_from(["9" * 400, "\0", "\x1b[31m", "10m", "8x8", "a=b", "-", "--", ""]),
)
words = st.one_of(
    values, st.sampled_from([flag(o.name) for o in search_options()] + ["--help"])
)
commands = st.tuples(
    st.sampled_from([name for name in NAMES_OF_COMMANDS if name != "generate"]),
    st.lists(st.sampled_from(list(FAMILIES)), max_size=2),
    sound,
    st.lists(words, max_size=2),
)


class NoSession:
    """A session that does nothing: the words are what is tested."""

    search = costs = describe = suite = staticmethod(lambda *_, **__: [])


@pytest.fixture
def answering(
    bench: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bench.study.early.load", lambda asked: None)
    monkeypatch.setattr(
        "bench.cli.search.start_with_workers", lambda *_, **__: NoSession
    )
    monkeypatch.setattr("bench.study.start.start_session", lambda *_: NoSession)
    return bench


@given(command=commands)
@EXAMPLES
def test_no_words_end_in_a_traceback(
    answering: Callable, tried: Callable, command: tuple[str, *tuple[list[str], ...]]
) -> None:
    name, families, options, more = command
    pairs = [word for o in options for word in (flag(o), SOUND[o])]
    answer = answering(name, *families, *pairs, *more)
    assert answer.code in (0, 2)
    if answer.code:
        assert answer.err.startswith("error: ")
        assert answer.err.count("\n") == 1
        assert len(answer.err) < 2000
    else:
        assert answer.err == ""
    happened = "refused" if answer.code else "answered"
    tried("random words of commands", happened, "an answer, or one line and code 2")


scalars = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    mutated(),
    st.dates(datetime.date(1, 1, 1)),
)
nested = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
keys = st.sampled_from(
    [*(option.name for option in search_options()), "family", "studies", "sedes"]
)
tables = st.builds(
    lambda names, more: {name: SOUND[name] for name in names} | more,
    sound,
    st.dictionaries(keys, nested, max_size=1),
)


def toml(value: Any) -> str:
    """A value as it is written in TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value).replace("\x7f", "\\u007f")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        pairs = (f"{toml(key)} = {toml(each)}" for key, each in value.items())
        return f"{{{', '.join(pairs)}}}"
    return str(value)


@given(
    top=tables,
    below=st.lists(tables, max_size=3),
    family=st.booleans(),
    garbage=st.binary(max_size=3),
)
@EXAMPLES
def test_no_suite_ends_in_a_traceback(
    tried: Callable,
    tmp_path: Path,
    top: dict,
    below: list[dict],
    family: bool,
    garbage: bytes,
) -> None:
    if family:
        top = {"family": "dense", **top}
    lines = [f"{key} = {toml(value)}" for key, value in top.items()]
    for table in below if "studies" not in top else []:
        lines += ["[[studies]]", *(f"{key} = {toml(v)}" for key, v in table.items())]
    path = tmp_path / "suite.toml"
    path.write_bytes("\n".join(lines).encode("utf-8", "replace") + garbage)
    try:
        happened, message = "read", ""
        assert suites.read(path, {})
    except BenchError as error:
        happened, message = "refused", str(error)
    assert "\n" not in message
    assert len(message) < 2000
    tried("random suites", happened, "studies, or one line and exit code 2")
