"""Files and names of families, weights and generators that are none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bad_numbers import NINES
from bad_paths import MAKERS
from cases import Case, typed

SEARCH = ("--dataset", "digits", "--workers", "0", "--results", "new")


def _weights(path: str) -> list[object]:
    return ["search", "transfer", "--weights", path, *SEARCH]


def _to(path: str) -> list[object]:
    return ["generate", "abc", "--to", path, "--results", "nowhere"]


def _linked_family(path: str) -> list[object]:
    try:
        Path("link.py").symlink_to(path)
    except (OSError, ValueError):  # no link can hold this path
        return ["search", f"{path}.py:build", *SEARCH]
    return ["search", "link.py:build", *SEARCH]


def _family(content: bytes) -> Callable[[Path], list[object]]:
    def words(folder: Path) -> list[object]:
        (folder / "theirs.py").write_bytes(content)
        return ["search", f"{folder}/theirs.py:build", *SEARCH]

    return words


_CONTENTS = {
    "nothing": b"",
    "no Python": b"def build(hp:\n",
    "null characters": b"\0" * 100,
    "no UTF-8": b"x = '\xff\xfe'",
    "10,000 brackets": b"build = " + b"(" * 10_000,
    "an error at import": b"raise KeyError('x\\ny\\n' + 'z' * 5000)",
    "a number of that name": b"build = 3",
    "a class that wants more": b"import keras_tuner\n"
    b"class build(keras_tuner.HyperModel):\n    def __init__(self, more): pass",
    "a function without arguments": b"def build(): pass",
    "a function that returns nothing": b"def build(hp): pass",
    "endless recursion": b"def build(hp): return build(hp)",
}

_NAMES = ("a.py:", ":build", "a:b:c", "os:path", "json:loads", "..:x", ".py:x", "~:x")

_PATHS = {"--weights": _weights, "generate --to": _to, "PATH.py": _linked_family}

CASES = [
    *(
        Case(
            category="paths",
            name=f"{option} {name}",
            words=lambda folder, command=command, make=make: command(make(folder)),
        )
        for option, command in _PATHS.items()
        for name, make in MAKERS.items()
    ),
    *(
        Case(category="families", name=name, words=_family(content))
        for name, content in _CONTENTS.items()
    ),
    *(typed("families", "search", name, *SEARCH) for name in _NAMES),
    *(
        typed("numbers", "generate", "abc", "--to", "new", option, value)
        for option in ("--count", "--seed")
        for value in (NINES, "-1", "x", "1e3", 10**30)
    ),
    typed("numbers", "generate", "abc", "--to", "new", "--count", 0),
    typed("numbers", "generate", "abc", "--to", "new", "--count", 10**9),
]
