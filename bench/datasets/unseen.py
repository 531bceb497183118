"""Images that a trained model has not seen, read as its training images were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.datasets import arrays, image_file, image_formats, pixels
from bench.datasets.class_folders import images_and_folders
from bench.datasets.image_file import Fault, Header
from bench.errors import DatasetError, shortened, shown

_ARRAYS = (".npz", ".npy")
_BYTES = (0.0, 255.0)
_DEEP = (0.0, 65535.0)

_LUMINANCE = np.array([299, 587, 114], np.float32) / 1000
"""Shares of red, green and blue in a grey pixel, as Pillow has them (ITU-R 601)."""

UNKNOWN = -1
"""Label of an image whose class is not known."""


@dataclass(frozen=True, kw_only=True)
class UnseenImages:
    """Images as a model takes them.

    Attributes:
        images: ``(n, height, width, channels)``, raw pixels in the model's range.
        labels: ``(n,)``, class indices; ``UNKNOWN`` where the class isn't known.
        names: Names of their files, or ``FILE[INDEX]`` in arrays.
        notes: Lines for the user: what was converted.
    """

    images: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def are_labelled(self) -> bool:
        """Whether the class of every image is known."""
        return bool((self.labels != UNKNOWN).all())


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a model takes.

    Attributes:
        shape: ``(height, width, channels)`` of an image.
        pixel_range: Lowest and highest value that a pixel is meant to have.
        class_names: In the order of the class indices.
    """

    shape: tuple[int, int, int]
    pixel_range: tuple[float, float]
    class_names: tuple[str, ...]


