"""The manifest of a published folder: its rows, and the checksums of its files."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bench.errors import UsageError, shown
from bench.records import FinalRecord, Role
from bench.report.board import Board
from bench.report.command import search_command
from bench.report.ranking import Row
from bench.report.results import StudyResults
from bench.store import Store, model_file

MANIFEST = "manifest.json"
"""File of a published folder that lists the others."""

FORMAT = 1
"""Version of the manifest's own form."""


def manifest(store: Store, boards: list[Board]) -> dict[str, Any]:
    """What is said of a published folder, all of whose other files are written."""
    return {
        "format": FORMAT,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "written_by": {
            "keras-leaderboard": _version(),
            "python": platform.python_version(),
        },
        "rows": [row for board in boards for row in _rows(store, board)],
        "files": dict(_files(store.folder)),
    }


def find_row(
    rows: list[Mapping[str, Any]], study: str, role: Role
) -> Mapping[str, Any]:
    """The row of a study's configuration.

    Raises:
        UsageError: The manifest has none.
    """
    for row in rows:
        if row["study"] == study and row["role"] == role:
            return row
    names = ", ".join(f"{row['study'][:8]} ({row['name']})" for row in rows)
    raise UsageError(
        f"a row is one of those that the manifest lists; {shown(study[:8])} has no row "
        f"of the role {role}: name one of {names}"
    )


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_of(folder: Path) -> list[str]:
    """All files of a published folder but its manifest, sorted."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    names = sorted(path.relative_to(folder).as_posix() for path in paths)
    return [name for name in names if name != MANIFEST]


def _version() -> str:
    try:
        return version("keras-leaderboard")
    except PackageNotFoundError:  # it runs from a checkout
        return "unknown"


def _files(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in files_of(folder):
        path = folder / name
        yield name, {"bytes": path.stat().st_size, "sha256": sha256(path)}


def _rows(store: Store, board: Board) -> Iterator[dict[str, Any]]:
    by_id = {results.study.id: results for results in board.results}
    for row in board.all_rows:
        if row.study in by_id:  # a reference belongs to no study
            yield _row(store, board, row, by_id[row.study])


def _row(store: Store, board: Board, row: Row, results: StudyResults) -> dict[str, Any]:
    study, metric = results.study, row.task_type.ranked_by
    role, finals = _trained(row, results)
    files = [model_file(store.folder, study.id, f.role, f.number) for f in finals]
    return {
        "name": row.name,
        "board": board.title,
        "rank": row.rank,
        "study": study.id,
        "role": role,
        "command": search_command(study.spec),
        "metric": f"test_{metric.name}",
        "score": row.score,
        "low": row.low,
        "high": row.high,
        "seeds": sorted({final.seed for final in finals}),
        "dataset": study.task.dataset,
        "task_fingerprint": study.task.fingerprint,
        "test_fingerprint": study.task.test_fingerprint,
        "versions": dict(study.versions),
        "configuration": f"configurations/{study.id}.json",
        "models": [f.relative_to(store.folder).as_posix() for f in files if f.exists()],
    }


def _trained(row: Row, results: StudyResults) -> tuple[Role, list[FinalRecord]]:
    """The role of a row, and the trainings that it is made of."""
    if row.is_default:
        return Role.DEFAULT, list(results.default_finals)
    if not row.ensemble:
        return Role.FINAL, list(results.finals)
    if not row.members:
        return Role.MEMBER, list(results.finals)
    used = {member.trial for member in row.members if member.weight}
    return Role.MEMBER, [f for f in results.members if f.trial in used]
