"""Checks the installed packages, the backend and the machine."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from importlib import metadata, util
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from bench.doctor.finding import Finding, State
from bench.errors import StoreError
from bench.files import mebibytes
from bench.machine import available_memory, computes_bfloat16
from bench.store import check_writable
from bench.training import backend

DISTRIBUTION = "keras-leaderboard"

MIN_MEMORY = 2**30
"""Bytes that a worker takes with a small model, rounded up."""

MIN_DISK = 2**30
"""Bytes that a search of a small data set needs, many times over."""


def check_environment(results: Path) -> Iterator[Finding]:
    """Check versions, backend, cores, memory and disk.

    Args:
        results: Folder that a search would write to.
    """
    yield _versions()
    yield _backend()
    yield _cores_and_memory()
    yield _precision()
    yield _writable(results)
    yield _disk("disk of the results", results)
    yield _disk("disk of temporary files", Path(tempfile.gettempdir()))


def _versions() -> Finding:
    """Compare the installed versions with those that the toolkit was tested with."""
    try:
        declared = metadata.metadata(DISTRIBUTION)
        needed = [Requirement(text) for text in metadata.requires(DISTRIBUTION) or ()]
    except metadata.PackageNotFoundError:
        return Finding(
            check="packages",
            state=State.WARNING,
            found="the toolkit itself is not installed, so its needs aren't known",
            way_out="pip install -c constraints.txt .",
        )
    wrong = [text for need in needed if (text := _difference(need))]
    python = declared["Requires-Python"] or ""
    if platform.python_version() not in SpecifierSet(python):
        wrong.insert(0, f"Python {platform.python_version()} (needed: {python})")
    if not wrong:
        return Finding(
            check="packages", state=State.OK, found=f"{len(needed)} as they are needed"
        )
    return Finding(
        check="packages",
        state=State.FAILED,
        found="; ".join(wrong),
        way_out="pip install -c constraints.txt .",
    )


def _difference(need: Requirement) -> str:
    """How an installed package differs from what is needed; empty if it doesn't."""
    if need.marker is not None and not need.marker.evaluate({"extra": ""}):
        return ""
    try:
        installed = metadata.version(need.name)
    except metadata.PackageNotFoundError:
        # Builds for one kind of machine have longer names, such as tensorflow-cpu.
        if util.find_spec(need.name.replace("-", "_")) is not None:
            return ""
        return f"{need.name} is missing"
    if need.specifier.contains(installed, prereleases=True):
        return ""
    return f"{need.name} {installed} (needed: {need.specifier})"


def _backend() -> Finding:
    name = os.environ.get("KERAS_BACKEND") or "tensorflow"
    package = backend.BACKENDS.get(name)
    if package is not None and util.find_spec(package) is not None:
        return Finding(check="backend", state=State.OK, found=f"{name} is installed")
    return Finding(
        check="backend",
        state=State.FAILED,
        found=f"{name} is {'unknown' if package is None else 'not installed'}",
        way_out="install it, or choose another with --backend or KERAS_BACKEND",
    )


def _cores_and_memory() -> Finding:
    cores, free = backend.cores(), available_memory()
    found = f"{cores} cores, {mebibytes(free)} of memory available"
    workers = free // MIN_MEMORY
    if workers >= cores:
        return Finding(check="machine", state=State.OK, found=found)
    return Finding(
        check="machine",
        state=State.WARNING,
        found=f"{found}; a worker takes about {mebibytes(MIN_MEMORY)}",
        way_out=f"give --workers {workers}",
    )


def _precision() -> Finding:
    can = "multiplies" if computes_bfloat16() else "is not known to multiply"
    found = f"the processor {can} bfloat16 (--precision)"
    return Finding(check="precision", state=State.OK, found=found)


def _writable(results: Path) -> Finding:
    check = "results folder"
    try:
        check_writable(results)
    except StoreError as error:
        return Finding(
            check=check,
            state=State.WARNING,
            found=str(error).partition(": ")[0],
            way_out="it can be read; to search, name another with --results",
        )
    return Finding(check=check, state=State.OK, found=f"{results} can be written")


def _disk(check: str, folder: Path) -> Finding:
    existing = folder.absolute()
    while not existing.is_dir():
        existing = existing.parent
    free = shutil.disk_usage(existing).free
    found = f"{mebibytes(free)} free in {existing}"
    if free >= MIN_DISK:
        return Finding(check=check, state=State.OK, found=found)
    return Finding(
        check=check, state=State.WARNING, found=found, way_out="free some room"
    )
