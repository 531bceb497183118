"""Where data sets lie: what a user typed becomes a known name or a kind and a path."""

from __future__ import annotations

import os
from pathlib import Path

from bench.datasets import catalogue
from bench.errors import DatasetError, shown, unknown
from bench.records import IN_MEMORY, KINDS_OF_LIBRARIES, KINDS_OF_PATHS
from bench.remote import is_url, public

_KINDS_OF_FILES = {".npz": "npz", ".csv": "csv"}
_OF_KERAS = "keras"
_KINDS = (*KINDS_OF_PATHS, *KINDS_OF_LIBRARIES, IN_MEMORY)


def place_of(dataset: str) -> str:
    """A data set in the form in which studies hold it.

    Args:
        dataset: A name in ``DATASETS``, or ``keras:NAME`` if Keras fetches it; a kind
            and a path; or the path alone of a folder, an ``.npz`` or a ``.csv`` file.
            Names come before paths.

    Raises:
        DatasetError: The name is unknown; the message suggests the nearest known one.
    """
    kind, colon, location = dataset.partition(":")
    if kind == _OF_KERAS:
        return _of_keras(location)
    if dataset in catalogue.DATASETS:
        return dataset
    if is_url(dataset):
        raise DatasetError(
            f"a URL follows the kind of its data set; {shown(public(dataset))} has "
            "none: give folder:URL or npz:URL"
        )
    if not colon or kind not in _KINDS:
        kind, location = _kind_of_path(dataset), dataset
    if kind in KINDS_OF_PATHS:
        parts = location.split(",") if kind == "npy" else [location]
        location = ",".join(map(_plain, parts))
    return f"{kind}:{location}"


def hidden(dataset: str) -> str:
    """Says that a known name is a folder too; empty if it is none."""
    if dataset not in catalogue.DATASETS or not os.path.isdir(dataset):
        return ""
    return (
        f"{dataset} is the data set known by this name, not the folder here: "
        f"folder:{dataset} names that"
    )


def kind_of_file(path: Path) -> str:
    """The kind of a data set by the name of its file; a folder for any other."""
    return _KINDS_OF_FILES.get(path.suffix.lower(), "folder")


def _of_keras(name: str) -> str:
    """The known name of a data set of ``keras.datasets``, which fetches these."""
    known = [name for name, info in catalogue.DATASETS.items() if not info.is_embedded]
    if name not in known:
        listing = f"keras.datasets has of images: {', '.join(known)}"
        raise DatasetError(unknown("data set", name, known, listing))
    return name


def _kind_of_path(text: str) -> str:
    path = Path(os.path.expanduser(text))
    if not text.strip() or "\0" in text or not os.path.exists(path):
        known = [*catalogue.DATASETS, *_beside(path)]
        raise DatasetError(unknown("data set", text, known, catalogue.listing()))
    kind = kind_of_file(path)
    if path.is_dir() == (kind == "folder"):
        return kind
    raise DatasetError(
        "a data set is a folder of images, an .npz or a .csv file, or npy:X.npy,y.npy; "
        f"{shown(text)} is another kind of file: give one of these"
    )


def _beside(path: Path) -> list[str]:
    """Paths of folders and files that may be meant by one that isn't there."""
    try:
        entries = [entry for entry in path.parent.iterdir() if entry.name[0] != "."]
    except (OSError, ValueError):  # ValueError: a null
        return []
    return [str(e) for e in entries if e.is_dir() or e.suffix in _KINDS_OF_FILES]


def _plain(text: str) -> str:
    """A path without what changes only its spelling, and with a name at its end."""
    if not text or "://" in text:
        return text
    path = os.path.normpath(text) if ".." not in Path(text).parts else text.rstrip("/")
    if os.path.basename(path) in ("", ".", ".."):
        return os.path.abspath(os.path.expanduser(text))
    return path
