"""One page: studies of one test, compared."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Mapping

import numpy as np
from markupsafe import Markup

from bench.records import CLASSIFICATION, Role
from bench.records.wording import counted
from bench.report import cells
from bench.report.command import search_command
from bench.report.compared import Compared, Disagreement, Pair
from bench.report.page.blocks import (
    Block,
    Command,
    Gallery,
    Heading,
    Picture,
    Section,
    Text,
)
from bench.report.page.compare import tables
from bench.report.page.families import key
from bench.report.page.images import Page, PageImages
from bench.report.page.names import BOARDS, comparison_file, study_file
from bench.report.page.pixels import webp
from bench.report.page.rendering import render
from bench.report.palette import Style
from bench.text import shortened, visible

_ROWS = 400
"""Number of images in all tables of a page together."""


def comparison_page(
    compared: Compared,
    kept: Mapping[int, np.ndarray],
    pages: Collection[str],
    style_of: Mapping[str, Style],
    *,
    file: str | None = None,
) -> Page:
    """The page of a comparison.

    Args:
        compared: The comparison.
        kept: Test images that are known, by their indices.
        pages: Names of the files that the page may link to.
        style_of: Styles of families.
        file: Its name; None for one that says what is compared.
    """
    images = PageImages()
    sections = [
        _scores(compared),
        _costs(compared),
        _images(compared, kept, images),
        _classes(compared),
        _hyperparameters(compared),
    ]
    shown = [section for section in sections if section is not None]
    html = render(
        "sections.html.j2",
        styles=("charts/charts.css", "blocks.css"),
        title=" and ".join(each.label for each in compared.contenders),
        kind=f"Comparison on {compared.board.title}",
        pages=[link for link in _links(compared) if link[0] in pages],
        contents=[(section.anchor, section.title) for section in shown],
        made_with="Written by python -m bench compare, from the store alone.",
        badges=[
            compared.board.task_type.kind,
            f"{compared.board.task.test:,} test images",
        ],
        lead=[_said(pair, style_of) for pair in compared.pairs],
        sections=shown,
    )
    chosen = [(each.study, each.role) for each in compared.contenders]
    return Page(name=file or comparison_file(chosen), html=html)


def _said(pair: Pair, style_of: Mapping[str, Style]) -> Markup:
    """The verdict on a pair, with the markers that its families have everywhere."""
    named = [
        Markup("{}{}").format(
            key(style_of[each.study.spec.family]), visible(each.label)
        )
        for each in (pair.one, pair.other)
    ]
    return Markup("{} against {}: {}.").format(*named, visible(pair.verdict))


def _links(compared: Compared) -> list[tuple[str, str, bool]]:
    studies = {each.study.id: each for each in compared.contenders}.values()
    return [
        (BOARDS, "Leaderboard", False),
        *((study_file(each.study), each.label, False) for each in studies),
    ]


def _scores(compared: Compared) -> Section:
    return Section(
        anchor="scores",
        title="Which one is better?",
        blocks=(
            tables.scores(compared),
            tables.differences(compared),
            Text(
                text="An interval of a difference covers what other seeds and other "
                "test images would change, as far as both were trained with several "
                "seeds. A verdict is that of the board: it is clear at 5% after the "
                "correction.",
                style="muted",
            ),
            Command(label="Compares them again", text=_command(compared)),
        ),
    )


def _command(compared: Compared) -> str:
    names = [
        each.study.id[:8] + (", default" if each.role is Role.DEFAULT else "")
        for each in compared.contenders
    ]
    return shlex.join(["python", "-m", "bench", "compare", *names])


def _costs(compared: Compared) -> Section:
    return Section(
        anchor="costs", title="What do they cost?", blocks=(tables.costs(compared),)
    )


def _images(
    compared: Compared, kept: Mapping[int, np.ndarray], images: PageImages
) -> Section | None:
    """The images on which they differ; None for task types without right and wrong."""
    if compared.board.task_type.kind != CLASSIFICATION:
        return None
    return Section(
        anchor="images",
        title="Which images does only one of them get right?",
        blocks=(
            Text(
                text="Of each study the prediction is that of the probabilities' mean "
                "over its seeds. The p value is that of McNemar's test, mid-p version "
                "(Fagerland, Lydersen & Laake 2013): of these averaged predictions "
                "over test images alone, without correction for several pairs, so "
                "that the verdict above may differ.",
                style="muted",
            ),
            *(
                block
                for pair in compared.pairs
                for block in _pair(pair, kept, images, _ROWS // len(compared.pairs))
            ),
        ),
    )


def _pair(
    pair: Pair, kept: Mapping[int, np.ndarray], images: PageImages, rows: int
) -> Iterator[Block]:
    yield Heading(text=pair.name)
    if (table := pair.table) is None:
        yield Text(
            text="The predictions are not in the store: one of the two was tested "
            "before they were kept with their labels, or none of its trainings ended "
            "well.",
            style="note",
        )
        return
    yield tables.mcnemar(pair)
    yield Text(
        text=f"McNemar's mid-p is {tables.p_text(table.p_mid)}; that of the exact "
        f"conditional test is {tables.p_text(table.p_exact)}."
    )
    yield from tables.disagreements(pair, max(1, rows // 2))
    differing = [*pair.only_one, *pair.only_other]
    known = [image for image in differing if image.index in kept]
    pictures = [_picture(pair, i, kept[i.index], images) for i in known]
    shown = [picture for picture in pictures if picture is not None]
    if shown:
        yield Gallery(title="", pictures=shown)
    if left := len(differing) - len(shown):
        yield _not_shown(pair, left, is_heavy=len(shown) < len(known))


def _not_shown(pair: Pair, count: int, *, is_heavy: bool) -> Text:
    why = "not in the store" + (", or too many for this page" if is_heavy else "")
    return Text(
        text=f"{counted(count, 'image')} of these: {why}; python -m bench mistakes "
        f"{pair.one.study.id[:8]} reads the data set, and shows the mistakes of one.",
        style="note",
    )


def _picture(
    pair: Pair, image: Disagreement, pixels: np.ndarray, images: PageImages
) -> Picture | None:
    source = images.source(webp(pixels))
    if source is None:
        return None
    label, one, other = (
        shortened(name, 40) for name in (image.label, image.one, image.other)
    )
    said = (
        f"{pair.one.label}: {one} ({image.one_probability:.0%}); "
        f"{pair.other.label}: {other} ({image.other_probability:.0%})"
    )
    return Picture(
        source=source,
        alternative=f"Test image {image.index} of the class {label}",
        caption=f"{image.index}, {label}. {said}",
    )


def _classes(compared: Compared) -> Section | None:
    if not compared.recalls:
        return None
    return Section(
        anchor="classes",
        title="Which classes does each recognize?",
        blocks=(tables.recalls(compared),),
    )


def _hyperparameters(compared: Compared) -> Section:
    commands = [
        Command(
            label=f"The search of {cells.study_title(each.study)}",
            text=search_command(each.study.spec),
        )
        for each in {c.study.id: c for c in compared.contenders}.values()
    ]
    return Section(
        anchor="hyperparameters",
        title="What is different?",
        blocks=(tables.hyperparameters(compared), *commands),
    )
