"""Data sets in NumPy files, ``.npz`` or ``.npy``.

Files are read without pickle, so that reading a file never runs code from it.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from bench.datasets import array_header, array_labels, pixels
from bench.datasets.class_names import distinct
from bench.datasets.source import Source
from bench.datasets.task import Split
from bench.errors import DatasetError, shortened, shown
from bench.files import open_regular

_UNSPLIT = ("x", "y")
_SPLIT = ("x_train", "y_train", "x_test", "y_test")


def load_npz(path: Path) -> Source:
    """Load the arrays X and y, or x_train, y_train, x_test and y_test, from a file.

    Images are ``(n, height, width)`` or ``(n, height, width, channels)``, numbers or
    booleans; labels are ``(n,)`` or ``(n, 1)``, integers, booleans or strings. The
    case of the names doesn't matter; other arrays in the file are not read.

    Raises:
        DatasetError: The file can't be read without pickle, or its arrays are not
            images with one label each.
    """
    with _opened(path) as file:
        archive = np.load(file, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise DatasetError(
                f"npz: needs an .npz file, not the single array in {str(path)!r}; "
                "give npy:X.npy,y.npy instead"
            )
        named = {name.lower(): name for name in archive.files}
        wanted = _SPLIT if set(_SPLIT) <= set(named) else _UNSPLIT
        if not set(wanted) <= set(named) or len(named) < len(archive.files):
            raise DatasetError(
                "an .npz file must hold one X and one y, or x_train, y_train, x_test "
                f"and y_test; {shown(str(path))} holds "
                f"{shortened(', '.join(archive.files), 80) or 'none'}"
                "; save it again with numpy.savez(path, X=X, y=y)"
            )
        names = [named[name] for name in wanted]
        assert archive.zip is not None  # since it is open
        array_header.check_memory(
            [array_header.read_member(archive.zip, name) for name in names]
        )
        arrays = [archive[name] for name in names]
    return from_arrays(arrays, str(path))


def load_images(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Load images, and labels if there are some, from an ``.npz`` or ``.npy`` file.

    Returns:
        The array of a ``.npy`` file, or ``X`` of an ``.npz`` file, as it is; and
        labels ``(n,)``, integers or strings, or None.

    Raises:
        DatasetError: As for ``load_npz``.
    """
    with _opened(path) as file:
        if not zipfile.is_zipfile(file):
            file.seek(0)
            array_header.check_memory(
                [array_header.read(file, os.fstat(file.fileno()).st_size)]
            )
            file.seek(0)
            return np.load(file, allow_pickle=False), None
        file.seek(0)
        archive = np.load(file, allow_pickle=False)
        named = {name.lower(): name for name in archive.files}
        if "x" not in named:
            raise DatasetError(
                f"an .npz file of images must hold X; {shown(str(path))} holds "
                f"{shortened(', '.join(archive.files), 80) or 'none'}; save it again "
                "with numpy.savez(path, X=X)"
            )
        names = [named[name] for name in _UNSPLIT if name in named]
        array_header.check_memory(
            [array_header.read_member(archive.zip, name) for name in names]
        )
        loaded = [archive[name] for name in names]
    if len(loaded) == 1:
        return loaded[0], None
    _, labels = _checked(loaded[0], loaded[1], str(path))
    return loaded[0], labels


def load_named(path: Path, name: str) -> np.ndarray:
    """Load an array of an ``.npz`` file: ``NAME``, or ``NAME_train`` and ``NAME_test``.

    Raises:
        DatasetError: As for ``load_npz``; or it holds no array of this name.
    """
    with _opened(path) as file:
        archive = np.load(file, allow_pickle=False)
        named = {key.lower(): key for key in archive.files}
        wanted = [name.lower()]
        if wanted[0] not in named:
            wanted = [f"{name.lower()}_train", f"{name.lower()}_test"]
        if not set(wanted) <= set(named):
            raise DatasetError(
                f"an array of the file must be named; {shown(str(path))} holds no "
                f"{shown(name)} but {shortened(', '.join(archive.files), 80)}"
            )
        keys = [named[key] for key in wanted]
        array_header.check_memory(
            [array_header.read_member(archive.zip, key) for key in keys]
        )
        return np.concatenate([archive[key] for key in keys])


def load_npy(images: Path, labels: Path) -> Source:
    """Load images from one file and their labels from another.

    Shapes and types are those of ``load_npz``.

    Raises:
        DatasetError: As for ``load_npz``.
    """
    array_header.check_memory([_header(path) for path in (images, labels)])
    arrays = []
    for path in (images, labels):
        with _opened(path) as file:
            arrays.append(np.load(file, allow_pickle=False))
    return from_arrays(arrays, f"{images},{labels}")


