"""The code of a family from elsewhere, gathered for its way to other machines."""

from __future__ import annotations

import importlib.util
import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from bench.errors import UsageError
from bench.records import FamilyDefinition
from bench.store import FILE_NAME
from search_spaces import FAMILIES

MAX_BYTES = 100 * 2**20
"""Bytes that the folder of a family may have; Ray keeps it in the memory of the
cluster's head."""

_NO_CODE = (FILE_NAME, "pyvenv.cfg")
"""Files of folders that hold results or packages."""


def gather(
    place: str | FamilyDefinition, folder: Path
) -> tuple[Path | None, str | FamilyDefinition]:
    """Copy the file of a family, and all files of its folder, to another folder.

    Hidden files and folders, results and virtual environments are left out.

    Args:
        place: As ``hypermodel.load`` takes it.
        folder: An empty folder.

    Returns:
        The folder, or None if other machines have the family installed; and the place
        as ``hypermodel.load`` takes it in that folder.

    Raises:
        UsageError: The folder is too large.
    """
    if isinstance(place, FamilyDefinition) or place in FAMILIES:
        return None, place
    origin, _, name = place.rpartition(":")
    if origin.endswith(".py"):
        path = Path(origin).expanduser().resolve()
        _copy(path.parent, path.parent, folder)
        return folder, f"{path.name}:{name}"
    root = _root(origin)
    if root is None:
        return None, place
    _copy(root, root.parent, folder)
    return folder, place


def _root(module: str) -> Path | None:
    """File or folder of a module's package; None if it is installed, or unknown."""
    spec = importlib.util.find_spec(module.partition(".")[0])
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).resolve()
    installed = {sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib")}
    if any(path.is_relative_to(Path(each).resolve()) for each in installed):
        return None
    return path.parent if path.name == "__init__.py" else path


def _copy(source: Path, root: Path, folder: Path) -> None:
    size = 0
    for path in _files(source):
        size += path.stat().st_size
        if size > MAX_BYTES:
            raise UsageError(
                "the folder of a family travels to all nodes of a cluster, and may "
                f"have {MAX_BYTES >> 20} MiB; {str(source)!r} has more: put the "
                "family's file into a folder of its own"
            )
        target = folder / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def _files(source: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
        return
    children = sorted(source.iterdir())
    if any(child.name in _NO_CODE for child in children):
        return
    for child in children:
        is_left_out = child.name.startswith(".") or child.name == "__pycache__"
        if not is_left_out and (child.is_file() or child.is_dir()):
            yield from _files(child)
