"""Parts of the training images, on which trials are compared before they take all."""

from __future__ import annotations

from bench.machine import has_gpu

PART_FACTOR = 3
"""Factor between parts of the training images on which trials are compared."""

SMALLEST_PART = 5000
"""Number of training images from which a part of them tells configurations apart."""


def default_smallest_part() -> int:
    """Minimum number of images of a part on this machine; 0 for no parts.

    On a GPU a whole epoch takes less time than programs for further numbers of images.
    """
    return 0 if has_gpu() else SMALLEST_PART
