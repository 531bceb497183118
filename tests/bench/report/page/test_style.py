"""Colours of the pages, and how images get into them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.report import page as package
from bench.report.page.families import css
from bench.report.page.images import FOLDER, LIMIT, PageImages
from bench.report.palette import DARK, DASHES, LIGHT, MARKERS, styles
from search_spaces import FAMILIES

STYLE = (Path(package.__file__).parent / "style.css").read_text("utf-8")
PNG = b"\x89PNG" + bytes(1000)


def tokens(scheme: str) -> dict[str, str]:
    """Colours by name in light, dark or print."""
    start = {"light": ":root {", "dark": "scheme: dark) {", "print": "@media print {"}
    text = STYLE[STYLE.index(start[scheme]) :]
    found = re.findall(r"--([\w-]+): (#[0-9a-f]{6});", text[: text.index("\n}")])
    series = enumerate(DARK if scheme == "dark" else LIGHT, 1)
    return dict(found) | {f"series-{n}": colour for n, colour in series}


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_texts_and_series_have_enough_contrast(scheme: str) -> None:
    found = tokens(scheme)
    for name, colour in found.items():
        least = 4.5 if name in ("text", "muted", "accent", "right", "wrong") else 3.0
        if name.startswith("series-") or least == 4.5:
            for ground in ("background", "surface"):
                one, other = sorted(map(luminance, (colour, found[ground])))
                assert (other + 0.05) / (one + 0.05) >= least, (name, ground)


def test_family_keeps_its_style_whatever_else_the_store_holds() -> None:
    known = styles(["vgg", "theirs.py:Net", "lenet"])
    assert known == styles(["lenet", "vgg", "theirs.py:Net"])
    assert known["vgg"] == styles(["vgg"])["vgg"]


def test_no_two_families_share_colour_and_dash_nor_colour_and_marker() -> None:
    strangers = [f"theirs.py:Net{n}" for n in range(24 - len(FAMILIES))]
    each = styles(strangers).values()
    assert len(each) == 24
    assert len({(style.colour, style.dash) for style in each}) == 24
    assert len({(style.colour, style.marker) for style in each}) == 24
    assert max(style.dash for style in each) < len(DASHES)
    assert max(style.marker for style in each) < len(MARKERS)


def test_every_colour_of_a_family_is_a_class_of_every_page() -> None:
    for n, (light, dark) in enumerate(zip(LIGHT, DARK, strict=True), 1):
        assert f".series-{n} {{ --shade: var(--series-{n}); }}" in css()
        assert css().index(f"--series-{n}: {light}") < css().index(dark)


def test_images_are_inlined_up_to_a_limit() -> None:
    images = PageImages()
    found = [images.source(PNG) for _ in range(LIMIT // 1000)]
    inlined = [address for address in found if address is not None]
    assert inlined[0].startswith("data:image/png;base64,")
    assert sum(map(len, inlined)) <= LIMIT < sum(map(len, inlined)) + 2000
    assert images.left_out == len(found) - len(inlined)
    assert not images.files


def test_linked_images_are_files_beside_the_page() -> None:
    images = PageImages(are_linked=True)
    address = images.source(PNG)
    assert address == images.source(PNG)
    assert images.files == {address: PNG}
    assert str(address).startswith(f"{FOLDER}/")
