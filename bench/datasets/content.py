"""The identity of what a data set holds, whatever its place, image size and splits."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence

import numpy as np

from bench.datasets.image_opening import Encoded, ImageFile
from bench.datasets.task import Split
from bench.files import open_regular
from bench.records import digest

_END = 2**13
"""Bytes of each end of a file that tell it apart."""


def of_files(
    files: Sequence[ImageFile],
    names: Sequence[str],
    labels: np.ndarray,
    parts: np.ndarray,
    class_names: Sequence[str],
) -> str:
    """Identity of image files: their names, labels, parts and what tells them apart.

    These are their sizes, and the bytes at both ends: whole files would take as long to
    read as to decode.

    Args:
        files: The files, which can be read.
        names: Of the files within the data set.
        labels: ``(n,)``, class indices.
        parts: ``(n,)``, numbers of the parts that the data set has.
        class_names: In the order of the class indices.
    """
    listed = hashlib.sha256()
    for file, name, label, part in zip(files, names, labels, parts, strict=True):
        listed.update(repr((name, int(label), int(part))).encode())
        for end in _ends(file):
            listed.update(end)
    return digest(*class_names, listed.hexdigest())


def of_splits(class_names: Sequence[str], *splits: Split) -> str:
    """Identity of images in arrays, or of streamed ones, by what tells files apart."""
    texts = list(class_names)
    for split in splits:
        images = split.images if split.keys is None else split.keys
        texts += _described(images, split.labels)
    return digest(*texts)


def fingerprint(
    class_names: tuple[str, ...], *splits: Split, with_groups: bool = False
) -> str:
    """Identity of images as they are divided, at the size that they have now."""
    parts = list(class_names)
    for split in splits:
        arrays = [split.images if split.keys is None else split.keys, split.labels]
        if split.keys is not None:
            parts.append(f"files as images of {split.images.shape[1:]}")
        if with_groups and split.groups is not None:  # folds depend on them
            arrays.append(split.groups)
        parts += _described(*arrays)
    return digest(*parts)


def _described(*arrays: np.ndarray) -> Iterator[str]:
    """Shape, type and content of arrays."""
    for array in arrays:
        content = hashlib.sha256(np.ascontiguousarray(array).data)
        yield from (str(array.shape), array.dtype.str, content.hexdigest())


def _ends(file: ImageFile) -> tuple[bytes, bytes, bytes]:
    """The size of a file, its first and its last bytes."""
    if isinstance(file, Encoded):
        size, head, tail = len(file.content), file.content[:_END], file.content[-_END:]
    else:
        with open_regular(file) as opened:
            size, head = os.fstat(opened.fileno()).st_size, opened.read(_END)
            opened.seek(max(0, size - _END))
            tail = opened.read(_END)
    return b"%d" % size, head, tail
