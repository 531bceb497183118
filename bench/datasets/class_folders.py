"""The folders of the classes of a data set, and what lies in them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.datasets import image_file
from bench.errors import DatasetError, shown


@dataclass(frozen=True, kw_only=True)
class ClassFolder:
    """The folder of a class.

    Attributes:
        path: Of the folder, as it is named.
        images: Files with the suffix of an image, whatever they are, by name.
        others: Other files and folders that aren't hidden, and are left out.
        links: The folder itself and images, where they are links.
    """

    path: Path
    images: list[Path]
    others: list[Path]
    links: list[Path]

    @property
    def name(self) -> str:
        return self.path.name


def class_folders(path: Path) -> list[ClassFolder]:
    """The folders of the classes in a folder, by name.

    Raises:
        DatasetError: There are fewer than two, or one is without images.
        OSError: A folder can't be read.
    """
    folders = [entry for entry in _visible(path) if _is_folder(entry)]
    if len(folders) < 2:
        content = f"only {shown(folders[0].name)}" if folders else "none"
        raise DatasetError(
            f"a folder of images needs a subfolder for each of two or more classes; "
            f"{shown(str(path))} holds {content}; sort the images into subfolders"
        )
    return [_content(entry) for entry in folders]


def check_distinct(folders: Sequence[ClassFolder]) -> None:
    """Refuse links by which two classes, or training and test, share a folder.

    Raises:
        DatasetError: Two folders are the same.
    """
    first: dict[tuple[int, int], Path] = {}
    for folder in folders:
        status = folder.path.stat()
        other = first.setdefault((status.st_dev, status.st_ino), folder.path)
        if other != folder.path:
            raise DatasetError(
                "every class, and every part of it, needs a folder of its own; "
                f"{shown(str(folder.path))} leads to {shown(str(other))}; remove one "
                "of them"
            )


def notes(root: Path, folders: Sequence[ClassFolder]) -> tuple[str, ...]:
    """Lines for the user: what is left out, and which links lead out of the root."""
    others = [path for folder in folders for path in folder.others]
    parts = {root, *(folder.path.parent for folder in folders)}
    used = parts | {folder.path for folder in folders}
    beside = [Path(entry.path) for part in sorted(parts) for entry in _visible(part)]
    others += [path for path in beside if path not in used]
    real = root.resolve()
    outside = [
        link
        for folder in folders
        for link in folder.links
        if not Path(os.path.realpath(link)).is_relative_to(real)
    ]
    listed = (
        ("left out", others, "files or folders that are no images"),
        ("followed", outside, "links out of the folder"),
    )
    return tuple(
        f"{what} {len(paths):,} {noun}, such as {_below(root, paths[0])}"
        for what, paths, noun in listed
        if paths
    )


def images_and_folders(path: Path) -> tuple[list[Path], list[Path]]:
    """Image files and folders in a folder, each by name; hidden ones are left out.

    Raises:
        OSError: The folder can't be read.
    """
    entries = _visible(path)
    folders = [Path(entry.path) for entry in entries if _is_folder(entry)]
    return [Path(entry.path) for entry in entries if _is_image(entry)], folders


def _below(root: Path, path: Path) -> str:
    return shown(str(path.relative_to(root)))


def _content(folder: os.DirEntry[str]) -> ClassFolder:
    entries = _visible(Path(folder.path))
    images = [entry for entry in entries if _is_image(entry)]
    if not images:
        raise DatasetError(
            "a class folder must hold PNG, JPEG, BMP, GIF or WebP images; "
            f"{shown(folder.path)} holds none; add some or remove it"
        )
    names = {entry.name for entry in images}
    return ClassFolder(
        path=Path(folder.path),
        images=[Path(entry.path) for entry in images],
        others=[Path(entry.path) for entry in entries if entry.name not in names],
        links=[Path(e.path) for e in (folder, *images) if e.is_symlink()],
    )


def _visible(folder: Path) -> list[os.DirEntry[str]]:
    """Entries without hidden ones, by name, since file systems promise no order."""
    with os.scandir(folder) as entries:
        visible = [entry for entry in entries if not entry.name.startswith(".")]
    return sorted(visible, key=lambda entry: entry.name)


def _is_image(entry: os.DirEntry[str]) -> bool:
    suffix = Path(entry.name).suffix.lower()
    return suffix in image_file.SUFFIXES and not _is_folder(entry)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself, or one that leads where nobody may look
        return False
