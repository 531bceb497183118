"""What a results folder holds that may be deleted, with its size."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.files import explained
from bench.models.selection import Selected
from bench.store import CACHE, EXPLANATIONS, Store, model_folder


@dataclass(frozen=True, kw_only=True)
class Prunable:
    """A folder that may be deleted.

    Attributes:
        what: What it holds, for readers.
        path: The folder.
        size: Bytes of its files.
        way_back: What it takes to have it again.
    """

    what: str
    path: Path
    size: int
    way_back: str


def models(store: Store, studies: Iterable[Selected]) -> list[Prunable]:
    """The kept models of some studies, those without any left out."""
    found = []
    for selected in studies:
        folder = model_folder(store.folder, selected.study.id)
        if folder.is_dir():
            found.append(
                Prunable(
                    what=f"models of {selected.name} ({selected.study.id[:8]})",
                    path=folder,
                    size=_size(folder),
                    way_back=f"reproduce {selected.study.id[:8]} --keep",
                )
            )
    return found


def cache(results: Path) -> list[Prunable]:
    """The features of frozen networks, and the networks of FID."""
    folder = results / CACHE
    if not folder.is_dir():
        return []
    return [
        Prunable(
            what="features of frozen networks, and networks of FID",
            path=folder,
            size=_size(folder),
            way_back="computed again when a search needs them",
        )
    ]


def explanations(store: Store, studies: Iterable[Selected]) -> list[Prunable]:
    """Pictures of what speaks for the predictions of some studies."""
    return [
        Prunable(
            what=f"explanations of {selected.name} ({selected.study.id[:8]})",
            path=folder,
            size=_size(folder),
            way_back=f"explain {selected.study.id[:8]}",
        )
        for selected in studies
        for folder in store.folder.joinpath(EXPLANATIONS).glob(
            f"*-{selected.study.id[:8]}"
        )
    ]


def remove(prunable: Prunable) -> None:
    """Delete a folder.

    Raises:
        WriteError: It can't be deleted, or only in part.
    """
    with explained(prunable.path):
        shutil.rmtree(prunable.path)


def _size(folder: Path) -> int:
    files = (path for path in folder.rglob("*") if not path.is_symlink())
    return sum(path.stat().st_size for path in files if path.is_file())