def _header(path: Path) -> array_header.ArrayHeader:
    with _opened(path) as file:
        if zipfile.is_zipfile(file):
            raise DatasetError(
                f"npy: needs .npy files, not the archive {shown(str(path))}; "
                "give npz:PATH instead"
            )
        file.seek(0)
        return array_header.read(file, os.fstat(file.fileno()).st_size)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file; any error while it is read becomes a ``DatasetError``."""
    try:
        # Opened here, since numpy.load leaves the file of a broken archive open.
        with open_regular(path) as file:
            yield file
    except (DatasetError, MemoryError):
        raise
    except FileNotFoundError:
        raise DatasetError(
            f"there is no file {shown(str(path))}; check the path"
        ) from None
    except OSError as error:
        raise DatasetError(
            f"arrays must lie in a file that can be read; {shown(str(path))} can't "
            f"({error.strerror or error}); give the path of another"
        ) from None
    except Exception as error:  # broken files make NumPy raise a dozen types
        if "pickle" in str(error):
            raise DatasetError(
                f"arrays must be numbers or strings; {shown(str(path))} holds pickled "
                "objects or no arrays at all, and is not unpickled; convert X and y "
                "with astype and save them again"
            ) from None
        raise DatasetError(
            f"{shown(str(path))} must be a whole NumPy file, but can't be read "
            f"({_reason(error)}); save it again with numpy.savez or numpy.save"
        ) from None


def _reason(error: Exception) -> str:
    return shortened(" ".join(str(error).split()), 200) or type(error).__name__


def from_arrays(arrays: Sequence[np.ndarray], where: str) -> Source:
    """The data set of two or four arrays, as ``load_npz`` takes them.

    Args:
        arrays: X and y, or x_train, y_train, x_test and y_test.
        where: Names their origin in errors.

    Raises:
        DatasetError: They are not images with one label each.
    """
    images, labels = _checked(arrays[0], arrays[1], where)
    classes, indices = np.unique(labels, return_inverse=True)
    names = distinct(str(name) for name in classes)
    if len(arrays) == 2:
        train = Split(images=images, labels=indices.astype(np.int64))
        return Source(train=train, test=None, class_names=names)

    test_images, test_labels = _checked(arrays[2], arrays[3], where)
    if images.shape[1:] != test_images.shape[1:]:
        raise DatasetError(
            "x_train and x_test must hold images of one shape, not "
            f"{images.shape[1:]} and {test_images.shape[1:]}, in {where!r}"
        )
    if images.dtype != test_images.dtype:
        images, test_images = images.astype(np.float32), test_images.astype(np.float32)
    return Source(
        train=Split(images=images, labels=indices.astype(np.int64)),
        test=Split(
            images=test_images, labels=array_labels.indices(test_labels, classes, where)
        ),
        class_names=names,
    )


def _checked(X: np.ndarray, y: np.ndarray, where: str) -> tuple[np.ndarray, np.ndarray]:
    images, labels = as_images(X, where), array_labels.checked(y, where)
    if len(images) != len(labels):
        raise DatasetError(
            f"X and y must be of one length, not {len(images)} images and "
            f"{len(labels)} labels, in {where!r}; give each image its label"
        )
    return images, labels


def as_images(X: np.ndarray, where: str) -> np.ndarray:
    """Images ``(n, height, width, channels)``, ``uint8`` or finite ``float32``.

    Args:
        X: ``(n, height, width)`` or ``(n, height, width, channels)``, numbers or
            booleans.
        where: How the array is named in errors.

    Raises:
        DatasetError: They are no images, or hold NaN or infinite values.
    """
    if X.dtype.kind not in "buif":
        raise DatasetError(
            f"pixels must be numbers, not {X.dtype}, in {where!r}; convert them with "
            "X.astype('float32')"
        )
    found = X[..., np.newaxis] if X.ndim == 3 else X
    if found.ndim != 4 or not 1 <= found.shape[-1] <= 4:
        raise DatasetError(
            "images must be (n, height, width) or (n, height, width, channels) with 1 "
            f"to 4 channels, not {X.shape}, in {where!r}; use X.reshape, or "
            "numpy.moveaxis(X, 1, -1) where channels come first"
        )
    if 0 in found.shape:
        raise DatasetError(
            f"X must hold images, not nothing (shape {X.shape}), in {where!r}; "
            "give it at least one image per class and split"
        )
    if found.dtype.kind == "b":
        return found * np.uint8(255)
    if found.dtype.kind in "ui":
        return pixels.in_bytes(found)
    return _finite(found, where)


def _finite(images: np.ndarray, where: str) -> np.ndarray:
    # Values beyond float32 become infinite, and are refused below.
    with np.errstate(over="ignore"):
        images = images.astype(np.float32, copy=False)
    finite = np.isfinite(images)
    if not finite.all():
        refused = int((~finite).any(axis=(1, 2, 3)).sum())
        raise DatasetError(
            f"pixels must be finite; {refused} of {len(images)} images hold NaN or "
            f"infinite values, in {where!r}; leave them out or use numpy.nan_to_num"
        )
    return images
