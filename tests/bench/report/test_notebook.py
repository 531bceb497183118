"""Studies and boards as HTML for notebooks."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from bench.report import board_html, boards, study_html

NAME = "<script>alert('a & b')</script>"


class Page(HTMLParser):
    """The texts and the elements of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_study_shows_its_board_its_best_configuration_and_its_curves(filler):
    study = filler.complete()
    filler.references()
    page = Page(study_html(filler.store, study.id))
    assert {"table", "img"} <= set(page.tags)
    assert {"vgg", "logistic_regression", "0.9800 ± 0.0248"} <= set(page.texts)
    assert any("learning_rate=0.0003333" in text for text in page.texts)


def test_study_without_trials_says_so(filler):
    study = filler.study()
    page = Page(study_html(filler.store, study.id))
    assert "No row yet." in page.texts


def test_names_are_texts(filler, task):
    filler.complete(task=task(NAME))
    [board] = boards(filler.store)
    [study] = filler.store.studies()
    for html in (board_html(board), study_html(filler.store, study.id)):
        page = Page(html)
        assert "script" not in page.tags
        assert NAME in page.texts


def test_compared_values_are_named_in_a_sentence(filler):
    for value in ("ce", "bce"):
        filler.complete(fixed=(("loss", value),))
    [board] = boards(filler.store)
    assert any(
        "is ahead of" in t or "have the same" in t
        for t in Page(board_html(board)).texts
    )
