"""Image files: their headers, and their pixels at one size."""

from __future__ import annotations

import itertools
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from bench.datasets import memory, pixels
from bench.datasets.image_opening import (
    Encoded,
    ImageFile,
    is_deep,
    opened_image,
    reason,
)
from bench.errors import DatasetError, shown
from bench.machine import available_memory
from bench.text.activity import MANY, doing

if TYPE_CHECKING:
    from PIL import Image

_ORIENTATION = 0x0112
_TURNED_BY_90_DEGREES = (5, 6, 7, 8)

_BYTES_PER_PIXEL = 24
"""Bytes that decoding an image takes for each of its pixels, copies included."""

_Result = TypeVar("_Result")


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a file says of its image before any pixel is decoded.

    Attributes:
        size: Height and width at which a viewer shows the image.
        is_deep: Whether its values have 16 bits or more.
        is_gray: Whether it has a single channel.
    """

    size: tuple[int, int]
    is_deep: bool
    is_gray: bool = False


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Why a file can't be read, in a few words."""

    reason: str


def headers(paths: Sequence[ImageFile]) -> list[Header | Fault]:
    """Read the headers of image files.

    A file with more pixels than Pillow takes for safe, some 89 million, has a fault.
    """
    return _attempt(_header, paths, "looking at images")


