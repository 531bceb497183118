"""Commands in the documents are those of the command line, and do what they should."""

from __future__ import annotations

import functools
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import typer
from PIL import Image

from bench import cli
from bench.cli.app import app
from bench.study.requests import request, search_options

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    "README.md",
    "CONTRIBUTING.md",
    "performance/README.md",
    *(path.relative_to(ROOT).as_posix() for path in sorted(ROOT.glob("docs/**/*.md"))),
]
CALL = re.compile(
    r"(?:^\s*(?:[A-Z_]+=\S+ )*(?:python -m bench|keras-leaderboard)"
    r"|.*tox run -e bench --) +(.*)"
)
INLINE = re.compile(r"`((?:python -m bench|keras-leaderboard)\s[^`]*)`")
BLOCK = re.compile(r"((?:^<!-- .* -->\n)?)((?:^ {4}.*\n)+)", re.MULTILINE)
MARK = re.compile(r"<!-- (run|not run: .+|main command|test command) -->")
OPTIONAL = re.compile(r"\[[^\]]*\]")
RESULTS_URL = re.compile(r"^\w+://.*/results$")
PLACEHOLDERS = {"...", "COMMAND"}

SMALL = ["--trials", "2", "--epochs", "1", "--seeds", "2", "--workers", "1"]
"""Options that make a search of a document short; those given last count."""


class Command(NamedTuple):
    words: list[str]
    mark: str


def written(document: str) -> Iterator[Command]:
    """The commands in the blocks of a document, with the comment above each block."""
    text = (ROOT / document).read_text("utf-8")
    for comment, block in BLOCK.findall(text):
        mark = MARK.match(comment)
        for line in block.replace("\\\n", " ").splitlines():
            if call := CALL.match(line):
                words = shlex.split(call.group(1), comments=True)
                yield Command(words, mark.group(1) if mark else "")


def mentioned(document: str) -> Iterator[Command]:
    """The commands within the sentences of a document, without optional parts.

    Those that are named without any argument are left out.
    """
    text = (ROOT / document).read_text("utf-8")
    for code in INLINE.findall(text):
        call = CALL.match(OPTIONAL.sub("", " ".join(code.split())))
        if call and " " in call.group(1).strip():
            yield Command(shlex.split(call.group(1)), "")


def parsed(words: list[str]) -> dict[str, Any]:
    """What the command line makes of a command, without running it."""
    name, *rest = words
    here = [
        RESULTS_URL.sub("results", word) for word in rest
    ]  # else to be pulled first
    values: dict[str, Any] = (
        command_line().commands[name].make_context(name, here).params
    )
    return values


@functools.cache
def command_line() -> Any:
    return typer.main.get_command(app)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_of_a_document_are_known(
    document: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "photos").mkdir()
    monkeypatch.chdir(tmp_path)
    for command in (*written(document), *mentioned(document)):
        if PLACEHOLDERS & {*command.words}:
            continue
        values = parsed(command.words)
        if command.words[0] in ("search", "plan") and not values.get("config"):
            known = {option.name for option in search_options()}
            options = {n: value for n, value in values.items() if n in known}
            request(values["families"], options)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_document_that_marks_one_command_marks_all(document: str) -> None:
    commands = [*written(document)]
    marked = [command for command in commands if command.mark]
    assert not marked or marked == commands


def test_unknown_options_in_a_document_would_be_found() -> None:
    with pytest.raises(Exception, match="No such option"):
        parsed(["search", "vgg", "--tunner", "random"])


TO_RUN = [
    document
    for document in DOCUMENTS
    if any(command.mark == "run" for command in written(document))
]


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with photographs, and results of two families on them."""
    folder = tmp_path_factory.mktemp("searched")
    for number in range(60):
        kind = ("cat", "dog")[number % 2]
        _photograph(folder / "photos" / kind / f"{number}.jpg", number)
    _photograph(folder / "new_photos" / "new.jpg", 61)
    [code] = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs/own_family.md").read_text("utf-8"), re.S
    )
    (folder / "mymodels.py").write_text(code)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        _run(
            [
                "search",
                "vgg",
                "lenet",
                "--dataset",
                "folder:photos",
                "--image-size",
                "64",
            ]
        )
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("document", TO_RUN)
def test_commands_of_a_document_run(
    document: str, searched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = [command for command in written(document) if command.mark == "run"]
    begins_anew = commands[0].words[0] == "search"
    ignored = shutil.ignore_patterns("results") if begins_anew else None
    shutil.copytree(searched, tmp_path / "here", ignore=ignored)
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("BROWSER", "true")
    for command in commands:
        _run(command.words)


def _run(words: list[str]) -> None:
    if words[0] in ("search", "plan"):
        is_pretrained = {"transfer", "finetune"} & {*words}
        words = [*words, *SMALL, *(["--weights", "random"] if is_pretrained else [])]
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 0, words


def _photograph(path: Path, number: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(number)
    pixels = random.integers(0, 160, (64, 64, 3), dtype=np.uint8)
    pixels[:, :, number % 2] += 90
    Image.fromarray(pixels).save(path)
