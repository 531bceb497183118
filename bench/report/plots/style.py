"""The style of all plots, and their PNG files. Imports matplotlib and seaborn."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import wrap
from typing import Any

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.report.palette import LIGHT
from bench.report.plots.plot import KEYWORD, Plot

# Colour-blind readers can tell blue from red, but not blue from green.
BLUE, RED, GREY = "#0b62a8", "#c81e1e", "#6b7280"
PALETTE = LIGHT
MARKERS = ("o", "s", "^", "D", "v")
DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)))
"""As matplotlib names those of ``bench.report.palette``."""

_DPI = 120
_LETTERS = 11
"""Letters of a title that fit into an inch."""

_SHORTEST_LINE = 40
_TITLE_LINE = 0.2
"""Inches of a line of the title."""

_SETTINGS: Any = {
    # A class named "$x$" is a name, not a formula.
    "text.parse_math": False,
    "text.usetex": False,  # whatever the user's own settings are
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlesize": 11,
    "figure.titlesize": 12,
    "legend.frameon": False,
    "font.size": 10,
}


def png(plot: Plot, digest: str) -> bytes:
    """Draw a plot as a PNG file that carries the digest of its content."""
    buffer = io.BytesIO()
    with _theme():
        metadata = {KEYWORD: digest, "Software": None}
        plot.draw().savefig(buffer, format="png", dpi=_DPI, metadata=metadata)
    return buffer.getvalue()


def figure(width: float, height: float, title: str = "") -> Figure:
    """A figure whose parts don't overlap.

    Args:
        width: Inches.
        height: Inches, for a title of one line.
        title: Above all; its lines are broken where they are too long.
    """
    letters = max(_SHORTEST_LINE, int(_LETTERS * width))
    lines = [wrapped for line in title.split("\n") for wrapped in wrap(line, letters)]
    height += _TITLE_LINE * max(0, len(lines) - 1)
    drawing = Figure(figsize=(width, height), layout="constrained")
    if title:
        drawing.suptitle("\n".join(lines), x=0.01, ha="left", fontweight="bold")
    return drawing


def gallery(count: int, title: str, lines: int) -> tuple[Figure, list[Axes]]:
    """A figure with panels for images and their captions.

    Args:
        count: Number of panels.
        title: Title of the figure.
        lines: Number of lines of the longest caption.
    """
    columns = 4
    rows = -(-count // columns)
    drawing = figure(1.9 * columns, (1.9 + 0.16 * lines) * rows + 0.4, title)
    panels = drawing.subplots(rows, columns, squeeze=False).ravel().tolist()
    for panel in panels:
        panel.set_axis_off()
    return drawing, panels[:count]


def show(panel: Axes, image: np.ndarray, title: str, color: str = "black") -> None:
    """Show a ``uint8`` image of shape ``(height, width, channels)``."""
    pixels = image if image.shape[-1] in (3, 4) else image[..., 0]
    panel.imshow(pixels, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    panel.set_title(title, color=color, fontsize=8, fontweight="normal", loc="center")


@contextmanager
def _theme() -> Iterator[None]:
    with (
        warnings.catch_warnings(),
        sns.axes_style("whitegrid"),
        sns.plotting_context("notebook", font_scale=0.8),
        mpl.rc_context(_SETTINGS),
    ):
        # Class names may use any script; missing glyphs are drawn as boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield
