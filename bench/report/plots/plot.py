"""What every plot is: data, a file name, and a way to be drawn."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KEYWORD = "Bench-Digest"
"""Names the text chunk of a PNG that holds the digest of what it shows."""


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A plot; fields hold everything that it shows, as plain values and arrays.

    Attributes:
        name: Of the PNG file, without folders.
    """

    name: str

    def draw(self) -> Figure:
        """Draw it; called within the theme of ``bench.report.plots.style``."""
        raise NotImplementedError


def digest(plot: Plot) -> str:
    """Hash of all that a plot shows and of the code that draws it."""
    sha = hashlib.sha256(_code())
    sha.update(type(plot).__name__.encode())
    for field in fields(plot):
        sha.update(f"\n{field.name}=".encode())
        sha.update(_content(getattr(plot, field.name)))
    return sha.hexdigest()


def _content(value: object) -> bytes:
    if isinstance(value, np.ndarray):
        return f"{value.shape}{value.dtype}".encode() + value.tobytes()
    return repr(value).encode()


@functools.cache
def _code() -> bytes:
    """Of this package, so that a changed drawing is drawn again."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return b"".join(hashlib.sha256(path.read_bytes()).digest() for path in sources)
