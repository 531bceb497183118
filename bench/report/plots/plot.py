"""The base of all plots: the data of a plot, its file name, and how it is drawn."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.report import palette
from bench.text import terminal

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KEYWORD = "Bench-Digest"
"""Keyword of the PNG text chunk that holds the digest of a plot."""

_LINE = 200
"""Characters of a line in a plot; longer texts lose their middle."""


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A plot, whose fields hold everything that it shows, as plain values and arrays.

    Attributes:
        name: Name of the PNG file, without folders.
        title: The question that it answers; below, in a line of its own, its subject.
        seen: What is seen, for those who don't see it.
    """

    name: str
    title: str
    seen: str = ""

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, _visible(getattr(self, field.name)))

    @property
    def alternative(self) -> str:
        """The question, the subject and what is seen, in one line."""
        title = self.title.replace("\n", " ")
        return f"{title}. {self.seen}" if self.seen else title

    def draw(self) -> Figure:
        """Draw the plot; called within the theme of ``bench.report.plots.style``."""
        raise NotImplementedError


def digest(plot: Plot) -> str:
    """Hash of everything that a plot shows and of the code that draws it."""
    sha = hashlib.sha256(_code())
    sha.update(type(plot).__name__.encode())
    for field in fields(plot):
        sha.update(f"\n{field.name}=".encode())
        sha.update(_content(getattr(plot, field.name)))
    return sha.hexdigest()


def _visible(value: Any) -> Any:
    """A field with all its texts fit to be drawn; line breaks stay."""
    if isinstance(value, str):
        return "\n".join(terminal(line, _LINE) for line in value.split("\n"))
    if isinstance(value, tuple):
        return tuple(map(_visible, value))
    if is_dataclass(value) and not isinstance(value, type):
        names = (field.name for field in fields(value))
        return replace(value, **{n: _visible(getattr(value, n)) for n in names})
    return value


def _content(value: object) -> bytes:
    if isinstance(value, np.ndarray):
        return f"{value.shape}{value.dtype}".encode() + value.tobytes()
    return repr(value).encode()


@functools.cache
def _code() -> bytes:
    """Hash of this package and its colours: a plot is drawn again after a change."""
    sources = [*sorted(Path(__file__).parent.glob("*.py")), Path(palette.__file__)]
    return b"".join(hashlib.sha256(path.read_bytes()).digest() for path in sources)
