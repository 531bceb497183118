"""Data sets given as a folder of images, one subfolder a class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from bench.datasets import image_file, pixels
from bench.datasets.source import Source
from bench.datasets.task import Split
from bench.errors import DatasetError

_LARGEST_GUESSED_SIDE = 96
_SIDE_STEP = 8
_NAMED_FILES = 3


def load(
    path: Path, *, image_size: tuple[int, int] | None, skip_unreadable: bool
) -> Source:
    """Load images from one subfolder a class.

    Subfolders ``train`` and ``test``, where both stand, hold the subfolders of the
    classes instead and are taken as the splits; other folders beside them, hidden
    files and files of other kinds are ignored.

    Args:
        path: The folder.
        image_size: Height and width; None to keep a size that all images share, or
            else take a square as large as most of them fill, at most 96 pixels.
        skip_unreadable: Leave unreadable files out, rather than refuse the folder.

    Raises:
        DatasetError: The folder is missing or empty, a class has no images, or some
            can't be read.
    """
    if not path.is_dir():
        raise DatasetError(f"there is no folder {str(path)!r}; check the path")
    try:
        listing = _listing(path)
    except OSError as error:
        raise DatasetError(
            f"a data set's folder must be readable; {error}; change its permissions"
        ) from None
    images, read = _read(listing.files, image_size)
    if not read.all():
        if not skip_unreadable:
            raise _unreadable(listing, read, path)
        listing = listing.only(read)
    return _source(images, listing, skipped=int((~read).sum()))


@dataclass(frozen=True, kw_only=True)
class _Listing:
    """The image files of a folder, each with its class index and part."""

    files: list[Path]
    labels: np.ndarray
    in_test: np.ndarray
    class_names: tuple[str, ...]

    def only(self, rows: np.ndarray) -> _Listing:
        """Keep some files; every class must keep one in each part that there is."""
        kept = _Listing(
            files=[file for file, keep in zip(self.files, rows, strict=True) if keep],
            labels=self.labels[rows],
            in_test=self.in_test[rows],
            class_names=self.class_names,
        )
        for part in np.unique(self.in_test):
            labels = kept.labels[kept.in_test == part]
            counts = np.bincount(labels, minlength=len(self.class_names))
            if not counts.all():
                name = self.class_names[int(counts.argmin())]
                raise DatasetError(
                    f"every class needs readable images; {name!r} has none left; add "
                    "some or remove its folder"
                )
        return kept


def _listing(path: Path) -> _Listing:
    parts = [path / "train", path / "test"]
    if not all(part.is_dir() for part in parts):
        parts = [path]
    files_of = [
        {folder.name: _files(folder) for folder in _class_folders(part)}
        for part in parts
    ]
    names = tuple(files_of[0])
    if differing := set(names) ^ set(files_of[-1]):
        raise DatasetError(
            "train/ and test/ must hold the same class folders; "
            f"{min(differing)!r} is only in one of them, in {str(path)!r}; add it to "
            "the other or remove it"
        )
    rows = [
        (file, label, part)
        for part, files in enumerate(files_of)
        for label, name in enumerate(names)
        for file in files[name]
    ]
    return _Listing(
        files=[file for file, _, _ in rows],
        labels=np.array([label for _, label, _ in rows], dtype=np.int64),
        in_test=np.array([part == 1 for _, _, part in rows]),
        class_names=names,
    )


def _class_folders(path: Path) -> list[Path]:
    folders = [entry for entry in _visible(path) if entry.is_dir()]
    if len(folders) < 2:
        found = f"only {folders[0].name!r}" if folders else "none"
        raise DatasetError(
            f"a folder of images needs a subfolder for each of two or more classes; "
            f"{str(path)!r} holds {found}; sort the images into subfolders"
        )
    return folders


def _files(folder: Path) -> list[Path]:
    files = [
        entry
        for entry in _visible(folder)
        if entry.suffix.lower() in image_file.SUFFIXES and not entry.is_dir()
    ]
    if not files:
        raise DatasetError(
            "a class folder must hold PNG, JPEG, BMP, GIF or WebP images; "
            f"{str(folder)!r} holds none; add some or remove it"
        )
    return files


def _visible(folder: Path) -> Iterator[Path]:
    """Entries in the order of their names, which no file system promises."""
    return (
        entry
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if not entry.name.startswith(".")
    )


def _read(
    files: Sequence[Path], image_size: tuple[int, int] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Read what can be read; all images that come back are of readable files."""
    if image_size is not None:
        images, read = image_file.decode(files, image_size)
        return images[read], read
    sizes = image_file.displayed_sizes(files)
    size = _common_size(sizes)
    images, read = image_file.decode(files, size)
    if read.all():
        return images, read
    # A file that breaks off after its header had a say in the size: not any more.
    rows = np.flatnonzero(read).tolist()
    remaining = _common_size([sizes[row] for row in rows])
    if remaining == size:
        return images[read], read
    return image_file.decode([files[row] for row in rows], remaining)[0], read


def _common_size(sizes: Sequence[tuple[int, int] | None]) -> tuple[int, int]:
    known = [size for size in sizes if size is not None]
    if not known:
        return _SIDE_STEP, _SIDE_STEP
    if len(set(known)) == 1:
        pixels.check_size(*known[0])
        return known[0]
    side = min(_LARGEST_GUESSED_SIDE, int(median(min(size) for size in known)))
    side = max(_SIDE_STEP, side // _SIDE_STEP * _SIDE_STEP)
    return side, side


def _unreadable(listing: _Listing, read: np.ndarray, path: Path) -> DatasetError:
    bad = [str(listing.files[row].relative_to(path)) for row in np.flatnonzero(~read)]
    named = ", ".join(repr(name) for name in bad[:_NAMED_FILES])
    if len(bad) > _NAMED_FILES:
        named += f" and {len(bad) - _NAMED_FILES} more"
    return DatasetError(
        f"images must be whole and readable; {len(bad)} of {len(read)} are not: "
        f"{named}; mend them, or leave them out with --skip-unreadable"
    )


def _source(images: np.ndarray, listing: _Listing, skipped: int) -> Source:
    # Files are listed part by part, so that the parts are views, not copies.
    border = int((~listing.in_test).sum())
    whole = border == len(images)
    return Source(
        train=Split(images=images[:border], labels=listing.labels[:border]),
        test=None
        if whole
        else Split(images=images[border:], labels=listing.labels[border:]),
        class_names=listing.class_names,
        skipped=skipped,
    )
