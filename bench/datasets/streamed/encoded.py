"""Image files that are read one by one: where each of them lies."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np

from bench.datasets.image_opening import ImageFile


class EncodedImages(Protocol):
    """Image files by their positions, from 0; it travels to other processes."""

    @property
    def containers(self) -> tuple[Path, ...]:
        """Files that hold many images each; none if each image has a file."""

    def __len__(self) -> int:
        """Number of files."""

    def moved(self, place: Callable[[Path], Path]) -> EncodedImages:
        """The same image files where a function says that another machine has them."""

    def read(self, positions: np.ndarray) -> Iterator[ImageFile]:
        """The files at some positions, in their order.

        May be called from several threads at once. Rising positions are read fastest.

        Raises:
            DatasetError: A file's place is damaged.
        """


@dataclass(frozen=True, eq=False)
class Files:
    """Image files of a folder.

    Attributes:
        root: The folder.
        names: ``(n,)``, paths below the folder as bytes, which take less memory than
            paths do.
    """

    root: Path
    names: np.ndarray
    containers: ClassVar[tuple[Path, ...]] = ()

    @classmethod
    def below(cls, root: Path, paths: Sequence[Path]) -> Files:
        """Files of a folder, by their whole paths."""
        start = len(os.fsencode(root / "x")) - 1
        names = np.array([os.fsencode(path)[start:] for path in paths])
        return cls(Path(os.path.abspath(root)), names)

    def __len__(self) -> int:
        return len(self.names)

    def moved(self, place: Callable[[Path], Path]) -> Files:
        return replace(self, root=place(self.root))

    def read(self, positions: np.ndarray) -> Iterator[ImageFile]:
        for name in self.names[positions]:
            yield self.root / os.fsdecode(name)
