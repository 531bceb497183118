"""Shards from a data set: several at a time, each whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from bench.datasets.shards.example import serialize
from bench.datasets.shards.manifest import (
    MANIFEST,
    Manifest,
    read_manifest,
    write_manifest,
)
from bench.datasets.shards.plan import Shard, ToWrite, identity, plan
from bench.datasets.shards.record import framed
from bench.errors import DatasetError, UsageError, shown
from bench.files import check_free, replace_file, replaced_file

_READ = 2**20


@dataclass(frozen=True)
class Written:
    """A shard that is finished.

    Attributes:
        images: Number of its images.
        bytes: Of its file.
        left_out: Number of images that can't be read.
        checksum: SHA-256 of the file.
    """

    images: int
    bytes: int
    left_out: int
    checksum: str


def write(
    data: ToWrite,
    to: Path,
    *,
    shard_size: int,
    skip_unreadable: bool,
    tell: Callable[[str], None],
) -> dict[str, Written]:
    """Write a data set to shards; those that are there already stay.

    Args:
        data: The data set.
        to: Folder of the shards: empty, not there, or begun by the same call.
        shard_size: About how many bytes a shard takes.
        skip_unreadable: Whether unreadable images are left out or refused.
        tell: Takes a line for each shard.

    Returns:
        The shards that were written now, by their names.

    Raises:
        DatasetError: An image can't be read.
        UsageError: The folder holds something else.
        WriteError: It can't be written.
    """
    shards = plan(data, shard_size)
    manifest = Manifest(
        plan=identity(data, shards, skip_unreadable),
        class_names=data.class_names,
        checksums={},
    )
    manifest = replace(manifest, checksums=_finished(to, manifest.plan, tell))
    write_manifest(to, manifest)
    labels = "".join(f"{' '.join(n.splitlines())}\n" for n in data.class_names)
    replace_file(to / "labels.txt", labels.encode(), option="--to")
    missing = [shard for shard in shards if shard.name not in manifest.checksums]
    written: dict[str, Written] = {}
    for shard, result in _in_parallel(data, missing, to, skip_unreadable):
        written[shard.name] = result
        checksums = {**manifest.checksums, shard.name: result.checksum}
        manifest = replace(manifest, checksums=checksums)
        write_manifest(to, manifest)
        tell(f"wrote {shard.name}: {result.images:,} images")
    write_manifest(to, replace(manifest, is_complete=True))
    return written


def _finished(to: Path, planned: str, tell: Callable[[str], None]) -> dict[str, str]:
    """Checksums of the shards that an earlier call has finished."""
    if not (to / MANIFEST).is_file():
        check_free(to, is_folder=True)
        return {}
    manifest = read_manifest(to)
    if manifest.plan != planned:
        raise UsageError(
            "--to names a folder that is empty or holds shards of the same images and "
            f"the same size; those in {shown(str(to))} are others: name another"
        )
    whole = {
        name: checksum
        for name, checksum in manifest.checksums.items()
        if _checksum(to / name) == checksum
    }
    tell(f"{len(whole):,} shards are there already")
    return whole


def _in_parallel(
    data: ToWrite, shards: Sequence[Shard], to: Path, skip_unreadable: bool
) -> Iterator[tuple[Shard, Written]]:
    """Write shards, and yield each when it is finished."""
    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    try:
        futures = {
            pool.submit(_write, data, shard, to / shard.name, skip_unreadable): shard
            for shard in shards
        }
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _write(data: ToWrite, shard: Shard, path: Path, skip_unreadable: bool) -> Written:
    checksum, images, size, left_out = hashlib.sha256(), 0, 0, 0
    with (
        replaced_file(path, option="--to") as scratch,
        scratch.open("wb") as file,
    ):
        for number in shard.numbers.tolist():
            label = int(data.labels[number])
            try:
                content = data.contents.content(number)
            except DatasetError:
                if not skip_unreadable:
                    raise
                left_out += 1
                continue
            features = content.features(label, data.class_names[label])
            record = framed(serialize(features))
            checksum.update(record)
            file.write(record)
            images, size = images + 1, size + len(record)
    return Written(images, size, left_out, checksum.hexdigest())


def _checksum(path: Path) -> str | None:
    """SHA-256 of a file; None if it is not there."""
    checksum = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while content := file.read(_READ):
                checksum.update(content)
    except OSError:
        return None
    return checksum.hexdigest()
