"""Checks the cache of a results folder: features and networks that compare images.

The cache can always be computed again.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.doctor.finding import Finding, State
from bench.files import mebibytes
from bench.store import CACHE


def check_caches(results: Path) -> Iterator[Finding]:
    """Check the sizes and headers of features, and the checksums of networks.

    Args:
        results: Folder of the store, beside which the cache lies.
    """
    folder = results / CACHE
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    reasons = {path: reason for path in files if (reason := _reason(path))}
    reasons |= dict.fromkeys(_marks_without_file(files), "its file is missing")
    size = sum(path.stat().st_size for path in files)
    if not reasons:
        found = f"{len(files)} files, {mebibytes(size)}" if files else "empty"
        yield Finding(check="cache", state=State.OK, found=found)
    for path, reason in reasons.items():
        yield Finding(
            check="cache",
            state=State.FAILED,
            found=f"{path} is damaged: {reason}",
            way_out=f"remove {_owner(path)}; it is computed again",
        )


_DAMAGES = (
    OSError,
    ValueError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What readers of NumPy's and Keras' files raise for a damaged one."""


def _reason(path: Path) -> str:
    """Why a file of the cache is damaged; empty if it isn't."""
    try:
        if path.suffix == ".npy":
            np.load(path, mmap_mode="r", allow_pickle=False)
        elif path.suffix == ".json":
            json.loads(path.read_text())
        elif path.suffix == ".keras":
            return _reason_of_network(path)
    except _DAMAGES as error:
        return " ".join(str(error).split()) or type(error).__name__
    return ""


def _reason_of_network(path: Path) -> str:
    with zipfile.ZipFile(path) as file:
        if (name := file.testzip()) is not None:
            return f"the checksum of {name} is another"
    return "" if path.with_suffix(".json").exists() else "its description is missing"


def _marks_without_file(files: list[Path]) -> set[Path]:
    """Marks of finished parts, such as ``train-0-512.done``, without ``train.npy``."""
    marks = [path for path in files if path.suffix == ".done"]
    owners = {p: p.with_name(f"{p.stem.rsplit('-', 2)[0]}.npy") for p in marks}
    return {mark for mark, owner in owners.items() if owner not in files}


def _owner(path: Path) -> Path:
    """What to remove: the folder of features, or the file itself."""
    return path.parent if path.suffix in (".npy", ".done") else path
