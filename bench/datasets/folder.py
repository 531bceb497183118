"""Data sets in a folder of images, with one subfolder per class."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.datasets import content, image_file
from bench.datasets.class_folders import (
    ClassFolder,
    check_distinct,
    class_folders,
    notes,
)
from bench.datasets.class_names import distinct
from bench.datasets.common_size import common_size, size_note
from bench.datasets.image_file import Fault, Header
from bench.datasets.image_opening import Encoded, ImageFile, size_of
from bench.datasets.listing import Listing
from bench.datasets.nested_folders import nested_classes
from bench.datasets.parts import check_same_classes, parts_of
from bench.datasets.reading import Reading
from bench.datasets.source import Source
from bench.datasets.stored import Stored, read_stored
from bench.datasets.streamed import Files, looks
from bench.datasets.task import Split
from bench.errors import DatasetError, shown
from bench.records import TEST, TRAIN, VALIDATION, FileSummary

_MAX_NAMED_FILES = 3


def load(path: Path, reading: Reading) -> Source:
    """Load images from a folder with one subfolder per class.

    Subfolders ``train``, ``val`` and ``test`` hold the subfolders of the classes and
    become splits, see ``parts``; other folders beside them are ignored. So are hidden
    files; files and folders that are no images are left out and counted. Links are
    followed, also out of the folder, and those are counted too.

    Images that don't fit in memory are streamed: size and channels are then those of a
    sample, and a file is read when its image is needed.

    Args:
        path: The folder.
        reading: The size of the images, see ``common_size``; whether unreadable files
            are left out or refused; and the memory that images may take.

    Raises:
        DatasetError: The folder is missing or empty, a class has no images, or a file
            can't be read.
    """
    listing = listed(path, reading.classes_from)
    encoded = Files.below(path, listing.paths)
    size = reading.image_size or common_size(looks(encoded).headers)
    if not reading.room.holds(len(encoded), (*size, 3)):
        return read_stored(_stored(listing, encoded), reading)
    return read(
        listing,
        image_size=reading.image_size,
        skip_unreadable=reading.skip_unreadable,
    )


def listed(path: Path, classes_from: str | None = None) -> Listing:
    """The image files of a folder, of which none is read; see ``load``.

    Raises:
        DatasetError: The folder is missing or empty, or a class has no images.
    """
    try:
        return _listing(path, classes_from)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a null
        raise DatasetError(
            f"there is no folder {shown(str(path))}; check the path"
        ) from None
    except OSError as error:
        raise DatasetError(
            f"a data set's folder must be readable; {shown(error.filename)} is not "
            f"({error.strerror}); change its permissions, or check the path"
        ) from None


def read(
    listing: Listing, *, image_size: tuple[int, int] | None, skip_unreadable: bool
) -> Source:
    """Read image files; see ``load``.

    Raises:
        DatasetError: A file can't be read, or the images don't fit in memory.
    """
    headers = image_file.headers(listing.files)
    images, faults = _read(listing.files, headers, image_size)
    is_readable = np.array([fault is None for fault in faults], dtype=bool)
    if not is_readable.all():
        if not skip_unreadable:
            raise _unreadable(listing, faults)
        listing = listing.only(is_readable)
    sizes = [
        header.size
        for header, fault in zip(headers, faults, strict=True)
        if fault is None and isinstance(header, Header)
    ]
    if image_size is None:
        notes = (*size_note(sizes, images.shape[1:3]), *listing.notes)
        listing = replace(listing, notes=notes)
    summary = _summary(sizes, len(faults))
    source = _source(images, listing)
    return replace(source, files=summary, left_out=summary.unreadable)


def _listing(path: Path, classes_from: str | None) -> Listing:
    contents = {
        part: _classes(folder, classes_from) for part, folder in parts_of(path).items()
    }
    check_same_classes(path, contents)
    names = sorted({folder.label for folder in contents[TRAIN]})
    indices = {name: index for index, name in enumerate(names)}
    entries = [
        (file, indices[folder.label], part)
        for part, folders in contents.items()
        for folder in folders
        for file in folder.images
    ]
    folders = [folder for content in contents.values() for folder in content]
    check_distinct(folders)
    parts = np.array([part for _, _, part in entries])
    return Listing(
        root=path,
        files=[file for file, _, _ in entries],
        labels=np.array([label for _, label, _ in entries], dtype=np.int64),
        in_test=parts == TEST,
        in_validation=parts == VALIDATION if VALIDATION in contents else None,
        class_names=distinct(names),
        notes=notes(path, folders),
    )


def _stored(listing: Listing, encoded: Files) -> Stored:
    """The listed files as they lie on the disk."""
    names = [os.fsdecode(name) for name in encoded.names]
    return Stored(
        encoded=encoded,
        labels=listing.labels,
        in_test=listing.in_test,
        in_validation=listing.in_validation,
        class_names=listing.class_names,
        keys=keys(listing),
        positions=np.arange(len(names)),
        names=np.array(names),
        notes=listing.notes,
    )


def keys(listing: Listing) -> np.ndarray:
    """What tells files apart, ``(n, 2)``: their names and sizes.

    None is read for that; of those in memory it is the content.
    """
    root = b"" if listing.root is None else os.fsencode(listing.root / "x")[:-1]
    digests = b"".join(_key(file, root) for file in listing.files)
    return np.frombuffer(digests, np.uint64).reshape(-1, 2)


def _key(file: ImageFile, root: bytes) -> bytes:
    if isinstance(file, Encoded):
        content = file.content
    else:
        name = os.fsencode(file).removeprefix(root)
        content = name + b"\0%d" % size_of(file)
    return hashlib.blake2b(content, digest_size=16).digest()


def _classes(path: Path, classes_from: str | None) -> list[ClassFolder]:
    """The folders of the classes of one part, by class."""
    if classes_from is None:
        return class_folders(path)
    return nested_classes(path, classes_from)


def _summary(sizes: Sequence[tuple[int, int]], count: int) -> FileSummary:
    """The sizes of readable files, by area, and how many others there are."""
    by_area = sorted(sizes, key=lambda size: (size[0] * size[1], size))
    return FileSummary(
        smallest=by_area[0],
        median=by_area[len(by_area) // 2],
        largest=by_area[-1],
        unreadable=count - len(sizes),
    )


def _read(
    files: Sequence[ImageFile],
    headers: Sequence[Header | Fault],
    image_size: tuple[int, int] | None,
) -> tuple[np.ndarray, list[Fault | None]]:
    """Images of the readable files, and why the others can't be read."""
    size = image_size or common_size(headers)
    images, faults = image_file.decode(files, headers, size)
    readable = [index for index, fault in enumerate(faults) if fault is None]
    if len(readable) == len(files):
        return images, faults
    # A truncated file has a size in its header, which must not count any more.
    remaining = [headers[index] for index in readable]
    remaining_size = image_size or common_size(remaining)
    if remaining_size == size:
        return images[readable], faults
    readable_files = [files[index] for index in readable]
    images, _ = image_file.decode(readable_files, remaining, remaining_size)
    return images, faults


