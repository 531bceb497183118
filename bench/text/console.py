"""The console of tables and progress, and the cells of its tables. Imports rich."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.text import Text

from bench.text.streams import encodable
from bench.text.visible import seen, terminal

CELL = 200
"""Characters of a cell; longer texts lose their middle."""


class SafeConsole(Console):
    """A console on which no text acts: neither as markup nor by control characters.

    Only rich itself moves the cursor and sets colours.

    Args:
        options: Of rich's console.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                text = "\n".join(map(seen, segment.text.split("\n")))
                yield Segment(text, segment.style)


class Cell:
    """A text in a table, fit for the console that shows the table.

    A width is known only after characters that the encoding lacks are replaced, so a
    plain text would break the alignment.

    Args:
        lines: Lines of the cell; a line break within one becomes a space.
    """

    def __init__(self, *lines: str) -> None:
        self._text = "\n".join(terminal(line, CELL) for line in lines)

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> RenderResult:
        yield self._shown(options)

    def __rich_measure__(
        self, console: Console, options: ConsoleOptions
    ) -> Measurement:
        return Measurement.get(console, options, self._shown(options))

    def _shown(self, options: ConsoleOptions) -> Text:
        return Text(encodable(self._text, options.encoding))
