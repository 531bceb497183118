"""The folders of the classes of a data set, and what lies in them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.datasets import image_formats
from bench.errors import DatasetError, shown

_MAX_KINDS = 5


@dataclass(frozen=True, kw_only=True)
class ClassFolder:
    """A folder of a class.

    Attributes:
        path: Of the folder, as it is named.
        label: Name of the class.
        images: Files with the suffix of an image, whatever they are, by name.
        others: Other files and folders that aren't hidden, and are left out.
        links: The folder itself and images, where they are links.
    """

    path: Path
    label: str
    images: list[Path]
    others: list[Path]
    links: list[Path]


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
    return [_of_class(Path(entry.path)) for entry in folders]


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
    above = (path for f in folders for path in f.path.parents)
    parts = {root, *(path for path in above if path.is_relative_to(root))}
    used = parts | {folder.path for folder in folders}
    used |= {image for folder in folders for image in folder.images}
    beside = [Path(entry.path) for part in sorted(parts) for entry in _visible(part)]
    others = [path for folder in folders for path in folder.others]
    others = list(dict.fromkeys((*others, *beside)))
    others = [path for path in others if path not in used]
    real = root.resolve()
    outside = [
        link
        for folder in folders
        for link in folder.links
        if not Path(os.path.realpath(link)).is_relative_to(real)
    ]
    kinds = f"files or folders that are no images ({_kinds(others)})"
    listed = (
        ("left out", others, kinds),
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


def _kinds(paths: Sequence[Path]) -> str:
    """Numbers of files by their suffixes, such as ``12 .mp4, 1 .txt``."""
    counts = Counter(map(_kind, paths))
    usual = counts.most_common(_MAX_KINDS)
    if more := counts.total() - sum(count for _, count in usual):
        usual.append(("of other kinds", more))
    return ", ".join(f"{count:,} {kind}" for kind, count in usual)


def _kind(path: Path) -> str:
    if path.is_dir():
        return "folder"
    suffix = path.suffix.lower()
    return suffix if suffix[1:].isalnum() else "without a suffix"


def _of_class(folder: Path) -> ClassFolder:
    found = content(folder, label=folder.name)
    if found.images:
        return found
    if inner := [path for path in found.others if path.is_dir()]:
        raise DatasetError(
            f"the images of a class lie in its folder; {shown(str(folder))} holds only "
            f"folders, such as {shown(inner[0].name)}: --classes-from leaf takes the "
            "innermost folders as classes, path their whole paths, top the outermost"
        )
    raise DatasetError(
        f"a class folder must hold {image_formats.FORMATS} images; "
        f"{shown(str(folder))} holds none; add some or remove it"
    )


def content(folder: Path, *, label: str) -> ClassFolder:
    """A folder of a class and what lies in it."""
    entries = _visible(folder)
    images = [entry for entry in entries if _is_image(entry)]
    names = {entry.name for entry in images}
    paths = [Path(entry.path) for entry in images]
    return ClassFolder(
        path=folder,
        label=label,
        images=paths,
        others=[Path(entry.path) for entry in entries if entry.name not in names],
        links=[path for path in (folder, *paths) if path.is_symlink()],
    )


def _visible(folder: Path) -> list[os.DirEntry[str]]:
    """Entries without hidden ones, by name, since file systems promise no order."""
    with os.scandir(folder) as entries:
        visible = [entry for entry in entries if not entry.name.startswith(".")]
    return sorted(visible, key=lambda entry: entry.name)


def _is_image(entry: os.DirEntry[str]) -> bool:
    suffix = Path(entry.name).suffix.lower()
    return suffix in image_formats.SUFFIXES and not _is_folder(entry)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself, or one that leads where nobody may look
        return False
