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
    roots = _roots(origin)
    for root in roots:
        _copy(root, root.parent, folder)
    return folder if roots else None, place


def _roots(module: str) -> list[Path]:
    """File or folders of a module's package; none if it is installed, or unknown."""
    spec = importlib.util.find_spec(module.partition(".")[0])
    if spec is None:
        return []
    places = list(spec.submodule_search_locations or ())  # several of a namespace
    if not places and spec.has_location:
        places = [str(spec.origin)]
    return [path for path in map(_resolved, places) if not _is_installed(path)]


def _is_installed(path: Path) -> bool:
    folders = {sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib")}
    return any(path.is_relative_to(_resolved(folder)) for folder in folders)


def _resolved(path: str) -> Path:
    return Path(path).resolve()


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


def _files(source: Path, inside: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Files that travel.

    Args:
        source: A file, or a folder.
        inside: Resolved paths of the folders that led here, from the family's own.
    """
    if source.is_file():
        yield source
        return
    folder, children = source.resolve(), sorted(source.iterdir())
    has_no_code = any(child.name in _NO_CODE for child in children)
    # A link to a folder that this one lies in would lead here again.
    is_again = any(one.is_relative_to(folder) for one in inside)
    if is_again or (inside and has_no_code):
        return
    for child in children:
        is_left_out = child.name.startswith((".", FILE_NAME, "__pycache__"))
        if not is_left_out and (child.is_file() or child.is_dir()):
            yield from _files(child, (*inside, folder))