def decode(
    paths: Sequence[ImageFile], headers: Sequence[Header | Fault], size: tuple[int, int]
) -> tuple[np.ndarray, list[Fault | None]]:
    """Read images, crop them around their centre and scale them to one size.

    Images are turned as EXIF says, transparent pixels become white, and of several
    frames the first is taken.

    Args:
        paths: Image files, see ``image_formats``.
        headers: Of these files.
        size: Height and width.

    Returns:
        Images ``(n, height, width, channels)``, with one channel if all are gray,
        else three; and for each file None, or why it can't be read. The images are
        ``uint8``, or ``float32`` with the values of the files if these have 16 bits
        and values above 255.

    Raises:
        DatasetError: Some files have 16 bits, and others 8; or the images don't fit in
            memory.
    """
    whole = {n: h for n, h in enumerate(headers) if isinstance(h, Header)}
    _check_one_depth({paths[n]: header.is_deep for n, header in whole.items()})
    is_deep = any(header.is_deep for header in whole.values())
    decoded, dtype = (_deep, np.float32) if is_deep else (_shallow, np.uint8)
    _check_memory(len(paths), size, np.dtype(dtype))
    images = np.zeros((len(paths), *size, 3), dtype)

    def fill(index: int) -> None:
        images[index] = decoded(paths[index], size)

    largest = max((h.size[0] * h.size[1] for h in whole.values()), default=1)
    threads = max(1, available_memory() // (2 * _BYTES_PER_PIXEL * largest))
    ended = _attempt(fill, list(whole), "reading images", threads)
    faults = dict(zip(whole, ended, strict=True))
    if all((image == image[..., :1]).all() for image in images):
        images = np.ascontiguousarray(images[..., :1])
    return pixels.in_bytes(images), [
        header if isinstance(header, Fault) else faults[n]
        for n, header in enumerate(headers)
    ]


def decode_one(file: ImageFile, size: tuple[int, int], channels: int) -> np.ndarray:
    """Read one image as ``decode`` does, ``(height, width, channels)``, ``uint8``.

    Args:
        file: A PNG, JPEG, BMP, GIF or WebP file.
        size: Height and width.
        channels: 3, or 1 for the brightness alone.

    Raises:
        Exception: The file can't be read; nearly any type.
    """
    image = _decode(file, size, only_shallow=True)
    if channels == 3:
        return np.asarray(image)
    return np.asarray(image.convert("L"))[..., np.newaxis]


def whole(content: bytes) -> tuple[Image.Image, str]:
    """The image of a file that is held in memory, and its format, such as ``JPEG``.

    Raises:
        Exception: The file is not whole; nearly any type.
    """
    with opened_image(Encoded(content=content, name="")) as image:
        if is_deep(image):
            raise ValueError("it has 16 bits a channel, and shards hold 8")
        image.load()
        return image, str(image.format)


def _check_one_depth(is_deep: Mapping[ImageFile, bool]) -> None:
    if len(set(is_deep.values())) > 1:
        deep, shallow = (
            next(path for path, depth in is_deep.items() if depth is wanted)
            for wanted in (True, False)
        )
        raise DatasetError(
            "images must have one number of bits, since those of 16 may have any "
            f"range; {sum(is_deep.values())} of {len(is_deep)} images have 16 bits a "
            f"channel, such as {shown(str(deep))}, and others 8, such as "
            f"{shown(str(shallow))}; convert them to one of the two"
        )


def _check_memory(count: int, size: tuple[int, int], dtype: np.dtype) -> None:
    # The images themselves, and the copies of them that are the splits.
    memory.check(
        2 * count * size[0] * size[1] * 3 * dtype.itemsize,
        f"{count:,} images of {size[0]}x{size[1]}",
        "make them smaller with --image-size, or give a folder of fewer",
    )


def _attempt(
    function: Callable[[Any], _Result],
    arguments: Sequence[Any],
    what: str,
    threads: int | None = None,
) -> list[_Result | Fault]:
    """Call a function on each argument, in threads; errors become faults.

    Args:
        function: Takes an argument.
        arguments: One for each image.
        what: Says what the function does, to a person who waits.
        threads: Maximum number of threads; None for the usual one.
    """
    numbers = itertools.count(1)

    def attempt(argument: Any) -> _Result | Fault:
        try:
            return function(argument)
        except Exception as error:  # broken files make Pillow raise nearly any type
            return Fault(reason=reason(error))
        finally:
            reach(next(numbers))

    usual = min(32, (os.cpu_count() or 1) + 4)
    # Warnings are settled around the pool, as their filters belong to all threads.
    total = len(arguments) if len(arguments) >= MANY else None
    with (
        doing(what, total) as reach,
        warnings.catch_warnings(),
        ThreadPoolExecutor(min(usual, threads or usual)) as pool,
    ):
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", _bomb_warning())
        return list(pool.map(attempt, arguments))


def _bomb_warning() -> type[Warning]:
    """Pillow's warning of an image that is suspiciously large."""
    from PIL import Image

    return Image.DecompressionBombWarning


def _header(path: ImageFile) -> Header:
    with opened_image(path) as image:
        turned = (
            image.width != image.height
            and image.getexif().get(_ORIENTATION) in _TURNED_BY_90_DEGREES
        )
        size = (image.height, image.width)
        return Header(
            size=size[::-1] if turned else size,
            is_deep=is_deep(image),
            is_gray=image.mode.startswith(("1", "L", "I", "F")),
        )


def _deep(path: ImageFile, size: tuple[int, int]) -> np.ndarray:
    """An image with values of 16 bits, ``(height, width, channels)``, ``float32``."""
    values = _values(path)
    if values.shape[2] == 4:
        opacity = values[..., 3:] / 65535
        values = np.rint(values[..., :3] * opacity + 65535 * (1 - opacity))
    resized = pixels.resize(values[np.newaxis], size)[0]
    # The values of a file are whole numbers, which interpolation is to keep.
    whole: np.ndarray = np.rint(resized)
    return whole if pixels.is_whole(values) else resized


def _values(path: ImageFile) -> np.ndarray:
    """The values of a file with 16 bits, ``(height, width, channels)``."""
    high = _upright(path)
    if high.ndim == 2:
        return high[..., np.newaxis]
    # Pillow reads one byte of each colour: once the high bytes, once the low ones.
    values: np.ndarray = 256 * high + _upright(path, low_bytes=True)
    return values


def _upright(path: ImageFile, *, low_bytes: bool = False) -> np.ndarray:
    from PIL import ImageOps

    with opened_image(path) as image:
        if low_bytes:
            image.tile = [
                tile._replace(args=str(tile.args).replace("16B", "16L"))
                for tile in image.tile
            ]
        return np.asarray(ImageOps.exif_transpose(image), dtype=np.float32)


def _shallow(path: ImageFile, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(_decode(path, size))


def _decode(
    path: ImageFile, size: tuple[int, int], *, only_shallow: bool = False
) -> Image.Image:
    from PIL import ImageOps

    with opened_image(path) as image:
        if only_shallow and is_deep(image):
            raise ValueError("it has 16 bits a channel, and the others 8")
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
