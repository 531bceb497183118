"""Paths that are no files or folders, in every option that takes a path."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

from cases import Case


def _fifo(folder: Path) -> str:
    os.mkfifo(folder / "pipe")
    return str(folder / "pipe")


def _socket(folder: Path) -> str:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(folder / "socket"))
    return str(folder / "socket")


def _loop(folder: Path) -> str:
    (folder / "loop").symlink_to(folder / "loop")
    return str(folder / "loop")


def _dangling(folder: Path) -> str:
    (folder / "dangling").symlink_to(folder / "nowhere")
    return str(folder / "dangling")


def _file(folder: Path) -> str:
    (folder / "notes").write_text("these are notes\n" * 40)
    return str(folder / "notes")


def _folder(folder: Path) -> str:
    (folder / "folder" / "sub").mkdir(parents=True)
    return str(folder / "folder")


MAKERS: dict[str, Callable[[Path], str]] = {
    "a FIFO": _fifo,
    "a socket": _socket,
    "/dev/zero": lambda _: "/dev/zero",
    "/dev/full": lambda _: "/dev/full",
    "a link to itself": _loop,
    "a dangling link": _dangling,
    "a file": _file,
    "a folder": _folder,
    "below a file": lambda folder: _file(folder) + "/deep/er",
    "a name of 300 bytes": lambda folder: str(folder / ("x" * 300)),
    "a path of 5000 bytes": lambda folder: str(folder) + "/x" * 2500,
    "a null byte": lambda folder: str(folder / "a\0b"),
    "no UTF-8": lambda folder: str(folder / "caf\udce9"),
    "nothing there": lambda folder: str(folder / "nowhere"),
    "an escape sequence": lambda folder: str(folder / "\x1b[31mred\nline"),
}

_NEW = {"a folder", "no UTF-8", "nothing there", "an escape sequence"}
"""Paths above that may become a folder."""


def _search(*words: object) -> list[object]:
    return ["search", "dense", *words]


def _data_file(path: str) -> list[object]:
    """A data folder in which a data set's file is a link to a path."""
    folder = Path.cwd() / "data"
    folder.mkdir()
    try:
        (folder / "mnist.npz").symlink_to(path)
    except (OSError, ValueError):  # no link can hold this path
        (folder / "mnist.npz").symlink_to("too/long/for/a/link")
    return _search("--dataset", "mnist", "--data", folder)


_OPTIONS: dict[str, tuple[Callable[[str], list[object]], set[str]]] = {
    "--dataset folder:": (lambda path: _search("--dataset", f"folder:{path}"), set()),
    "--dataset npz:": (lambda path: _search("--dataset", f"npz:{path}"), set()),
    "--dataset npy:": (lambda path: _search("--dataset", f"npy:{path},{path}"), set()),
    "--data": (lambda path: _search("--data", path), _NEW),
    "a file in --data": (_data_file, set()),
    "--results": (lambda path: _search("--results", path), _NEW),
    "leaderboard --results": (lambda path: ["leaderboard", "--results", path], set()),
    "studies --results": (lambda path: ["studies", "--results", path], set()),
    "suite FILE": (lambda path: ["suite", path, "--dry-run"], set()),
    "datasets --data": (lambda path: ["datasets", "--data", path], _NEW - {"no UTF-8"}),
}
"""Commands that take a path, and the paths above that are fine for them."""


def _case(option: str, name: str) -> Case:
    command, fine = _OPTIONS[option]
    return Case(
        category="paths",
        name=f"{option} {name}",
        words=lambda folder: command(MAKERS[name](folder)),
        is_fine=name in fine,
    )


CASES = [
    _case(option, name)
    for option in _OPTIONS
    for name in MAKERS
    if (option, name) != ("datasets --data", "no UTF-8")
]
