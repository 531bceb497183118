"""The console on which no text acts, and the cells of its tables."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from bench.text.console import Cell, SafeConsole

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def printed(*things: object, encoding: str = "utf-8", **options: object) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding)
    SafeConsole(**{"file": file, "width": 60, **options}).print(*things)
    file.flush()
    return raw.getvalue().decode(encoding)


@given(data=st.data(), colours=st.booleans())
def test_no_text_acts_on_a_console(
    hostile: st.SearchStrategy[str], data: st.DataObject, colours: bool
) -> None:
    text = data.draw(hostile)
    table = Table(title=Text(text, style="bold"))
    table.add_column(Cell(text))
    table.add_row(Cell(text, "second line"), style="red")
    table.add_row(text)
    out = printed(text, Text(text), table, force_terminal=colours)
    assert colours or "\x1b" not in out
    assert all(line.isprintable() for line in COLOUR.sub("", out).split("\n"))


def test_markup_and_emoji_codes_are_texts() -> None:
    assert printed("[red]a[/] :smile: [/]") == "[red]a[/] :smile: [/]\n"
    assert "[red]a[/]" in printed(Cell("[red]a[/]"))


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_columns_stay_aligned_where_an_encoding_lacks_characters(encoding: str) -> None:
    table = Table(box=None)
    table.add_column(Cell("score"))
    table.add_column(Cell("next"))
    for text in ("≈ 0.9 ± 0.1", "0.9", "中 – a"):
        table.add_row(Cell(text), Cell("|"))
    rows = printed(table, encoding=encoding).splitlines()[1:]
    if encoding == "utf-8":
        rows = [row.replace("中", "xx") for row in rows]  # twice as wide
    assert len({row.index("|") for row in rows}) == 1
