"""The base of all plots: the data of a plot, its file name, and how it is drawn."""

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
"""Keyword of the PNG text chunk that holds the digest of a plot."""


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A plot, whose fields hold everything that it shows, as plain values and arrays.

    Attributes:
        name: Name of the PNG file, without folders.
    """

    name: str

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


def _content(value: object) -> bytes:
    if isinstance(value, np.ndarray):
        return f"{value.shape}{value.dtype}".encode() + value.tobytes()
    return repr(value).encode()


@functools.cache
def _code() -> bytes:
    """Hash of this package, so that plots are drawn again after it changed."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return b"".join(hashlib.sha256(path.read_bytes()).digest() for path in sources)
