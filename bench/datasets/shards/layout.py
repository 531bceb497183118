"""The shards of a folder: which files they are, their parts, and the class names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.datasets.shards.manifest import MANIFEST, read_manifest
from bench.errors import DatasetError, shown
from bench.records import TEST, TRAIN, VALIDATION

_SHARD = re.compile(r"(\.tfrecords?|-\d{5,}-of-\d{5,})(\.gz)?$")
_OF_SEVERAL = re.compile(r"^(?P<set>.*)-(?P<number>\d{5,})-of-(?P<count>\d{5,})")
_PARTS = {
    "train": TRAIN,
    "training": TRAIN,
    "test": TEST,
    "validation": VALIDATION,
    "valid": VALIDATION,
    "val": VALIDATION,
}
_NUMBERED_NAME = re.compile(r"^(\d+):(.*)$")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The shards of a data set.

    Attributes:
        train: Shards whose images train and validate.
        test: Shards of the test part; empty if there is none.
        class_names: By the ids of the classes; None if they are not written anywhere.
        notes: Lines for the user.
    """

    train: tuple[Path, ...]
    test: tuple[Path, ...]
    class_names: tuple[str, ...] | None
    notes: tuple[str, ...] = ()


def layout(path: Path) -> Layout:
    """Find the shards in a folder; a single file is a shard too.

    The part that a shard belongs to is the last of the words train, test and validation
    in its name; a shard without one trains. Images of a validation part train too if
    there is a test part; else they are the test part.

    Raises:
        DatasetError: There are none, or one of a numbered set is missing.
        OSError: The folder isn't there, or can't be read.
    """
    path.stat()
    folder = path if path.is_dir() else path.parent
    class_names = _class_names(folder)
    shards = sorted(_shards(path)) if path.is_dir() else [path]
    if not shards:
        raise DatasetError(
            "a data set of shards is a folder of TFRecord files, named like "
            f"train.tfrecord-00000-of-00004; {shown(str(path))} holds none: check the "
            "path"
        )
    if compressed := [shard for shard in shards if shard.suffix == ".gz"]:
        raise DatasetError(
            "shards are read at any place, so they must not be compressed; "
            f"{shown(str(compressed[0]))} is: decompress them"
        )
    _check_complete(shards, folder)
    parts: dict[str, list[Path]] = defaultdict(list)
    for shard in shards:
        parts[_part(shard.name)].append(shard)
    train, test = parts[TRAIN], parts[TEST]
    notes: tuple[str, ...] = ()
    if validation := parts[VALIDATION]:
        test, train = (test, train + validation) if test else (validation, train)
        use = "test" if test == validation else "train and validate, as all others do"
        notes = (f"the images of the validation shards {use}",)
    if not train:
        raise DatasetError(
            "a data set of shards needs some that train; "
            f"{shown(str(path))} holds those of the test part alone: add them"
        )
    return Layout(
        train=tuple(train),
        test=tuple(test),
        class_names=class_names,
        notes=notes,
    )


def _shards(folder: Path) -> list[Path]:
    return [
        entry
        for entry in folder.iterdir()
        if _SHARD.search(entry.name) and not entry.name.startswith(".")
    ]


def _part(name: str) -> str:
    words = re.split(r"[^a-z]+", name.lower())
    return next((_PARTS[word] for word in reversed(words) if word in _PARTS), TRAIN)


def _check_complete(shards: Sequence[Path], folder: Path) -> None:
    """Refuse a set of numbered shards of which some are missing."""
    sets: dict[tuple[str, int], set[int]] = defaultdict(set)
    for shard in shards:
        if match := _OF_SEVERAL.match(shard.name):
            sets[match["set"], int(match["count"])].add(int(match["number"]))
    for (name, count), numbers in sets.items():
        missing = set(range(count)) - numbers
        if missing and len(shards) > 1:
            first = f"{name}-{min(missing):05d}-of-{count:05d}"
            raise DatasetError(
                f"all shards of a set are needed; {len(missing)} of {count} are "
                f"missing in {shown(str(folder))}, such as {first}: add them"
            )


def _class_names(folder: Path) -> tuple[str, ...] | None:
    """Class names from a manifest of ours, else from a file of labels."""
    if (folder / MANIFEST).is_file():
        manifest = read_manifest(folder)
        if not manifest.is_complete:
            raise DatasetError(
                f"shards must be complete; those in {shown(str(folder))} are not "
                "finished: give the command that writes them again"
            )
        return manifest.class_names
    files = sorted(folder.glob("*labels.txt"))
    if not files:
        return None
    try:
        lines = files[0].read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        raise DatasetError(
            f"class names must be text; {shown(str(files[0]))} is not: save it as UTF-8"
        ) from None
    lines = [line.strip() for line in lines if line.strip()]
    numbered = [_NUMBERED_NAME.match(line) for line in lines]
    if all(numbered):
        pairs = sorted((int(m[1]), m[2]) for m in numbered if m is not None)
        if [number for number, _ in pairs] == list(range(len(pairs))):
            return tuple(name for _, name in pairs)
    return tuple(lines)
