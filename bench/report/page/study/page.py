"""One page: a study as HTML."""

from __future__ import annotations

from collections.abc import Sequence

from bench.records import StudyRecord
from bench.report import cells
from bench.report.board import Board
from bench.report.page.blocks import Section, Text
from bench.report.page.families import key
from bench.report.page.images import Page, PageImages
from bench.report.page.names import BOARDS, study_file
from bench.report.page.rendering import render
from bench.report.page.study.best import best
from bench.report.page.study.commands import badges, commands, lead
from bench.report.page.study.data import data
from bench.report.page.study.denoising import denoising
from bench.report.page.study.generation import generation
from bench.report.page.study.predictions import predictions
from bench.report.page.study.provenance import provenance
from bench.report.page.study.searching import search
from bench.report.page.study.subject import Subject
from bench.report.palette import styles_of
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


def study_page(
    store: Store,
    board: Board,
    results: StudyResults,
    comparisons: Sequence[tuple[str, str]] = (),
    *,
    link_images: bool = False,
) -> Page:
    """The page of one study.

    Args:
        store: Holds the study.
        board: Its board.
        results: Its results.
        comparisons: Addresses and texts of links to pages that compare it with others.
        link_images: Whether images are files beside the page.
    """
    images = PageImages(are_linked=link_images)
    subject = Subject(store=store, board=board, results=results, images=images)
    made = [make(subject) for make in _SECTIONS]
    sections = [section for section in made if section is not None]
    if images.left_out:
        sections.append(_left_out(images.left_out))
    html = render(
        "sections.html.j2",
        scripts=("study/study.js",),
        styles=("charts/charts.css", "blocks.css", "study/study.css"),
        title=cells.study_title(results.study),
        kind="Study",
        key=key(styles_of(store).get(results.study.spec.family)),
        pages=[
            *_pages(board, results.study),
            *((file, f"Compared: {text}", False) for file, text in comparisons),
        ],
        contents=[(section.anchor, section.title) for section in sections],
        made_with="keras-leaderboard "
        + results.study.versions.get("keras-leaderboard", ""),
        badges=badges(subject),
        lead=list(lead(subject)),
        sections=sections,
    )
    return Page(name=study_file(results.study), html=html, files=images.files)


def _pages(board: Board, current: StudyRecord) -> list[tuple[str, str, bool]]:
    """Links to the leaderboard, and to all studies of the board if they are few."""
    leaderboard = (BOARDS, "Leaderboard", False)
    if len(board.results) > _MAX_LINKS:
        return [leaderboard]
    titles = [cells.study_title(each.study) for each in board.results]
    links = [
        (
            study_file(each.study),
            title if titles.count(title) == 1 else f"{title} ({each.study.id[:8]})",
            each.study.id == current.id,
        )
        for each, title in zip(board.results, titles, strict=True)
    ]
    return [leaderboard, *links]


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
