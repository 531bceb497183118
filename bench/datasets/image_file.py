"""Image files: their sizes, and their pixels at one size."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from bench.datasets import pixels
from bench.errors import DatasetError

if TYPE_CHECKING:
    from PIL import Image, ImageFile

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
        Images ``(n, height, width, channels)``, with one channel if all are gray,
        else three; and ``(n,)``, False for a file that can't be read. The images are
        ``uint8``, or ``float32`` with the values of the files if these have 16 bits
        and values above 255.

    Raises:
        DatasetError: Some files have 16 bits, and others 8.
    """
    is_deep = _attempt(_is_deep, paths)
    _check_one_depth(paths, is_deep)
    decoded, dtype = (_deep, np.float32) if True in is_deep else (_shallow, np.uint8)
    images = np.zeros((len(paths), *size, 3), dtype)

    def fill(index: int) -> bool:
        images[index] = decoded(paths[index], size)
        return True

    is_readable = np.array(_attempt(fill, range(len(paths))), dtype=bool)
    if all((image == image[..., :1]).all() for image in images):
        images = np.ascontiguousarray(images[..., :1])
    return pixels.in_bytes(images), is_readable


def _check_one_depth(paths: Sequence[Path], is_deep: Sequence[bool | None]) -> None:
    if {True, False} <= set(is_deep):
        deep, shallow = (paths[is_deep.index(depth)] for depth in (True, False))
        raise DatasetError(
            "images must have one number of bits, since those of 16 may have any "
            f"range; {is_deep.count(True)} of {len(paths)} images have 16 bits a "
            f"channel, such as {str(deep)!r}, and others 8, such as "
            f"{str(shallow)!r}; convert them to one of the two"
        )


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


def _is_deep(path: Path) -> bool:
    """Whether a file's values have 16 bits or more."""
    from PIL import Image

    with Image.open(path, formats=_FORMATS) as image:
        return image.mode.startswith(("I", "F")) or _has_low_bytes(image)


def _has_low_bytes(image: ImageFile.ImageFile) -> bool:
    """Whether Pillow would read only the high bytes of an image's 16-bit colours."""
    return any(str(tile[3]) in ("RGB;16B", "RGBA;16B") for tile in image.tile)


def _deep(path: Path, size: tuple[int, int]) -> np.ndarray:
    """An image with values of 16 bits, ``(height, width, channels)``, ``float32``."""
    values = _values(path)
    if values.shape[2] == 4:
        opacity = values[..., 3:] / 65535
        values = np.rint(values[..., :3] * opacity + 65535 * (1 - opacity))
    resized = pixels.resize(values[np.newaxis], size)[0]
    # The values of a file are whole numbers, which interpolation is to keep.
    whole: np.ndarray = np.rint(resized)
    return whole if pixels.is_whole(values) else resized


def _values(path: Path) -> np.ndarray:
    """The values of a file with 16 bits, ``(height, width, channels)``."""
    high = _upright(path)
    if high.ndim == 2:
        return high[..., np.newaxis]
    # Pillow reads one byte of each colour: once the high bytes, once the low ones.
    values: np.ndarray = 256 * high + _upright(path, low_bytes=True)
    return values


def _upright(path: Path, *, low_bytes: bool = False) -> np.ndarray:
    from PIL import Image, ImageOps

    with Image.open(path, formats=_FORMATS) as image:
        if low_bytes:
            image.tile = [
                tile._replace(args=str(tile.args).replace("16B", "16L"))
                for tile in image.tile
            ]
        return np.asarray(ImageOps.exif_transpose(image), dtype=np.float32)


def _shallow(path: Path, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(_decode(path, size))


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

    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")
