"""Image files: their sizes, and their pixels at one size."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"})

# Restricted, since Pillow knows formats that start other programs.
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP")
_ORIENTATION = 0x0112
_TURNED_BY_90_DEGREES = (5, 6, 7, 8)

_Result = TypeVar("_Result")


def displayed_sizes(paths: Sequence[Path]) -> list[tuple[int, int] | None]:
    """Read the heights and widths at which a viewer shows images.

    Returns:
        A size for each file; None if the file is no image.
    """
    return _attempt(_displayed_size, paths)


def decode(
    paths: Sequence[Path], size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Read images, crop them around their centre and scale them to one size.

    Images are turned as EXIF says, transparent pixels become white, and of several
    frames the first is taken.

    Args:
        paths: PNG, JPEG, BMP, GIF or WebP files.
        size: Height and width.

    Returns:
        Images ``(n, height, width, channels)``, ``uint8``, with one channel if all
        are gray, else three; and ``(n,)``, False for a file that can't be read.
    """
    images = np.zeros((len(paths), *size, 3), np.uint8)

    def fill(index: int) -> bool:
        images[index] = np.asarray(_decode(paths[index], size))
        return True

    is_readable = np.array(_attempt(fill, range(len(paths))), dtype=bool)
    if all((image == image[..., :1]).all() for image in images):
        images = np.ascontiguousarray(images[..., :1])
    return images, is_readable


def _attempt(
    function: Callable[[Any], _Result], arguments: Sequence[Any]
) -> list[_Result | None]:
    """Call a function on each argument, in threads; None stands for an error."""

    def attempt(argument: Any) -> _Result | None:
        try:
            return function(argument)
        except Exception:  # broken files make Pillow raise nearly any type
            return None

    # Warnings are silenced around the pool, as their filters belong to all threads.
    with warnings.catch_warnings(), ThreadPoolExecutor() as pool:
        warnings.simplefilter("ignore")
        return list(pool.map(attempt, arguments))


def _displayed_size(path: Path) -> tuple[int, int]:
    from PIL import Image

    with Image.open(path, formats=_FORMATS) as image:
        turned = (
            image.width != image.height
            and image.getexif().get(_ORIENTATION) in _TURNED_BY_90_DEGREES
        )
        size = (image.height, image.width)
    return size[::-1] if turned else size


def _decode(path: Path, size: tuple[int, int]) -> Image.Image:
    from PIL import Image, ImageOps

    with Image.open(path, formats=_FORMATS) as image:
        # Large JPEG files are decoded at a fraction of their size, which is still at
        # least twice the wanted size; other formats ignore this.
        side = 2 * max(size)
        image.draft(None, (side, side))
        upright = ImageOps.exif_transpose(image)
        return ImageOps.fit(_rgb(upright), size[::-1])


def _rgb(image: Image.Image) -> Image.Image:
    from PIL import Image

    if image.mode.startswith("I"):  # 16 bits, which Pillow would clip at 255
        gray = np.rint(np.asarray(image, dtype=np.float64) / 257)
        image = Image.fromarray(gray.clip(0, 255).astype(np.uint8))
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")
