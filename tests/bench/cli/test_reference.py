"""The table of options in the README."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.cli import reference
from bench.errors import UsageError, flag
from bench.study.requests import search_options

README = Path(__file__).parents[3] / "README.md"


def test_readme_has_the_options_as_they_are_declared() -> None:
    text = README.read_text("utf-8")
    assert text == reference.with_table(text), (
        "write the table again: python -m bench.cli.reference README.md"
    )


def test_table_has_a_line_for_every_option() -> None:
    lines = reference.options_table().splitlines()[2:]
    assert len(lines) == len(search_options())
    for line, option in zip(lines, search_options(), strict=True):
        assert f"`{flag(option.name)}`" in line
        assert option.help in line


def test_document_without_the_markers_is_refused() -> None:
    with pytest.raises(UsageError, match="end of options"):
        reference.with_table("# A document\n<!-- options -->\n")
