"""Texts on one line, in which every character can be seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.text import shortened, terminal, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, 0.98 ± 0.01 · 中文 é", "plain text, 0.98 ± 0.01 · 中文 é"),
        ("a\r\n\tb", "a b"),
        ("a  b", "a  b"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b2J", r"\x9b2J"),
        ("\b\x00\x7f", r"\x08\x00\x7f"),
        ("evil\u202egpj.exe", r"evil\u202egpj.exe"),
        ("vgg\u200b", r"vgg\u200b"),
        ("\u3164", r"\u3164"),
        ("caf\udce9", r"caf\udce9"),
        ("a\u2028b\x85c\xa0d", "a b c d"),
    ],
)
def test_what_cannot_be_seen_becomes_an_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_visible_text_is_one_printable_line_that_can_be_encoded(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert visible(shown) == shown
    shown.encode()


@given(st.text(), st.integers(10, 200))
def test_line_of_a_terminal_is_cut_only_if_it_is_too_long(
    text: str, length: int
) -> None:
    line = terminal(text, length)
    assert len(line) <= length or "characters left out" in line
    assert len(line) <= length + 50


def test_error_keeps_its_way_out_when_it_is_cut() -> None:
    line = terminal(f"rule; {'x' * 65_000}: give --fix", 300)
    assert line.startswith("rule; xxx")
    assert line.endswith("xxx: give --fix")
    assert f"{65_000 + 18 - 300:,} characters left out" in line


def test_name_is_cut_at_its_end() -> None:
    assert shortened("a\nlong name", 7) == "a long…"
    assert shortened("name", 4) == "name"
