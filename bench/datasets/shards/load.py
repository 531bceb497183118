"""A data set from TFRecord shards."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bench.datasets.class_names import distinct
from bench.datasets.reading import Reading
from bench.datasets.shards.index import NO_LABEL, Index, index
from bench.datasets.shards.layout import Layout, layout
from bench.datasets.source import Source
from bench.datasets.stored import Stored, read_stored
from bench.errors import DatasetError, shown

BLOCK = 256
"""Number of images that lie together and are read together."""


def load(path: Path, reading: Reading) -> Source:
    """Load images from a folder of TFRecord shards, or from one shard.

    Each record is a ``tf.train.Example`` with ``image/encoded`` and one of
    ``image/class/label`` and ``image/class/text``, as the image tools of TensorFlow
    write them, or with ``image`` and ``label``, as TFDS does. All records are read and
    checked once; images are decoded then if they fit in memory, else when they are
    needed.

    Args:
        path: The folder; see ``layout``.
        reading: How the images are read.

    Raises:
        DatasetError: The shards are missing or incomplete, a record is broken, or
            images have no classes.
    """
    try:
        found = layout(path)
    except OSError as error:
        raise DatasetError(
            f"a data set's shards must be readable; {shown(str(path))} is not "
            f"({error.strerror}); check the path"
        ) from None
    shards = (*found.train, *found.test)
    images = index(shards, skip_unreadable=reading.skip_unreadable)
    return read_stored(_stored(found, images, path), reading)


def _stored(found: Layout, images: Index, path: Path) -> Stored:
    labels, class_names, note = _classes(found.class_names, images, path)
    left_out = f"left out {images.left_out:,} broken records" if images.left_out else ""
    positions = np.arange(len(labels))
    return Stored(
        encoded=images.records,
        labels=labels,
        in_test=images.records.shards >= len(found.train),
        class_names=class_names,
        keys=images.keys,
        positions=positions,
        blocks=positions // BLOCK,
        notes=(*filter(None, (left_out, note)), *found.notes),
    )


def _classes(
    names: tuple[str, ...] | None, images: Index, path: Path
) -> tuple[np.ndarray, tuple[str, ...], str]:
    """Class indices of the images, the names of the classes, and a note."""
    labels, texts = images.labels, images.texts
    if not len(labels):
        raise DatasetError(
            f"shards must hold images; those of {shown(str(path))} hold none"
        )
    if (labels <= NO_LABEL).any():
        return _by_text(names, texts, path)
    if names is None:
        _, first, indices = np.unique(labels, return_index=True, return_inverse=True)
        named = [texts[n] or str(labels[n]) for n in first]
        return indices.astype(np.int64), distinct(named), ""
    if labels.min() == 1 and labels.max() == len(names):
        note = f"labels begin at 1: 1 is {names[0]!r}"
        return labels - 1, distinct(names), note
    if labels.max() >= len(names):
        raise DatasetError(
            f"class ids must have a name each; {shown(str(path))} names {len(names)} "
            f"classes, 0 to {len(names) - 1}, and an image has the id {labels.max()}: "
            "mend its labels.txt"
        )
    return labels, distinct(names), ""


def _by_text(
    names: tuple[str, ...] | None, texts: np.ndarray, path: Path
) -> tuple[np.ndarray, tuple[str, ...], str]:
    """Classes of images without class ids, by the texts of the classes."""
    without = sum(text is None for text in texts)
    if without:
        raise DatasetError(
            "images of shards need image/class/label or image/class/text; "
            f"{without:,} of {len(texts):,} in {shown(str(path))} have neither: write "
            "them with their classes"
        )
    known = names or tuple(sorted(set(texts)))
    if unknown := sorted(set(texts) - set(known)):
        raise DatasetError(
            f"classes must be among the class names; {shown(unknown[0])} of "
            f"{shown(str(path))} is not: mend its labels.txt"
        )
    number = {name: n for n, name in enumerate(known)}
    labels = np.array([number[text] for text in texts], np.int64)
    return labels, distinct(known), ""
