"""Rungs on parts of the training images, below those of epochs.

On a large data set even one epoch is a costly comparison. Li et al. 2018, "Hyperband: a
novel bandit-based approach to hyperparameter optimization", section 4.2, compares on
samples of the images instead. Here a trial on a part trains as many epochs as the
lowest rung of epochs asks for, but each takes a third or a ninth of the images. A
promoted trial begins anew on more images, since its learning rates follow the steps of
its epochs.
"""

from __future__ import annotations

from bench.errors import UsageError
from bench.records import PART_FACTOR
from bench.searchers import TUNERS

MAX_PART_RUNGS = 2
"""Maximum number of rungs on parts: on a third and a ninth of the images."""


def check(smallest_part: int | None, tuner: str, schedule: str | None) -> None:
    """Check that a search compares trials early if the size of parts is given.

    Raises:
        UsageError: It doesn't; the message has the tuners that do.
    """
    if smallest_part is not None and not has_parts(tuner, schedule):
        takers = ", ".join(name for name, entry in TUNERS.items() if entry.halves)
        raise UsageError(
            f"--smallest-part goes with a search that has rungs ({takers}, or "
            f"--schedule asha); {tuner!r} alone has none: choose another --tuner, or "
            "leave out --smallest-part"
        )


def has_parts(tuner: str, schedule: str | None) -> bool:
    """Whether a search compares trials on parts, if there are enough images."""
    return TUNERS[tuner].halves or schedule is not None


def part_rungs(images: int, smallest_part: int) -> int:
    """Number of rungs on parts of the training images.

    Args:
        images: Number of training images.
        smallest_part: Minimum number of images of a part; 0 for no parts.
    """
    if not smallest_part:
        return 0
    levels = range(1, MAX_PART_RUNGS + 1)
    return sum(images >= smallest_part * PART_FACTOR**level for level in levels)


def image_share(level: int) -> float:
    """Share of the training images so many rungs below training on all of them."""
    return float(PART_FACTOR ** -max(0, level))
