"""Tables that fit into consoles of any width."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.errors import UsageError
from bench.text.console import SafeConsole
from bench.text.table import Column, FittedTable

NUMBERS = st.integers(0, 10**9).map("{:,}".format) | st.floats(0, 1).map(
    "{:.4f}".format
)
WORDS = st.text("abcdefgh", min_size=1, max_size=9)
TEXTS = st.lists(WORDS, min_size=1, max_size=8).map(" ".join)


def rendered(table: FittedTable, width: int) -> str:
    console = SafeConsole(file=io.StringIO(), width=width)
    console.print(table)
    return console.file.getvalue()  # type: ignore[attr-defined]


@st.composite
def tables(draw: st.DrawFn) -> FittedTable:
    """A name and up to nine columns of numbers and texts, of different importance."""
    rows = draw(st.integers(1, 4))
    first = Column(name="name", heading="Name", texts=[f"n{n}" for n in range(rows)])
    columns = [first]
    for number in range(draw(st.integers(0, 9))):
        is_number = draw(st.booleans())
        texts = st.lists(NUMBERS if is_number else TEXTS, min_size=rows, max_size=rows)
        column = Column(
            name=f"column_{number}",
            heading="Heading",
            texts=draw(texts),
            importance=draw(st.integers(1, 9)),
            wraps=not is_number,
            is_right=is_number,
        )
        columns.append(column)
    return FittedTable(columns=columns, is_ruled=draw(st.booleans()))


@settings(max_examples=60)
@given(table=tables(), width=st.integers(20, 200))
def test_every_number_that_is_shown_is_whole(table: FittedTable, width: int) -> None:
    text, _, below = rendered(table, width).partition("Left out")
    assert max(map(len, text.splitlines())) <= width
    numbers = {text for column in table.columns for text in column.texts}
    shown = re.findall(r"(?<![\w.,])[\d.,]+(?![\w.,])", text)
    assert set(shown) <= numbers
    left_out = " ".join(below.split())
    for column in table.columns:
        if not column.wraps and column.name not in left_out:
            assert set(column.texts) <= set(text.split())


@settings(max_examples=30)
@given(table=tables())
def test_wide_window_leaves_nothing_out(table: FittedTable) -> None:
    text = rendered(table, 1_000)
    assert "Left out" not in text
    for column in table.columns:
        assert all(cell in text for cell in column.texts)


def small() -> FittedTable:
    counts = [("family", 0), ("score", 1), ("seconds", 9), ("parameters", 2)]
    columns = [
        Column(name=name, heading=name, texts=["0.123456789"], importance=importance)
        for name, importance in counts
    ]
    return FittedTable(columns=columns, way_out="--wide shows them")


def test_least_important_columns_are_left_out_first_and_named() -> None:
    assert "Left out" not in rendered(small(), 50)
    text = rendered(small(), 42)
    assert text.split("\n")[0].split() == ["family", "score", "parameters"]
    assert "Left out in this narrow window: seconds; --wide shows them." in " ".join(
        text.split()
    )
    assert rendered(small(), 20).split("\n")[0].split() == ["family"]


def test_chosen_columns_are_shown_in_the_order_of_their_names() -> None:
    chosen = small().only(["seconds", "family"])
    assert rendered(chosen, 80).split("\n")[0].split() == ["seconds", "family"]
    assert rendered(chosen, 20).split("\n")[0].split() == ["seconds"]
    with pytest.raises(UsageError, match="did you mean 'seconds'"):
        small().only(["secnds"])


def test_texts_are_wrapped_before_a_column_is_left_out() -> None:
    long = "a description of many words that a narrow window has no line for"
    table = FittedTable(
        columns=[
            Column(name="family", heading="Family", texts=["vgg"]),
            Column(name="why", heading="Why", texts=[long], importance=1, wraps=True),
        ]
    )
    text = rendered(table, 40)
    assert max(map(len, text.splitlines())) <= 40
    assert " ".join(text.split()).endswith(long)
