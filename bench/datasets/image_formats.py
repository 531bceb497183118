"""The formats of image files that are read."""

from __future__ import annotations

from typing import BinaryIO

FORMATS = "PNG, JPEG, BMP, GIF, WebP, TIFF or HEIC"
"""Formats of image files, as messages have them."""

SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"}
    | {".heic", ".heif"}
)

# Restricted, since Pillow knows formats that start other programs.
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
_HEIC_BRANDS = (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1", b"ftypmsf1")


def formats_of(file: BinaryIO) -> tuple[str, ...]:
    """Formats that a file may have, by Pillow's names.

    The extra ``heic`` is loaded for its own files only.

    Raises:
        ValueError: It is a HEIC file, and the extra is not installed.
    """
    is_heic = file.read(12)[4:] in _HEIC_BRANDS
    file.seek(0)
    if not is_heic:
        return _FORMATS
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        raise ValueError(
            "HEIC needs the extra heic: pip install 'keras-leaderboard[heic]'"
        ) from None
    register_heif_opener()
    return ("HEIF",)
