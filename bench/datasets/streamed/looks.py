"""What a sample of image files says of all: their common size and their channels."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from bench.datasets import image_file
from bench.datasets.image_file import Fault, Header
from bench.datasets.image_opening import ImageFile
from bench.datasets.streamed.encoded import EncodedImages
from bench.errors import DatasetError, shown

SAMPLE = 256
"""Maximum number of image files that are looked at."""


@dataclass(frozen=True, kw_only=True)
class Looks:
    """What a sample of image files says.

    Attributes:
        files: The sampled files.
        headers: Of these files; a fault for those that can't be read.
    """

    files: list[ImageFile]
    headers: list[Header | Fault]

    def channels(self, size: tuple[int, int]) -> int:
        """1 if all sampled images are gray, else 3."""
        for file in self.files:
            with suppress(Exception):  # broken files are named when all are read
                image = image_file.decode_one(file, size, 3)
                if (image != image[..., :1]).any():
                    return 3
        return 1

    def check_depth(self) -> None:
        """Refuse images of 16 bits, which streamed images can't have.

        Raises:
            DatasetError: A sampled file has them.
        """
        for file, header in zip(self.files, self.headers, strict=True):
            if isinstance(header, Header) and header.is_deep:
                raise DatasetError(
                    "streamed images must have 8 bits a channel; "
                    f"{shown(str(file))} has 16: convert them, or read a folder of "
                    "them into memory with a higher --memory"
                )


def looks(encoded: EncodedImages) -> Looks:
    """Look at a sample of image files, spread evenly over all."""
    count = len(encoded)
    positions = np.unique(np.linspace(0, count - 1, min(count, SAMPLE), dtype=int))
    files = list(encoded.read(positions))
    headers = image_file.headers(files)
    return Looks(files=files, headers=headers)
