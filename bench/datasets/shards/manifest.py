"""The manifest of shards that the toolkit wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.errors import DatasetError, shown
from bench.files import replace_file

MANIFEST = "shards.json"
"""Name of the file; ``labels.txt`` beside it serves other readers."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What is written, or will be.

    Attributes:
        plan: Hash of the images and of how they are divided into shards.
        class_names: In the order of the class indices.
        checksums: SHA-256 of each shard that is finished, by its name.
        is_complete: Whether all shards are finished.
    """

    plan: str
    class_names: tuple[str, ...]
    checksums: Mapping[str, str]
    is_complete: bool = False


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder.

    Raises:
        DatasetError: It is damaged.
        OSError: It is not there.
    """
    path = folder / MANIFEST
    try:
        values = json.loads(path.read_bytes())
        values["class_names"] = tuple(map(str, values["class_names"]))
        return Manifest(**values)
    except (ValueError, TypeError, KeyError) as error:
        raise DatasetError(
            f"the manifest of shards must be as it was written; {shown(str(path))} is "
            f"not ({type(error).__name__}): write the shards again"
        ) from None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest of a folder."""
    text = json.dumps(asdict(manifest), indent=1, sort_keys=True)
    replace_file(folder / MANIFEST, text.encode(), option="--to")
