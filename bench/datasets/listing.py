"""Image files with their labels and parts, of which none is read yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.datasets.image_opening import ImageFile
from bench.datasets.stored import check_classes, part_numbers


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Image files with their labels, the training part first.

    Attributes:
        root: Folder below which the files are named; others are named whole.
        labels: ``(n,)``, class indices.
        in_test: ``(n,)``, True for files of the test part.
        in_validation: ``(n,)``, True for files of the validation part; None for none.
        notes: Lines for the user: what was left out, and where links led.
        groups: ``(n,)``, numbers of the files' groups; None for none.
    """

    files: list[ImageFile]
    labels: np.ndarray
    in_test: np.ndarray
    class_names: tuple[str, ...]
    notes: tuple[str, ...] = ()
    root: Path | None = None
    groups: np.ndarray | None = None
    in_validation: np.ndarray | None = None

    @property
    def parts(self) -> np.ndarray:
        """``(n,)``, numbers of the files' parts."""
        return part_numbers(self.in_test, self.in_validation)

    @property
    def paths(self) -> list[Path]:
        """The files that have a path."""
        return [file for file in self.files if isinstance(file, Path)]

    def name(self, file: ImageFile) -> str:
        """How users know a file: by its path below the root, if it lies there."""
        if isinstance(file, Path) and self.root and file.is_relative_to(self.root):
            file = file.relative_to(self.root)
        return str(file)

    def only(self, is_readable: np.ndarray) -> Listing:
        """The readable files; every class must keep a file in each part."""
        count = int((~is_readable).sum())
        kept = replace(
            self,
            files=[self.files[index] for index in np.flatnonzero(is_readable)],
            labels=self.labels[is_readable],
            in_test=self.in_test[is_readable],
            in_validation=(
                None if self.in_validation is None else self.in_validation[is_readable]
            ),
            groups=None if self.groups is None else self.groups[is_readable],
            notes=(f"left out {count:,} unreadable images", *self.notes),
        )
        check_classes(self.labels, self.parts, is_readable, self.class_names)
        return kept
