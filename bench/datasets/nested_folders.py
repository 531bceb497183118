"""Classes of folders that lie in folders, such as ``plants/daisy``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bench.datasets.class_folders import ClassFolder, content, images_and_folders
from bench.errors import DatasetError, shown

_TOP, _PATH = "top", "path"


def nested_classes(root: Path, classes_from: str) -> list[ClassFolder]:
    """All folders below a root that hold images, by class and path.

    Args:
        root: The folder.
        classes_from: What names the class of an image: its folder (``leaf``), the
            folders from the root to it (``path``), or the first of these (``top``).

    Raises:
        DatasetError: There is one class or none, or a link leads to a folder above it.
        OSError: A folder can't be read.
    """
    found = [
        content(folder, label=_label(folder.relative_to(root), classes_from))
        for folder in _below(root, (_identity(root),))
        if images_and_folders(folder)[0]
    ]
    if len({folder.label for folder in found}) < 2:
        names = f"only {shown(found[0].label)}" if found else "none"
        raise DatasetError(
            f"a folder of images needs two or more classes; {shown(str(root))} holds "
            f"{names} by --classes-from {classes_from}: choose leaf, path or top, or "
            "add a folder"
        )
    return sorted(found, key=lambda folder: (folder.label, folder.path))


def _below(folder: Path, above: tuple[tuple[int, int], ...]) -> Iterator[Path]:
    """All folders below a folder, by name."""
    for inner in images_and_folders(folder)[1]:
        identity = _identity(inner)
        if identity in above:
            raise DatasetError(
                f"a folder can't lie in itself; the link {shown(str(inner))} leads to "
                "a folder above it: remove it"
            )
        yield inner
        yield from _below(inner, (*above, identity))


def _identity(folder: Path) -> tuple[int, int]:
    status = os.stat(folder)
    return status.st_dev, status.st_ino


def _label(path: Path, classes_from: str) -> str:
    if classes_from == _TOP:
        return path.parts[0]
    return path.as_posix() if classes_from == _PATH else path.name
