"""Data sets in a folder of images, with one subfolder per class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from bench.datasets import image_file, pixels
from bench.datasets.class_names import distinct
from bench.datasets.source import Source
from bench.datasets.task import Split
from bench.errors import DatasetError

_MAX_GUESSED_SIDE = 96
_SIDE_STEP = 8
_MAX_NAMED_FILES = 3


def load(
    path: Path, *, image_size: tuple[int, int] | None, skip_unreadable: bool
) -> Source:
    """Load images from a folder with one subfolder per class.

    If there are subfolders ``train`` and ``test``, each holds the subfolders of the
    classes and becomes a split; other folders beside them are ignored. So are hidden
    files and files that are no images.

    Args:
        path: The folder.
        image_size: Height and width. None keeps the size that all images share; if
            they share none, images become squares with the median of their shorter
            sides, at most 96 pixels.
        skip_unreadable: Whether unreadable files are left out or refused.

    Raises:
        DatasetError: The folder is missing or empty, a class has no images, or a file
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
    images, is_readable = _read(listing.files, image_size)
    if not is_readable.all():
        if not skip_unreadable:
            raise _unreadable(listing, is_readable, path)
        listing = listing.only(is_readable)
    return _source(images, listing, skipped=int((~is_readable).sum()))


@dataclass(frozen=True, kw_only=True)
class _Listing:
    """The image files of a folder, the training part first.

    Attributes:
        labels: ``(n,)``, class indices.
        in_test: ``(n,)``, True for files of the test part.
    """

    files: list[Path]
    labels: np.ndarray
    in_test: np.ndarray
    class_names: tuple[str, ...]

    def only(self, is_readable: np.ndarray) -> _Listing:
        """The readable files; every class must keep a file in each part."""
        kept = _Listing(
            files=[self.files[index] for index in np.flatnonzero(is_readable)],
            labels=self.labels[is_readable],
            in_test=self.in_test[is_readable],
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
    entries = [
        (file, label, part)
        for part, files in enumerate(files_of)
        for label, name in enumerate(names)
        for file in files[name]
    ]
    return _Listing(
        files=[file for file, _, _ in entries],
        labels=np.array([label for _, label, _ in entries], dtype=np.int64),
        in_test=np.array([part == 1 for _, _, part in entries]),
        class_names=distinct(names),
    )


def _class_folders(path: Path) -> list[Path]:
    folders = [entry for entry in _visible(path) if entry.is_dir()]
    if len(folders) < 2:
        content = f"only {folders[0].name!r}" if folders else "none"
        raise DatasetError(
            f"a folder of images needs a subfolder for each of two or more classes; "
            f"{str(path)!r} holds {content}; sort the images into subfolders"
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
    """Entries without hidden ones, by name, since file systems promise no order."""
    return (
        entry
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if not entry.name.startswith(".")
    )


def _read(
    files: Sequence[Path], image_size: tuple[int, int] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Images of the readable files, and ``(n,)``: whether each file is readable."""
    if image_size is not None:
        images, is_readable = image_file.decode(files, image_size)
        return images[is_readable], is_readable
    sizes = image_file.displayed_sizes(files)
    size = _common_size(sizes)
    images, is_readable = image_file.decode(files, size)
    if is_readable.all():
        return images, is_readable
    # A truncated file has a size in its header, which must not count any more.
    readable = np.flatnonzero(is_readable).tolist()
    remaining_size = _common_size([sizes[index] for index in readable])
    if remaining_size == size:
        return images[is_readable], is_readable
    images, _ = image_file.decode([files[n] for n in readable], remaining_size)
    return images, is_readable


def _common_size(sizes: Sequence[tuple[int, int] | None]) -> tuple[int, int]:
    known = [size for size in sizes if size is not None]
    if not known:
        return _SIDE_STEP, _SIDE_STEP
    if len(set(known)) == 1:
        pixels.check_size(*known[0])
        return known[0]
    side = min(_MAX_GUESSED_SIDE, int(median(min(size) for size in known)))
    side = max(_SIDE_STEP, side // _SIDE_STEP * _SIDE_STEP)
    return side, side


def _unreadable(listing: _Listing, is_readable: np.ndarray, path: Path) -> DatasetError:
    unreadable = [listing.files[index] for index in np.flatnonzero(~is_readable)]
    named = [str(file.relative_to(path)) for file in unreadable[:_MAX_NAMED_FILES]]
    names = ", ".join(map(repr, named))
    if len(unreadable) > len(named):
        names += f" and {len(unreadable) - len(named)} more"
    return DatasetError(
        f"images must be whole and readable; {len(unreadable)} of {len(is_readable)} "
        f"are not: {names}; mend them, or leave them out with --skip-unreadable"
    )


def _source(images: np.ndarray, listing: _Listing, skipped: int) -> Source:
    # The training part is listed first, so that both splits are views, not copies.
    count = int((~listing.in_test).sum())
    test = None
    if count < len(images):
        test = Split(images=images[count:], labels=listing.labels[count:])
    return Source(
        train=Split(images=images[:count], labels=listing.labels[:count]),
        test=test,
        class_names=listing.class_names,
        skipped=skipped,
    )
