"""Colours of the pages, and how images get into them."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
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


CONES = {
    "none": np.eye(3),
    "protanopia": [
        [0.152, 1.053, -0.205],
        [0.115, 0.786, 0.099],
        [-0.004, -0.048, 1.052],
    ],
    "deuteranopia": [
        [0.367, 0.861, -0.228],
        [0.280, 0.673, 0.047],
        [-0.012, 0.043, 0.969],
    ],
    "tritanopia": [
        [1.256, -0.077, -0.179],
        [-0.078, 0.931, 0.148],
        [0.005, 0.691, 0.304],
    ],
}
"""What linear RGB becomes without a kind of cones: Machado et al. 2009."""

XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]


def lab(colour: str, cones: object) -> np.ndarray:
    """A colour in CIELAB, as it is seen with some cones."""
    parts = np.array([int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(cones) @ linear, 0, 1)
    x, y, z = np.cbrt(XYZ @ seen / (0.9505, 1, 1.089))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("cones", CONES)
@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_can_be_told_apart_without_a_kind_of_cones(
    colours: tuple[str, ...], cones: str
) -> None:
    seen = [lab(colour, CONES[cones]) for colour in colours]
    distances = [np.linalg.norm(a - b) for a, b in combinations(seen, 2)]
    assert min(distances) > 18


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