def _unreadable(listing: Listing, faults: Sequence[Fault | None]) -> DatasetError:
    unreadable = [
        f"{shown(listing.name(file))} ({fault.reason})"
        for file, fault in zip(listing.files, faults, strict=True)
        if fault is not None
    ]
    named = unreadable[:_MAX_NAMED_FILES]
    names = ", ".join(named)
    if len(unreadable) > len(named):
        names += f" and {len(unreadable) - len(named)} more"
    return DatasetError(
        f"images must be whole and readable; {len(unreadable)} of {len(faults)} "
        f"are not: {names}; mend them, or leave them out with --skip-unreadable"
    )


def _source(images: np.ndarray, listing: Listing) -> Source:
    # The training part is listed first, so that both splits are views, not copies.
    count = int((~listing.in_test).sum())
    files = np.array(list(map(listing.name, listing.files)))
    identity = content.of_files(
        listing.files,
        files.tolist(),
        listing.labels,
        listing.parts,
        listing.class_names,
    )
    whole = Split(
        images=images, labels=listing.labels, files=files, groups=listing.groups
    )
    test = None
    if count < len(images):
        test = whole.part(slice(count, None))
    return Source(
        train=whole.part(slice(count)),
        test=test,
        class_names=listing.class_names,
        notes=listing.notes,
        content=identity,
        in_validation=(
            None if listing.in_validation is None else listing.in_validation[:count]
        ),
    )
