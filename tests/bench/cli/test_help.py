"""Helps, versions, and what a shell completes."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from bench import cli
from bench.errors import command, flag
from bench.records.options import GROUPS
from bench.searchers import TUNERS
from bench.store import Store
from bench.study.requests import search_options
from search_spaces import FAMILIES

COMMON = [option for option in search_options() if option.is_common]
NOT_OF_PLAN = ("results", "fresh", "track", "quiet")


def options_in(text: str) -> set[str]:
    return set(re.findall(r"│ (--[\w-]+) ", text))


def test_help_of_search_shows_ten_options_by_group_and_examples(
    bench: Callable,
) -> None:
    text = bench("search", "--help").out
    assert len(COMMON) == 10
    assert options_in(text) == {
        *(flag(option.name) for option in COMMON),
        "--help",
        "--help-all",
    }
    titles = [title for title in re.findall(r"╭─ (\w+) ", text) if title in GROUPS]
    assert titles == [g for g in GROUPS if any(o.group == g for o in COMMON)]
    last = text.rpartition("╯")[2]
    assert "python -m bench search vgg" in last
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("name", ["search", "plan"])
def test_help_all_shows_every_option_in_the_same_words(
    bench: Callable, name: str
) -> None:
    answer = bench(name, "--help-all")
    text = " ".join(re.sub(r"[│╭╮╰╯─]", " ", answer.out).split())
    assert answer.code == 0
    taken = [
        option
        for option in search_options()
        if name == "search" or option.name not in NOT_OF_PLAN
    ]
    assert {flag(option.name) for option in taken} <= options_in(answer.out)
    assert all(option.help.split(",")[0][:40] in text for option in taken)
    titles = [t for t in re.findall(r"╭─ (\w+) ", answer.out) if t in GROUPS]
    assert titles == [g for g in GROUPS if g in {option.group for option in taken}]
    again = bench(name, "--help").out  # what was shown once is hidden again
    assert "--patience" not in again


def test_version_names_what_scores_depend_on(bench: Callable) -> None:
    answer = bench("--version")
    assert answer.code == 0
    for package in ("keras-leaderboard", "keras", "tensorflow"):
        assert metadata.version(package) in answer.out
    assert ".".join(map(str, sys.version_info[:3])) in answer.out


@pytest.mark.parametrize(
    ("called", "expected"),
    [
        ("/usr/bin/keras-leaderboard", "keras-leaderboard families"),
        ("keras-leaderboard.exe", "keras-leaderboard families"),
        ("/usr/lib/bench/__main__.py", "python -m bench families"),
    ],
)
def test_messages_name_the_command_as_it_was_called(
    bench: Callable, monkeypatch: pytest.MonkeyPatch, called: str, expected: str
) -> None:
    monkeypatch.setattr(sys, "argv", [called])
    assert command("families") == expected
    assert f"({expected}; " in bench("search", "vgf").err
    assert f"see {command('search')} --help" in bench("search", "--trial", "3").err


FOR_OTHERS = ("report/page", "report/command.py", "report/reuse.py")
"""Files of these are read by others, who may call the toolkit in another way."""


def test_no_message_names_the_command_but_as_it_was_called() -> None:
    root = Path(cli.__file__).parents[1]
    for path in root.rglob("*.py"):
        place = path.relative_to(root).as_posix()
        if place == "errors.py" or place.startswith(FOR_OTHERS):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                is_prose = "``python -m bench" in node.value  # of a docstring
                assert is_prose or "python -m bench" not in node.value, (place, node)


@pytest.fixture
def completed(bench: Callable, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """The words that a shell offers for the last of some words."""

    def completed(*words: str) -> list[str]:
        monkeypatch.setattr(sys, "argv", ["keras-leaderboard"])
        line = ["keras-leaderboard", *words]
        monkeypatch.setenv("_KERAS_LEADERBOARD_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", " ".join(line))
        monkeypatch.setenv("COMP_CWORD", str(len(line) - 1))
        return bench().out.split()

    return completed


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["search", "v"], {name for name in FAMILIES if name.startswith("v")}),
        (["describe", "len"], {"lenet"}),
        (["search", "vgg", "--tuner", ""], {*TUNERS}),
        (["search", "vgg", "--dataset", "cifar"], {"cifar10", "cifar100"}),
        (["search", "vgg", "--metric", "log"], {"log_loss"}),
        (["search", "vgg", "--only", "dropout,dense_u"], {"dropout,dense_units"}),
        (["search", "vgg", "--fix", "dense"], {"dense_units=", "dense_layers="}),
        (["search", "vgg", "--fix", "optimizer=a"], {"optimizer=adam"}),
    ],
)
def test_shell_completes_names_and_values(
    completed: Callable, words: list[str], expected: set[str]
) -> None:
    assert set(completed(*words)) == expected


def test_shell_completes_studies_of_the_results_folder(
    completed: Callable, tmp_path: Path
) -> None:
    Store(tmp_path).close()
    assert completed("show", "--results", str(tmp_path), "b") == ["best"]
    nowhere = str(tmp_path / "nowhere")
    assert completed("show", "--results", nowhere, "b") == []
