"""Checks the store of a results folder: its pages, its tables and every row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.doctor.finding import Finding, State
from bench.errors import StoreError, command
from bench.store import FILE_NAME, Count, Inspection, inspect


def check_store(results: Path) -> Iterator[Finding]:
    """Read every page and every row of a store; nothing is changed.

    Args:
        results: Folder of the store.
    """
    path = results / FILE_NAME
    if not path.exists() and not path.is_symlink():
        yield Finding(check="store", state=State.OK, found=f"none yet in {results}")
        return
    try:
        inspection = inspect(results)
    except StoreError as error:
        found, _, way_out = str(error).partition(": ")
        yield Finding(check="store", state=State.FAILED, found=found, way_out=way_out)
        return
    yield _file(path, inspection)
    for table, count in inspection.counts.items():
        yield _table(table, count)


def _file(path: Path, inspection: Inspection) -> Finding:
    if inspection.is_whole:
        return Finding(check="store", state=State.OK, found=f"{path} is whole")
    return Finding(
        check="store",
        state=State.FAILED,
        found=f"{path} is damaged: {inspection.summary}",
        way_out=command(f"doctor --results {path.parent} --salvage --to DIR"),
    )


def _table(table: str, count: Count) -> Finding:
    check = f"store, {table}"
    if count.is_complete:
        return Finding(check=check, state=State.OK, found=f"{count.whole} rows")
    return Finding(
        check=check,
        state=State.FAILED,
        found=f"{count.whole} rows are whole, {count.lost_text} lost",
        way_out="--salvage copies those that are whole",
    )