def read_unseen(places: Sequence[Path], wanted: Wanted) -> UnseenImages:
    """Read images, and their labels where there are some.

    Files are cropped around their centre and scaled to the model's size, as a folder's
    images are in training. Colours become grey or grey becomes colours if the model's
    training images were of the other kind.

    Args:
        places: Image files; folders of images, or of a folder for each class; ``.npz``
            files with ``X`` and perhaps ``y``; ``.npy`` files of images.
        wanted: What the model takes.

    Raises:
        DatasetError: A place is missing, holds no images or a folder that is no class,
            or an image can't be read.
    """
    if not places:
        raise DatasetError("at least one image, folder or file of arrays must be given")
    parts = []
    files: list[tuple[Path, int]] = []
    for place in places:
        if place.suffix.lower() in _ARRAYS and not place.is_dir():
            parts.append(_from_arrays(place, wanted))
        else:
            files += _listed(place, wanted.class_names)
    if files:
        parts.insert(0, _from_files(files, wanted))
    return UnseenImages(
        images=np.concatenate([part.images for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        names=tuple(name for part in parts for name in part.names),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


def fitted(images: np.ndarray, wanted: Wanted, *, what: str) -> UnseenImages:
    """Arrays of images as a model takes them, without labels.

    Args:
        images: ``(n, height, width)`` or ``(n, height, width, channels)``.
        wanted: What the model takes.
        what: How the images are named in messages.

    Raises:
        DatasetError: They are no images, or their pixels are of another range.
    """
    checked = arrays.as_images(images, what)
    low, high = wanted.pixel_range
    lowest, highest = float(checked.min()), float(checked.max())
    if lowest < low - 0.01 * (high - low) or highest > high + 0.01 * (high - low):
        raise DatasetError(
            f"pixels must lie in the range of the training images, {low:g} to "
            f"{high:g}; those of {shown(what)} lie in {lowest:g} to {highest:g}: scale "
            "them alike"
        )
    notes = []
    size = wanted.shape[:2]
    if checked.shape[1:3] != size:
        notes.append(f"images were resized to {_size(size)}, that of the training")
        checked = pixels.resize(checked, size)
    checked, note = _with_channels(checked, wanted.shape[2])
    return UnseenImages(
        images=checked,
        labels=np.full(len(checked), UNKNOWN),
        names=tuple(f"{what}[{index}]" for index in range(len(checked))),
        notes=(*notes, *note),
    )


def _listed(place: Path, class_names: tuple[str, ...]) -> list[tuple[Path, int]]:
    """Image files of a place, each with its class."""
    if not place.is_dir():
        return [(place, UNKNOWN)]
    try:
        images, folders = images_and_folders(place)
        listed = [(path, UNKNOWN) for path in images]
        for folder in folders:
            inside, _ = images_and_folders(folder)
            if inside:
                listed += [(path, _label(folder, class_names)) for path in inside]
    except OSError as error:
        raise DatasetError(
            f"a folder of images must be readable; {shown(str(place))} is not "
            f"({error.strerror}); change its permissions, or check the path"
        ) from None
    if not listed:
        raise DatasetError(
            f"a folder must hold {image_formats.FORMATS} images, or a folder of "
            f"them for each class; {shown(str(place))} holds none; check the path"
        )
    return listed


def _label(folder: Path, class_names: tuple[str, ...]) -> int:
    try:
        return class_names.index(folder.name)
    except ValueError:
        raise DatasetError(
            "folders of labelled images are named after the classes of the model, "
            f"{shortened(', '.join(class_names), 80)}; {shown(str(folder))} is not; "
            "rename it, or give the folders of the images one by one"
        ) from None


def _from_files(files: Sequence[tuple[Path, int]], wanted: Wanted) -> UnseenImages:
    paths, size = [path for path, _ in files], wanted.shape[:2]
    headers = image_file.headers(paths)
    images, faults = image_file.decode(paths, headers, size)
    _check_read(paths, faults)
    notes = []
    known = [header for header in headers if isinstance(header, Header)]
    if others := [header.size for header in known if header.size != size]:
        notes.append(
            f"{len(others):,} of {len(known):,} images were cropped and scaled to "
            f"{_size(size)}, that of the training images"
        )
    images, note = _with_channels(images, wanted.shape[2])
    notes += note
    has_depth = _DEEP if known[0].is_deep else _BYTES
    if wanted.pixel_range[1] <= _BYTES[1] or not known[0].is_deep:
        images, note = _in_range(images, has_depth, wanted.pixel_range)
        notes += note
    return UnseenImages(
        images=images,
        labels=np.array([label for _, label in files]),
        names=tuple(str(path) for path in paths),
        notes=tuple(notes),
    )


def _check_read(paths: Sequence[Path], faults: Sequence[Fault | None]) -> None:
    broken = [
        f"{shown(str(path))} ({fault.reason})"
        for path, fault in zip(paths, faults, strict=True)
        if fault is not None
    ]
    if broken:
        more = f" and {len(broken) - 3} more" if len(broken) > 3 else ""
        raise DatasetError(
            f"images must be whole and readable; {len(broken)} of {len(paths)} are "
            f"not: {', '.join(broken[:3])}{more}; mend them, or leave them out"
        )


def _from_arrays(path: Path, wanted: Wanted) -> UnseenImages:
    images, labels = arrays.load_images(path)
    read = fitted(images, wanted, what=str(path))
    if labels is None:
        return read
    known = {name: index for index, name in enumerate(wanted.class_names)}
    names = [str(label) for label in labels.tolist()]
    if unknown := sorted(set(names) - set(known)):
        raise DatasetError(
            "labels must be classes of the model, "
            f"{shortened(', '.join(wanted.class_names), 80)}; {shown(unknown[0])} in "
            f"{shown(str(path))} is not; give X without y, or mend y"
        )
    return replace(read, labels=np.array([known[name] for name in names]))


def _with_channels(
    images: np.ndarray, channels: int
) -> tuple[np.ndarray, tuple[str, ...]]:
    given = images.shape[3]
    if given == channels:
        return images, ()
    if (given, channels) == (1, 3):
        # Files that are all grey have one channel, whatever the training images had.
        return np.repeat(images, 3, axis=3), ()
    if (given, channels) == (3, 1):
        grey = images.astype(np.float32) @ _LUMINANCE
        if images.dtype == np.uint8:
            grey = np.rint(grey).astype(np.uint8)
        return grey[..., None], ("colours became grey, as the training images are",)
    raise DatasetError(
        f"images must have {channels} channels, as the training images have; these "
        f"have {given}; convert them"
    )


def _in_range(
    images: np.ndarray, now: tuple[float, float], wanted: tuple[float, float]
) -> tuple[np.ndarray, tuple[str, ...]]:
    if now == wanted:
        return images, ()
    return pixels.mapped(images, now, wanted), (
        f"pixels from {now[0]:g} to {now[1]:g} were scaled to {wanted[0]:g} to "
        f"{wanted[1]:g}, the range of the training images",
    )


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]} pixels"
