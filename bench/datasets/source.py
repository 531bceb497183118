"""A data set as its files hold it, before it is split."""

from __future__ import annotations

from dataclasses import dataclass

from bench.datasets.task import Split
from bench.errors import DatasetError


@dataclass(frozen=True, kw_only=True)
class Source:
    """A data set of two or more classes, before splitting.

    Attributes:
        train: The training part, or all images if there is no official test part.
        test: The official test part; None if there is none.
        class_names: Class names in the order of the class indices.
        skipped: Number of unreadable image files that were left out.
    """

    train: Split
    test: Split | None
    class_names: tuple[str, ...]
    skipped: int = 0

    def __post_init__(self) -> None:
        if len(self.class_names) < 2:
            raise DatasetError(
                "a data set needs two or more classes, not only "
                f"{self.class_names[0]!r}; add images of another class"
            )
