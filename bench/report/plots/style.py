"""The looks that all plots share, and their PNG files. Imports seaborn."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.report.plots.plot import KEYWORD, Plot

# Blue and red stay apart for colour-blind readers, as blue and green would not.
BLUE, RED, GREY = "#0b62a8", "#c81e1e", "#6b7280"
LIGHT_BLUE = "#7db8e0"
PALETTE = (BLUE, "#de8f05", "#029e73", "#cc78bc")

_DPI = 120
_SETTINGS: Any = {
    # A class named "$x$" is a name, not a formula.
    "text.parse_math": False,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlesize": 11,
    "figure.titlesize": 12,
    "legend.frameon": False,
    "font.size": 10,
}


def png(plot: Plot, digest: str) -> bytes:
    """Draw a plot as a PNG file that carries the digest of what it shows."""
    buffer = io.BytesIO()
    with _theme():
        metadata = {KEYWORD: digest, "Software": None}
        plot.draw().savefig(buffer, format="png", dpi=_DPI, metadata=metadata)
    return buffer.getvalue()


def figure(width: float, height: float, title: str = "") -> Figure:
    """A figure of a size in inches whose parts don't overlap."""
    made = Figure(figsize=(width, height), layout="constrained")
    if title:
        made.suptitle(title, x=0.01, ha="left", fontweight="bold")
    return made


def gallery(count: int, title: str, lines: int) -> tuple[Figure, list[Axes]]:
    """A figure with a panel for each of some images, captions of so many lines."""
    columns = 4
    rows = -(-count // columns)
    made = figure(1.9 * columns, (1.9 + 0.16 * lines) * rows + 0.4, title)
    panels = made.subplots(rows, columns, squeeze=False).ravel().tolist()
    for panel in panels:
        panel.set_axis_off()
    return made, panels[:count]


def show(panel: Axes, image: np.ndarray, title: str, color: str = "black") -> None:
    """Show one ``uint8`` image of shape ``(height, width, channels)``."""
    shown = image if image.shape[-1] in (3, 4) else image[..., 0]
    panel.imshow(shown, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    panel.set_title(title, color=color, fontsize=8, fontweight="normal", loc="center")


@contextmanager
def _theme() -> Iterator[None]:
    with (
        warnings.catch_warnings(),
        sns.axes_style("whitegrid"),
        sns.plotting_context("notebook", font_scale=0.8),
        mpl.rc_context(_SETTINGS),
    ):
        # Class names may be in any script; a missing glyph is drawn as a box.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield
