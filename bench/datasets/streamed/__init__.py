"""Images that don't fit in memory: decoded when they are read, or kept in a file.

- ``images``: images that look like an array where they are read in parts.
- ``encoded``: where their files lie.
- ``pixel_file``: the file that keeps decoded images.
- ``room``: the choice between memory, file and streaming.
"""

from bench.datasets.streamed.encoded import EncodedImages, Files
from bench.datasets.streamed.images import (
    StreamedImages,
    as_array,
    is_streamed,
    needs_all_images,
    part_of,
)
from bench.datasets.streamed.looks import Looks, looks
from bench.datasets.streamed.pixel_file import PixelFile, has_room
from bench.datasets.streamed.room import CHUNK, MAX_KEPT, TAKES_CHUNKS, WINDOW, Room

__all__ = [
    "CHUNK",
    "MAX_KEPT",
    "TAKES_CHUNKS",
    "WINDOW",
    "EncodedImages",
    "Files",
    "Looks",
    "PixelFile",
    "Room",
    "StreamedImages",
    "as_array",
    "has_room",
    "is_streamed",
    "looks",
    "needs_all_images",
    "part_of",
]
