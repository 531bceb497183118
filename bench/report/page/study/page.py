"""One page: a study as HTML."""

from __future__ import annotations

from bench.records import StudyRecord
from bench.report import cells
from bench.report.board import Board
from bench.report.page.images import Page, PageImages
from bench.report.page.rendering import render
from bench.report.page.study.best import best
from bench.report.page.study.blocks import Section, Text
from bench.report.page.study.commands import badges, commands, lead
from bench.report.page.study.data import data
from bench.report.page.study.denoising import denoising
from bench.report.page.study.generation import generation
from bench.report.page.study.predictions import predictions
from bench.report.page.study.provenance import provenance
from bench.report.page.study.searching import search
from bench.report.page.study.subject import Subject
from bench.report.results import StudyResults
from bench.store import Store

_SECTIONS = (
    commands,
    data,
    search,
    best,
    predictions,
    denoising,
    generation,
    provenance,
)
"""The sections in their order; each is left out where it returns None."""


_MAX_LINKS = 8
"""Number of studies of a board up to which each page links to all."""


def page_name(study: StudyRecord) -> str:
    """Name of the file of a study's page."""
    return f"{study.id}.html"


def study_page(
    store: Store, board: Board, results: StudyResults, *, link_images: bool = False
) -> Page:
    """The page of one study.

    Args:
        store: Holds the study.
        board: Its board.
        results: Its results.
        link_images: Whether images are files beside the page.
    """
    images = PageImages(are_linked=link_images)
    subject = Subject(store=store, board=board, results=results, images=images)
    made = [make(subject) for make in _SECTIONS]
    sections = [section for section in made if section is not None]
    if images.left_out:
        sections.append(_left_out(images.left_out))
    html = render(
        "study/study.html.j2",
        scripts=("study/study.js",),
        styles=("charts/charts.css", "study/study.css"),
        title=cells.study_title(results.study),
        kind="Study",
        pages=_pages(board, results.study),
        contents=[(section.anchor, section.title) for section in sections],
        made_with="keras-leaderboard "
        + results.study.versions.get("keras-leaderboard", ""),
        badges=badges(subject),
        lead=list(lead(subject)),
        sections=sections,
    )
    return Page(name=page_name(results.study), html=html, files=images.files)


def _pages(board: Board, current: StudyRecord) -> list[tuple[str, str, bool]]:
    """Links to the leaderboard, and to all studies of the board if they are few."""
    if len(board.results) > _MAX_LINKS:
        return [("index.html", "Leaderboard", False)]
    titles = [cells.study_title(each.study) for each in board.results]
    links = [
        (
            page_name(each.study),
            title if titles.count(title) == 1 else f"{title} ({each.study.id[:8]})",
            each.study.id == current.id,
        )
        for each, title in zip(board.results, titles, strict=True)
    ]
    return [("index.html", "Leaderboard", False), *links]


def _left_out(count: int) -> Section:
    return Section(
        anchor="left-out",
        title="Images that were left out",
        blocks=(
            Text(
                text=f"{count} images would make this page too heavy; "
                "python -m bench report --link-images leaves all of them beside it.",
                style="note",
            ),
        ),
    )
