"""Tables for a console of any width, in which no number is ever cut. Imports rich."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from bench.errors import UsageError, unknown
from bench.text.console import CELL, Cell
from bench.text.streams import encodable
from bench.text.visible import terminal

NARROW = 16
"""Width below which a text is not wrapped, unless all of it is shorter."""

LONG = 32
"""Width from which a single word, such as a path, is folded."""

READABLE = 100
"""Width of the lines below a table, unless the table is wider."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a table.

    Attributes:
        name: How a user names it, such as ``train_seconds``.
        heading: Its heading; line breaks are shown.
        texts: Its cells; line breaks are shown.
        importance: The column with the highest number is left out first where not all
            fit; one with 0 is never left out.
        wraps: Whether the texts are words, which may be wrapped, rather than numbers.
        is_right: Whether the texts are aligned at their ends.
    """

    name: str
    heading: str
    texts: Sequence[str]
    importance: int = 0
    wraps: bool = False
    is_right: bool = False

    def widest(self, encoding: str) -> int:
        """Width at which every line is whole."""
        return max(_width(line, encoding) for line in self._lines())

    def narrowest(self, encoding: str) -> int:
        """Width at which every number is whole, and texts can still be read."""
        widest = self.widest(encoding)
        if not self.wraps:
            return widest
        words = [word for line in self._lines() for word in line.split(" ")]
        longest = max(_width(word, encoding) for word in words)
        return min(widest, max(NARROW, min(longest, LONG)))

    def _lines(self) -> Iterator[str]:
        for text in (self.heading, *self.texts):
            yield from (terminal(line, CELL) for line in text.split("\n"))


@dataclass(frozen=True, kw_only=True)
class FittedTable:
    """A table that leaves out columns where a console is too narrow for all.

    A line below says which ones, and how to see them.

    Attributes:
        columns: In the order in which they are shown; each with as many texts.
        title, caption: Above and below; empty for none.
        styles: Style of each row; empty for none.
        is_ruled: Whether a rule stands below the headings.
        way_out: How to see what is left out, such as ``--wide shows them``.
    """

    columns: Sequence[Column]
    title: str = ""
    caption: str = ""
    styles: Sequence[str] = field(default=())
    is_ruled: bool = False
    way_out: str = "--wide shows them"

    def only(self, names: Iterable[str]) -> FittedTable:
        """The table with these columns alone, the first ones most important.

        Raises:
            UsageError: A name is that of no column.
        """
        known = {column.name: column for column in self.columns}
        chosen = []
        for place, name in enumerate(dict.fromkeys(names)):
            if name not in known:
                raise UsageError(unknown("column", name, known, ", ".join(known)))
            chosen.append(replace(known[name], importance=place))
        return replace(self, columns=chosen)

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> RenderResult:
        encoding, room = options.encoding, options.max_width
        shown, left_out = self._fitting(room, encoding)
        widths = self._widths(shown, room, encoding)
        if self.title:
            yield Text(terminal(self.title), style="bold")
        yield self._table(shown, widths)
        below = [self.caption] if self.caption else []
        if left_out:
            names = ", ".join(column.name for column in left_out)
            below.append(f"Left out in this narrow window: {names}; {self.way_out}.")
        if below:
            width = min(room, max(READABLE, sum(widths) + self._gaps(len(shown))))
            yield from _wrapped(" ".join(below), width, console, options)

    def _fitting(self, room: int, encoding: str) -> tuple[list[Column], list[Column]]:
        """The columns that fit, and those that don't."""
        widths = {column.name: column.narrowest(encoding) for column in self.columns}
        shown = list(self.columns)
        by_importance = sorted(
            enumerate(shown),
            key=lambda numbered: (-numbered[1].importance, -numbered[0]),
        )
        for _, column in by_importance:
            taken = sum(widths[each.name] for each in shown) + self._gaps(len(shown))
            if taken <= room or not column.importance:
                break
            shown.remove(column)
        return shown, [column for column in self.columns if column not in shown]

    def _widths(self, shown: Sequence[Column], room: int, encoding: str) -> list[int]:
        """The width of each column; wrapped ones share what is left."""
        widths = [column.narrowest(encoding) for column in shown]
        wanted = [column.widest(encoding) for column in shown]
        left = room - sum(widths) - self._gaps(len(shown))
        while left > 0 and widths != wanted:
            short = [n for n in range(len(shown)) if widths[n] < wanted[n]]
            for number in short[:left]:
                widths[number] += 1
            left -= len(short)
        return widths

    def _gaps(self, columns: int) -> int:
        """Width of all that stands between columns and beside them."""
        return columns + 1 if self.is_ruled else 2 * (columns - 1)

    def _table(self, shown: Sequence[Column], widths: Sequence[int]) -> Table:
        if self.is_ruled:
            table = Table(box=box.SIMPLE_HEAD, padding=0, header_style="bold")
        else:
            table = Table(box=None, pad_edge=False, header_style="bold")
        for column, width in zip(shown, widths, strict=True):
            table.add_column(
                _cell(column.heading),
                width=width,
                overflow="fold",
                justify="right" if column.is_right else "left",
            )
        for number, texts in enumerate(zip(*(c.texts for c in shown), strict=True)):
            style = self.styles[number] if self.styles else None
            table.add_row(*map(_cell, texts), style=style)
        return table


def _wrapped(
    text: str, width: int, console: Console, options: ConsoleOptions
) -> Iterator[RenderableType]:
    shown = Text(encodable(text, options.encoding), style="dim")
    yield from shown.wrap(console, width)


def _cell(text: str) -> Cell:
    return Cell(*text.split("\n"))


def _width(text: str, encoding: str) -> int:
    """The width of a text after characters that an encoding lacks are replaced."""
    return cell_len(encodable(text, encoding))
