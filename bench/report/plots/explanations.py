"""Images beside maps of the pixels that speak for the predicted class."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.report.plots.plot import Plot
from bench.text import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 4
"""Number of pairs of images side by side."""

_MIN_SIDE = 128
"""Number of pixels to which the shorter side of a small image is enlarged."""

_LUMA = (0.299, 0.587, 0.114)
_LABEL_LENGTH, _NAME_LENGTH = 40, 34


@dataclass(frozen=True, kw_only=True)
class Explained:
    """A prediction and the map that explains it.

    Attributes:
        image: ``(height, width, channels)``, ``uint8``.
        heat: ``(height, width)``, positive where a pixel speaks for the prediction.
        predicted: Label of the predicted class.
        probability: That of the predicted class.
        true: Label of the true class; None if it isn't known.
        name: Name of the image; empty for none.
    """

    image: np.ndarray
    heat: np.ndarray
    predicted: str
    probability: float
    true: str | None = None
    name: str = ""

    @property
    def is_wrong(self) -> bool:
        return self.true is not None and self.true != self.predicted

    def caption(self, width: int) -> str:
        """Lines of at most ``width`` characters, as far as words allow."""
        label = shortened(self.predicted, _LABEL_LENGTH)
        lines = [f"{label} ({_percent(self.probability)})"]
        if self.true is not None:
            label = shortened(self.true, _LABEL_LENGTH)
            lines.append(f"wrong: it is {label}" if self.is_wrong else "right")
        if self.name:
            lines.append(shortened(self.name, _NAME_LENGTH))
        return "\n".join(textwrap.fill(line, width) for line in lines)


@dataclass(frozen=True, kw_only=True)
class Explanations(Plot):
    """Pairs of an image and its map, with a bar of the map's colours below.

    Colours are perceptually uniform, and colour-blind readers can tell them apart.

    Attributes:
        method: Name of the method, for the bar.
        is_signed: Whether maps may be negative.
        examples: The predictions.
        inches: Length of the longer sides of the images.
    """

    method: str
    is_signed: bool
    examples: tuple[Explained, ...]
    inches: float = 1.55

    def draw(self) -> Figure:
        from matplotlib.gridspec import GridSpec

        from bench.report.plots.style import figure

        columns = min(COLUMNS, len(self.examples))
        rows = -(-len(self.examples) // columns)
        height, width = self._size()
        caption = 0.21 + 0.17 * self._lines()
        drawing = figure(
            max(columns * (2 * width + 0.35), 4.6),
            rows * (height + caption) + 0.75,
            self.title,
        )
        heights = [height + caption] * rows + [0.16]
        grid = GridSpec(
            rows + 1,
            3 * columns,
            drawing,
            width_ratios=[width, width, 0.12] * columns,
            height_ratios=heights,
        )
        for n, example in enumerate(self.examples):
            row, column = divmod(n, columns)
            panels = [drawing.add_subplot(grid[row, 3 * column + k]) for k in (0, 1)]
            self._draw_pair(example, *panels)
        self._draw_bar(drawing, drawing.add_subplot(grid[rows, :]))
        return drawing

    def _size(self) -> tuple[float, float]:
        """Height and width of an image in inches."""
        height, width = self.examples[0].image.shape[:2]
        longer = max(height, width)
        return self.inches * height / longer, self.inches * width / longer

    def _lines(self) -> int:
        return max(1 + e.caption(self._letters()).count("\n") for e in self.examples)

    def _letters(self) -> int:
        """Number of letters that fit above a pair."""
        return int(2 * self._size()[1] * 13)

    def _draw_pair(self, example: Explained, left: Axes, right: Axes) -> None:
        from bench.report.plots.style import BLUE, GREY, RED, show

        color = GREY if example.true is None else RED if example.is_wrong else BLUE
        show(left, example.image, "")
        left.set_title(
            example.caption(self._letters()),
            color=color,
            fontsize=8.5,
            fontweight="normal",
            loc="left",
        )
        right.imshow(overlay(example.image, example.heat, is_signed=self.is_signed))
        for panel in (left, right):
            panel.set_axis_off()

    def _draw_bar(self, drawing: Figure, axes: Axes) -> None:
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import Normalize

        low = -1 if self.is_signed else 0
        colors = ScalarMappable(Normalize(low, 1), color_map(self.is_signed))
        bar = drawing.colorbar(colors, cax=axes, orientation="horizontal")
        bar.outline.set_visible(False)
        if self.is_signed:
            bar.set_ticks([-1, 0, 1], labels=["speaks against it", "neither", "for it"])
        else:
            bar.set_ticks([0, 1], labels=["nothing", "most"])
        bar.ax.tick_params(length=0)
        ends = bar.ax.get_xticklabels()
        ends[0].set_horizontalalignment("left")
        ends[-1].set_horizontalalignment("right")
        bar.set_label(
            f"What speaks for the predicted class, by {self.method}; "
            "each image by its own scale",
            fontsize=9,
        )


def overlay(image: np.ndarray, heat: np.ndarray, *, is_signed: bool) -> np.ndarray:
    """An image in gray under the colours of its map.

    Args:
        image: ``(height, width, channels)``, ``uint8``.
        heat: ``(height, width)``; the largest magnitude gets the strongest colour.
        is_signed: Whether the map may be negative.

    Returns:
        ``(height, width, 3)``, values in 0..1; small images are enlarged, so that
        every pixel stays a square under smooth colours.
    """
    times = max(1, _MIN_SIDE // min(heat.shape))
    image = image.repeat(times, axis=0).repeat(times, axis=1)
    heat = _enlarged(heat, times, is_smooth=not is_signed)
    strength = heat / max(float(np.abs(heat).max()), 1e-12)
    position = (strength + 1) / 2 if is_signed else strength
    colors = color_map(is_signed)(position)[..., :3]
    share = 0.3 + 0.5 * np.abs(strength)[..., None]
    mixed: np.ndarray = share * colors + (1 - share) * _gray(image)[..., None]
    return mixed.clip(0, 1)


def color_map(is_signed: bool) -> Any:
    """The colours of maps, from the lowest value to the highest."""
    import seaborn as sns
    from matplotlib import colormaps

    if is_signed:
        return sns.color_palette("vlag", as_cmap=True)
    return colormaps["inferno"]


def _enlarged(heat: np.ndarray, times: int, *, is_smooth: bool) -> np.ndarray:
    from PIL import Image

    height, width = heat.shape
    how = Image.Resampling.BILINEAR if is_smooth else Image.Resampling.NEAREST
    image = Image.fromarray(np.ascontiguousarray(heat, np.float32))
    return np.asarray(image.resize((times * width, times * height), how))


def _gray(image: np.ndarray) -> np.ndarray:
    """Brightness in 0..1, ``(height, width)``."""
    bright = image / 255
    if image.shape[-1] != 3:
        return np.asarray(bright[..., 0])
    return np.asarray(bright @ np.array(_LUMA))


def _percent(probability: float) -> str:
    """A probability in percent that is 100% only if it is 1."""
    if 0.9995 <= probability < 1:
        return ">99.9%"
    return f"{probability:.1%}"
