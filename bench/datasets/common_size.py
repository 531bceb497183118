"""The size to which the images of a data set are cropped and scaled."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from bench.datasets import pixels
from bench.datasets.image_file import Fault, Header

_MAX_GUESSED_SIDE = 96
_SIDE_STEP = 8


def common_size(headers: Sequence[Header | Fault]) -> tuple[int, int]:
    """Height and width that images get where the user names none.

    It is the size that all share; if they share none, images become squares with the
    median of their shorter sides, at most 96 pixels.

    Raises:
        DatasetError: All have one size, and it is too small or too large.
    """
    known = [header.size for header in headers if isinstance(header, Header)]
    if not known:
        return _SIDE_STEP, _SIDE_STEP
    if len(set(known)) == 1:
        pixels.check_size(*known[0])
        return known[0]
    side = min(_MAX_GUESSED_SIDE, int(median(min(size) for size in known)))
    side = max(_SIDE_STEP, side // _SIDE_STEP * _SIDE_STEP)
    return side, side


def size_note(
    sizes: Sequence[tuple[int, int]], chosen: tuple[int, ...]
) -> tuple[str, ...]:
    """Says which size was chosen for images of several sizes, and why.

    Args:
        sizes: Heights and widths of the images' files.
        chosen: Height and width.
    """
    if len(set(sizes)) < 2:
        return ()
    usual = median(min(size) for size in sizes)
    why = f"the median of their shorter sides is {usual:g}"
    if usual > _MAX_GUESSED_SIDE:
        why += f", and {_MAX_GUESSED_SIDE} the most that is taken unasked"
    return (
        f"images of {len(set(sizes)):,} sizes become {chosen[0]}x{chosen[1]} pixels, "
        f"cropped to a square: {why}; --image-size takes another",
    )
