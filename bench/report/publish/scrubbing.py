"""Leaves the paths and the machines of whoever trained out of texts.

Of a path its last part stays: ``folder:/home/x/photos`` becomes ``folder:photos``. All
files of a published folder are made of texts that passed here.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePath, PureWindowsPath

from bench.records import KINDS_OF_PATHS, StudyRecord, StudySpec

MACHINE = "machine"
"""Stands for the name of a machine."""

_KIND = re.compile(rf"^(?:{'|'.join(KINDS_OF_PATHS)}):")
_NAME = re.compile(r":\w+$")

_PATTERNS = (
    re.compile(r"file:(?P<path>//[^\s'\"<>]+)"),
    # In quotes a path may hold spaces; what closes the quotes ends it.
    re.compile(
        r"(?<=['\"`])(?P<path>~?/[^'\"`\n]+|[A-Za-z]:[\\/][^'\"`\n]+)(?=['\"`])"
    ),
    re.compile(r"(?<!\w)(?P<path>[A-Za-z]:\\[^\s'\"<>:,;()]+)"),
    re.compile(r"(?<!\w)(?P<path>\\\\[^\s'\"<>:,;()]+)"),
    re.compile(r"(?<![\w./~])(?P<path>(?:~|\.{1,2})?(?:/[^\s/'\"<>:,;()]+){2,}/?)"),
    re.compile(r"(?<![\w./])(?P<path>~/[^\s/'\"<>:,;()]+)"),
)


def scrubber(studies: Iterable[StudyRecord]) -> Callable[[str], str]:
    """Makes of a text the same without paths and without the name of this machine.

    Args:
        studies: All studies of the store, whose typed paths are known exactly.
    """
    typed = {path for study in studies for path in _typed(study)}
    # A path is replaced before one that it begins with.
    known = {path: _last(path) for path in sorted(typed, key=len, reverse=True)}
    machine = _machine()

    def scrubbed(text: str) -> str:
        for path, name in known.items():
            text = text.replace(path, name)
        for pattern in _PATTERNS:
            text = pattern.sub(_shortened, text)
        # A word alone is a name of something else, such as of a data set.
        is_sentence = machine is not None and " " in text
        return machine.sub(MACHINE, text) if is_sentence and machine else text

    return scrubbed


def _typed(study: StudyRecord) -> Iterator[str]:
    before = (str(study.begun.get(name) or "") for name in ("dataset", "groups"))
    for text in (*_texts(study.spec), *before):
        for part in _KIND.sub("", text).split(","):
            path = _NAME.sub("", part)
            if _is_path(path) and _last(path):
                yield path.rstrip("/\\")
                yield str(PurePath(path))


def _is_path(text: str) -> bool:
    return "/" in text or "\\" in text


def _texts(spec: StudySpec) -> Iterator[str]:
    yield from (spec.dataset, spec.family)
    yield from filter(None, (spec.groups, spec.portfolio))
    yield from (value for value in spec.options.values() if isinstance(value, str))


def _last(path: str) -> str:
    windows = PureWindowsPath(path)  # knows both separators
    return "" if windows.name in ("..", ".") else windows.name


def _shortened(match: re.Match[str]) -> str:
    return match[0].replace(match["path"], _last(match["path"]) or MACHINE)


def _machine() -> re.Pattern[str] | None:
    """The machine's name as words, in full and up to the first dot."""
    node = platform.node()
    names = {node, node.partition(".")[0]} - {"", "localhost"}
    if not names:
        return None
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])")
