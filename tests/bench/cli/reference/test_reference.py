"""The made parts of the documents are the present ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.cli.reference import PAGES, PARTS, with_parts
from bench.errors import UsageError, flag
from bench.searchers import TUNERS
from bench.study.requests import search_options
from search_spaces import FAMILIES

ROOT = Path(__file__).parents[4]
KERAS = {"docs/reference/families.md"}
"""Pages whose making imports Keras."""


def check(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    assert text == with_parts(text), "write it again: python -m bench.cli.reference"


@pytest.mark.parametrize("page", sorted({*PAGES} - KERAS))
def test_page_says_what_the_code_declares(page: str) -> None:
    check(page)


@pytest.mark.slow
@pytest.mark.parametrize("page", sorted(KERAS))
def test_page_of_families_says_what_they_declare(page: str) -> None:
    check(page)


def test_every_family_has_a_section_with_its_paper() -> None:
    text = (ROOT / "docs/reference/families.md").read_text("utf-8")
    sections = text.split("\n## ")[1:]
    assert [section.split("\n")[0] for section in sections] == [*FAMILIES]
    assert all("\nReference" in section for section in sections)


def test_table_has_a_line_for_every_option() -> None:
    lines = PARTS["options"]().splitlines()[2:]
    assert len(lines) == len(search_options())
    for line, option in zip(lines, search_options(), strict=True):
        assert f"`{flag(option.name)}`" in line
        assert option.help.replace("|", r"\|") in line


def test_table_has_a_line_for_every_tuner() -> None:
    lines = PARTS["tuners"]().splitlines()[2:]
    assert [line.split("`")[1] for line in lines] == [*TUNERS]


def test_document_without_a_made_part_is_refused() -> None:
    with pytest.raises(UsageError, match="there are none"):
        with_parts("# A document\n")


def test_made_part_without_its_end_is_refused() -> None:
    with pytest.raises(UsageError, match="end of options"):
        with_parts("# A document\n<!-- options -->\n")
