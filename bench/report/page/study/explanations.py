"""Maps of the pixels that speak for predictions, if they were drawn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from bench.report.page.blocks import Block, Gallery, Picture, Text
from bench.report.page.pixels import shrunk
from bench.report.page.study.subject import Subject
from bench.store import EXPLANATIONS

_SIDE = 1400
"""Maximum side of a mosaic, in pixels."""

_METHODS = {
    "grad-cam": "Grad-CAM",
    "hires-cam": "HiResCAM",
    "integrated-gradients": "integrated gradients",
    "occlusion": "occlusion",
}


def explanations(subject: Subject) -> Iterator[Block]:
    """The mosaics that ``python -m bench explain`` left in the results folder."""
    study = subject.study
    folder = subject.store.folder / EXPLANATIONS
    found = sorted(folder.glob(f"*-{study.id[:8]}/mosaic-*.png"))
    pictures = [p for path in found if (p := _picture(subject, path)) is not None]
    if not pictures:
        yield Text(
            text="What speaks for the predictions has not been drawn: "
            f"python -m bench explain {study.id[:8]} does.",
            style="note",
        )
        return
    yield Gallery(
        title="What the model looks at",
        note="Test images, mistakes first, beside maps of what speaks for the "
        "prediction.",
        pictures=pictures,
        style="large",
    )


def _picture(subject: Subject, path: Path) -> Picture | None:
    """A mosaic; None if it is no image, or the page is heavy already."""
    try:
        with Image.open(path) as image:
            content = shrunk(image.convert("RGB"), is_exact=False, side=_SIDE)
    except (OSError, UnidentifiedImageError):
        return None
    source = subject.images.source(content)
    if source is None:
        return None
    method = path.stem.removeprefix("mosaic-")
    name = _METHODS.get(method, method)
    return Picture(
        source=source,
        alternative=f"Test images beside their maps by {name}",
        caption=f"By {name}",
    )
