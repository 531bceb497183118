"""What pages are made of: sections of blocks, which one template renders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from markupsafe import Markup

from bench.report.page.charts import Bar


@dataclass(frozen=True, kw_only=True)
class Block:
    """A part of a section; ``kind`` names its macro in ``blocks.html.j2``."""

    kind: ClassVar[str]


@dataclass(frozen=True, kw_only=True)
class Text(Block):
    """A paragraph.

    Attributes:
        style: Classes of the style sheet, such as ``note warning``.
    """

    kind: ClassVar[str] = "text"
    text: str
    style: str = ""


@dataclass(frozen=True, kw_only=True)
class Heading(Block):
    """The title of some blocks within a section."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True, kw_only=True)
class Command(Block):
    """A command, and what it does."""

    kind: ClassVar[str] = "command"
    label: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Facts(Block):
    """Values by their names."""

    kind: ClassVar[str] = "facts"
    values: Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Table(Block):
    """A table.

    Attributes:
        caption: What it holds.
        columns: Headings.
        rows: A text for each column; the first one names the row.
        numbers: Indices of columns that are aligned to the right.
        marked: Indices of rows that stand out.
        is_folded: Whether only the caption is seen until the reader opens it.
        is_wide: Whether it is too wide for paper, and so not printed.
    """

    kind: ClassVar[str] = "table"
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()
    marked: frozenset[int] = frozenset()
    is_folded: bool = False
    is_wide: bool = False


def bar_numbers(bars: Sequence[Bar], name: str, value: str) -> Table:
    """The numbers of bars, folded, under headings for their names and values."""
    return Table(
        caption="Numbers",
        columns=(name, value),
        rows=[(bar.name, bar.text) for bar in bars],
        numbers=frozenset((1,)),
        is_folded=True,
    )


@dataclass(frozen=True, kw_only=True)
class Figure(Block):
    """A chart.

    Attributes:
        question: The question that it answers.
        caption: How it is read.
        drawing: The SVG.
        numbers: The same as a table; None if another table of the page holds them,
            which the caption says.
        is_wide: Whether it takes the whole width.
        style: Another class.
    """

    kind: ClassVar[str] = "figure"
    question: str
    caption: str
    drawing: Markup
    numbers: Table | None = None
    is_wide: bool = False
    style: str = ""


@dataclass(frozen=True, kw_only=True)
class Figures(Block):
    """Charts side by side, as far as there is room."""

    kind: ClassVar[str] = "figures"
    each: Sequence[Figure]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An image.

    Attributes:
        source: Of an ``<img>``.
        alternative: Says what is seen.
        caption: Below it.
        style: ``right``, ``wrong``, or empty.
    """

    source: str
    alternative: str
    caption: str = ""
    style: str = ""


@dataclass(frozen=True, kw_only=True)
class Gallery(Block):
    """Images side by side.

    Attributes:
        title: Above them; empty for none.
        note: A sentence below the title.
        pictures: The images.
        style: A class that sets their size, such as ``large``.
    """

    kind: ClassVar[str] = "gallery"
    title: str
    pictures: Sequence[Picture]
    note: str = ""
    style: str = ""


@dataclass(frozen=True, kw_only=True)
class Slides(Block):
    """Rows of images, of which a slider shows one; without script all are seen.

    Attributes:
        title, note: As of a gallery.
        label: Of the slider, such as ``Epoch``.
        names: Of the rows, such as ``epoch 3``.
        pictures: One wide image for each row.
    """

    kind: ClassVar[str] = "slides"
    title: str
    label: str
    names: Sequence[str]
    pictures: Sequence[Picture]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Folded(Block):
    """Lines as they are, such as a traceback, below a summary that opens them."""

    kind: ClassVar[str] = "folded"
    summary: str
    lines: str


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section of a page.

    Attributes:
        anchor: Its id.
        title: Its heading.
        blocks: Its content.
    """

    anchor: str
    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)
