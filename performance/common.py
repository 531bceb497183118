"""What the benchmarks share: who measured, what a process tree cost, how it is shown.

Benchmarks are run as files, so this is imported as their sibling::

    from common import machine, measure, write
"""

from __future__ import annotations

import contextlib
import csv
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, Any

import psutil
from rich.box import SIMPLE
from rich.table import Table

from bench.cli.tables import console, text

OUT = Path(__file__).parent / "out"
"""Where tables are written; not committed."""

PACKAGES = (
    "keras",
    "tensorflow",
    "keras-tuner",
    "optuna",
    "scikit-learn",
    "scikeras",
)

SAMPLE_SECONDS = 0.25
"""Between two looks at a process tree's times; what it does between its last look and
its end is missed."""

MEMORY_SECONDS = 2.0
"""Between two looks at its memory: the kernel counts shared pages for 17 ms a process
that has imported TensorFlow, which would slow what is measured."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a command cost, all processes that it started included.

    Attributes:
        seconds: Wall clock from its start to its end.
        cpu_seconds: Processor time, user and system.
        peak_mib: Highest sampled sum of memory, pages that processes share counted
            once (proportional set size; resident where the platform has none). What
            is shared with processes beyond the tree counts less: measure alone.
    """

    seconds: float
    cpu_seconds: float
    peak_mib: float


class BenchmarkError(RuntimeError):
    """A measured command failed; the message ends with what it said."""


def machine() -> str:
    """Processor, cores and versions, on one line that published numbers carry."""
    cores = len(os.sched_getaffinity(0)) if _has_affinity() else os.cpu_count()
    parts = [_processor(), f"{cores} cores", f"Python {platform.python_version()}"]
    for package in PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            parts.append(f"{package} {version(package)}")
    return ", ".join(parts)


def write(name: str, rows: Sequence[Mapping[str, Any]], note: str = "") -> Path:
    """Print rows as a table and write them to ``out/NAME.csv``.

    Args:
        name: Of the file, without its suffix.
        rows: With the same keys, the names of the columns; values as they are to be
            read, rounded already.
        note: What all rows have in common, such as seeds and repeats. The file gets
            columns ``note`` and ``machine`` too.
    """
    common = {"note": note, "machine": machine()}
    title = f"{name}: {note}" if note else name
    table = Table(title=title, caption=machine(), box=SIMPLE)
    for column, value in rows[0].items():
        is_text = isinstance(value, str)
        table.add_column(
            column, justify="left" if is_text else "right", no_wrap=is_text
        )
    for row in rows:
        table.add_row(*map(text, row.values()))
    console().print(table)
    OUT.mkdir(exist_ok=True)
    path = OUT / f"{name}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*rows[0], *common])
        writer.writeheader()
        writer.writerows({**row, **common} for row in rows)
    return path


def measure(command: Sequence[str], environment: Mapping[str, str] = {}) -> Measured:
    """Run a command to its end and measure its whole process tree.

    Args:
        command: Its output is shown only if it fails.
        environment: Variables that it gets beyond this process's own.

    Raises:
        BenchmarkError: It ended with an exit code other than 0.
    """
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        process = psutil.Popen(
            command, stdout=log, stderr=log, env={**os.environ, **environment}
        )
        tree = _Tree(process)
        with _ended(process):
            while _is_running(process):
                tree.look()
        seconds = time.perf_counter() - started
        if process.returncode:
            raise BenchmarkError(f"{' '.join(command)} failed:\n{_tail(log)}")
    return Measured(
        seconds=seconds, cpu_seconds=tree.cpu_seconds, peak_mib=tree.peak_mib
    )


class _Tree:
    """Adds up what a process and its descendants use, the dead ones remembered."""

    def __init__(self, root: psutil.Process) -> None:
        self._root = root
        self._cpu: dict[psutil.Process, float] = {}
        self._looked = -MEMORY_SECONDS
        self.peak_mib = 0.0

    @property
    def cpu_seconds(self) -> float:
        return sum(self._cpu.values())

    def look(self) -> None:
        processes = [self._root]
        with contextlib.suppress(psutil.Error):  # it may have just ended
            processes += self._root.children(recursive=True)
        for process in processes:
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                self._cpu[process] = times.user + times.system
        if time.monotonic() - self._looked >= MEMORY_SECONDS:
            self.peak_mib = max(self.peak_mib, sum(map(_mib, processes)))
            self._looked = time.monotonic()


@contextlib.contextmanager
def _ended(process: psutil.Popen) -> Iterator[None]:
    """Leave no process behind, whatever interrupts the measurement."""
    try:
        yield
    finally:
        if process.poll() is None:
            family = [*process.children(recursive=True), process]
            for member in family:
                with contextlib.suppress(psutil.Error):
                    member.kill()
            process.wait()


def _mib(process: psutil.Process) -> float:
    try:
        used = process.memory_full_info()
    except psutil.Error:
        return 0.0
    return float(getattr(used, "pss", used.rss)) / 2**20


def _is_running(process: psutil.Popen) -> bool:
    try:
        process.wait(SAMPLE_SECONDS)
    except (subprocess.TimeoutExpired, psutil.TimeoutExpired):
        return True
    return False


def _tail(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read().decode(errors="replace")[-4000:]


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _has_affinity() -> bool:
    return hasattr(os, "sched_getaffinity")
