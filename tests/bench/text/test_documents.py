"""Texts in Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bench.text import Markdown, code, csv_cell, json_text, markdown, terminal

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
PLAIN = {"text", "inline", "paragraph_open", "paragraph_close", "heading_open"} | {
    *("heading_close", "list_item_open", "list_item_close", "bullet_list_open"),
    *("bullet_list_close", "table_open", "table_close", "thead_open", "thead_close"),
    *("tbody_open", "tbody_close", "tr_open", "tr_close", "th_open", "th_close"),
    *("td_open", "td_close"),
}


def tokens(document: str) -> list[Token]:
    """All tokens of a document, those within lines included."""
    parsed = PARSER.parse(document)
    return [t for token in parsed for t in (token, *(token.children or ()))]


def shown(document: str) -> str:
    """The text of a document without any formatting."""
    found = tokens(document)
    assert {token.type for token in found} <= PLAIN
    return "".join(token.content for token in found if token.type == "text")


@pytest.mark.parametrize(
    "place", ["{}", "- {}", "# {}", "a | b\n--- | ---\n{} | end", "word {} word"]
)
@given(data=st.data())
def test_markdown_shows_any_text_as_it_is(
    hostile: st.SearchStrategy[str], place: str, data: st.DataObject
) -> None:
    text = data.draw(hostile)
    plain = " ".join(terminal(text).split())
    before, after = shown(place.format("QQQ")).split("QQQ")
    expected = before + plain + after
    assert shown(place.format(markdown(text))).split() == expected.split()


@pytest.mark.parametrize(
    "text", ["learning_rate=0.001", "0.98 ± 0.02", "vgg (random), 20 trials", "3-fold"]
)
def test_markdown_leaves_harmless_texts_readable(text: str) -> None:
    assert markdown(text) == text


def test_markdown_is_escaped_once() -> None:
    assert markdown(markdown("*")) == markdown("*") == r"\*"
    assert markdown(Markdown("*a*")) == "*a*"


def test_formulas_of_github_are_escaped() -> None:
    assert markdown("$x$") == r"\$x\$"


def test_addresses_do_not_become_links() -> None:
    assert markdown("see https://a.b or www.a.b") == r"see https\://a.b or www\.a.b"


@given(data=st.data())
def test_code_shows_any_text_as_it_is(
    hostile: st.SearchStrategy[str], data: st.DataObject
) -> None:
    text = data.draw(hostile)
    before, span, after = tokens(f"a {code(text)} b")[2:-1]
    assert (before.content, span.type, after.content) == ("a ", "code_inline", " b")
    assert span.content.split() == terminal(text).split()


@given(data=st.data())
def test_no_text_is_a_formula_in_a_csv_cell(
    hostile: st.SearchStrategy[str], data: st.DataObject
) -> None:
    texts = data.draw(st.lists(hostile, min_size=1, max_size=5))
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerow(map(csv_cell, texts))
    assert file.getvalue().count("\n") == 1
    (cells,) = csv.reader(io.StringIO(file.getvalue()))
    assert len(cells) == len(texts)
    assert not [cell for cell in cells if is_formula(cell)]


def is_formula(cell: str) -> bool:
    if not cell.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")):
        return False
    try:
        float(cell)
    except ValueError:
        return True
    return False


@pytest.mark.parametrize("value", [-0.5, 3, None, "-0.5", "+1e3", "vgg", "a=b", ""])
def test_csv_cell_keeps_numbers_and_harmless_texts(value: object) -> None:
    assert csv_cell(value) == value


@pytest.mark.parametrize("text", ["=1+1", "-x", "@a", "+x|' /C calc'!A", "\t=1", "＝1"])
def test_formula_becomes_a_text(text: str) -> None:
    assert csv_cell(text) == f"'{text.strip()}"


@given(st.recursive(st.text() | st.floats(), st.lists))
def test_json_is_visible_ascii_and_parses(value: object) -> None:
    text = json_text(value)
    assert text.isascii()
    assert text.isprintable()
    json.loads(text, parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def test_json_keeps_texts_and_has_null_for_numbers_that_it_lacks() -> None:
    value = {"a": ["\x1b\x7f\udc80", (1.5, float("nan"))], "b": float("-inf")}
    kept = {"a": ["\x1b\x7f\udc80", [1.5, None]], "b": None}
    assert json.loads(json_text(value)) == kept
    assert json_text(value).isprintable()


@pytest.mark.parametrize("medium", [terminal, markdown, code])
def test_long_text_loses_its_middle_and_says_so(medium: Callable[[str], str]) -> None:
    text = medium(f"start {'x' * 65_000} end")
    assert text.strip("`").startswith("start")
    assert text.strip("`").endswith("end")
    assert "characters left out" in text
    assert len(text) < 5_100
