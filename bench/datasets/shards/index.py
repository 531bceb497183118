"""Where the images of shards lie, found in one pass over their records."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from bench.datasets.image_opening import Encoded, ImageFile
from bench.datasets.shards.example import LabelledImage, parse
from bench.datasets.shards.record import BrokenRecordError, data_at, records
from bench.errors import DatasetError, shown
from bench.files import open_regular

NO_LABEL = -1
"""Label of an image that has none."""


@dataclass(frozen=True, eq=False)
class Records:
    """Images in the records of shards, as ``EncodedImages``.

    Attributes:
        paths: The shards.
        shards: ``(n,)``, index of the shard of each image.
        offsets: ``(n,)``, where its record begins.
        lengths: ``(n,)``, bytes of the record's data.
    """

    paths: tuple[Path, ...]
    shards: np.ndarray
    offsets: np.ndarray
    lengths: np.ndarray

    def __len__(self) -> int:
        return len(self.offsets)

    @property
    def containers(self) -> tuple[Path, ...]:
        return self.paths

    def moved(self, place: Callable[[Path], Path]) -> Records:
        return replace(self, paths=tuple(map(place, self.paths)))

    def read(self, positions: np.ndarray) -> Iterator[ImageFile]:
        starts = np.flatnonzero(np.diff(self.shards[positions], prepend=-1))
        for part in np.split(positions, starts[1:]):
            if len(part):
                yield from self._of_shard(self.paths[self.shards[part[0]]], part)

    def _of_shard(self, path: Path, positions: np.ndarray) -> Iterator[ImageFile]:
        offset = 0
        try:
            with open_regular(path) as file:
                for offset, length in zip(
                    self.offsets[positions].tolist(),
                    self.lengths[positions].tolist(),
                    strict=True,
                ):
                    image = parse(data_at(file, offset, length)).encoded
                    yield Encoded(content=image or b"", name=f"{path}, byte {offset:,}")
        except (BrokenRecordError, ValueError, OSError) as error:
            raise broken(path, offset, str(error)) from error


@dataclass(eq=False)
class Scanned:
    """What the records of a shard say.

    Attributes:
        offsets, lengths, checksums: Of the records, ``(n,)``.
        labels: Class ids; ``NO_LABEL`` where there is none.
        texts: Names of the classes; None where there is none.
        faults: Records that can't be used, each as its offset and the reason.
    """

    offsets: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    checksums: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=list)
    faults: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, eq=False, kw_only=True)
class Index:
    """All images of some shards, in their order.

    Attributes:
        records: Where they lie.
        keys: ``(n, 2)``, checksum and length of each record's data.
        labels: Class ids, ``(n,)``; ``NO_LABEL`` where there is none.
        texts: Names of the classes, ``(n,)``; None where there is none.
        left_out: Number of records that can't be used.
    """

    records: Records
    keys: np.ndarray
    labels: np.ndarray
    texts: np.ndarray
    left_out: int


def index(paths: Sequence[Path], *, skip_unreadable: bool) -> Index:
    """Read all records of some shards, several shards at a time, and check them.

    Args:
        paths: The shards.
        skip_unreadable: Whether broken records are left out or refused.

    Raises:
        DatasetError: A record is broken; the message names its shard and its offset.
    """
    with ThreadPoolExecutor(min(len(paths), os.cpu_count() or 1)) as pool:
        scanned = list(pool.map(_scan, paths))
    for path, shard in zip(paths, scanned, strict=True):
        if shard.faults and not skip_unreadable:
            raise broken(path, *shard.faults[0])
    counts = [len(shard.offsets) for shard in scanned]
    lengths = _joined(s.lengths for s in scanned)
    checksums = _joined(s.checksums for s in scanned)
    return Index(
        records=Records(
            paths=tuple(path.absolute() for path in paths),
            shards=np.repeat(np.arange(len(paths), dtype=np.int32), counts),
            offsets=_joined(s.offsets for s in scanned),
            lengths=lengths,
        ),
        keys=np.stack([checksums, lengths], axis=1).astype(np.uint64),
        labels=_joined(s.labels for s in scanned),
        texts=np.array([text for s in scanned for text in s.texts], dtype=object),
        left_out=sum(len(shard.faults) for shard in scanned),
    )


def broken(path: Path, offset: int, reason: str) -> DatasetError:
    """A record that can't be used."""
    return DatasetError(
        f"records of shards must be whole; the one at byte {offset:,} of "
        f"{shown(str(path))} is not ({reason}); write the shard again, or leave such "
        "records out with --skip-unreadable"
    )


def _scan(path: Path) -> Scanned:
    scanned = Scanned()
    try:
        with open_regular(path) as file:
            for record in records(file):
                if record.data is None:
                    scanned.faults.append((record.offset, "its checksum is another"))
                    continue
                try:
                    image = parse(record.data)
                except ValueError as error:
                    scanned.faults.append((record.offset, str(error)))
                    continue
                if image.encoded is None:
                    scanned.faults.append((record.offset, "it holds no image/encoded"))
                    continue
                scanned.offsets.append(record.offset)
                scanned.lengths.append(record.length)
                scanned.checksums.append(record.checksum)
                _add_class(scanned, image)
    except BrokenRecordError as error:
        scanned.faults.append((error.offset, f"{error}, so that the rest is lost"))
    except OSError as error:
        raise DatasetError(
            f"shards must be files that can be read; {shown(str(path))} can't "
            f"({error.strerror or error}): check its permissions"
        ) from None
    return scanned


def _add_class(scanned: Scanned, image: LabelledImage) -> None:
    scanned.labels.append(NO_LABEL if image.label is None else image.label)
    # Names are few, and each is kept once.
    scanned.texts.append(None if image.text is None else sys.intern(image.text))


def _joined(parts: Iterable[list[int]]) -> np.ndarray:
    return np.concatenate([np.array(part, np.int64) for part in parts])
