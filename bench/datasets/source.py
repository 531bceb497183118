"""What a loader returns: a data set as it came, before it is split."""

from __future__ import annotations

from dataclasses import dataclass

from bench.datasets.task import Split
from bench.errors import DatasetError


@dataclass(frozen=True, kw_only=True)
class Source:
    """A data set of two or more classes, before splitting.

    Attributes:
        train: All images, or those of the training part where there is a test part.
        test: The official test part; None where there is none.
        class_names: In the order of the class indices.
        skipped: Unreadable image files that were left out.
    """

    train: Split
    test: Split | None
    class_names: tuple[str, ...]
    skipped: int = 0

    def __post_init__(self) -> None:
        if len(self.class_names) < 2:
            raise DatasetError(
                "a data set needs two or more classes, not only "
                f"{self.class_names[0]!r}; add images of another"
            )
