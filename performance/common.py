"""Measures commands, and prints and writes the tables of the benchmarks.

Benchmarks are run as files, so they import this module as their sibling::

    from common import measure, write
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, Any

import psutil
import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

OUT = Path(__file__).parent / "out"
"""Folder that tables are written to; it isn't committed."""

PACKAGES = (
    "keras",
    "tensorflow",
    "keras-tuner",
    "optuna",
    "scikit-learn",
    "scikeras",
)
"""Packages whose versions are published with the figures."""

ENVIRONMENT = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
"""Environment variables of every contender."""

PIPE_WIDTH = 240
"""Characters per line where there is no terminal."""

SAMPLE_SECONDS = 0.25
"""Seconds between two samples of a process tree's times.

What a process does between its last sample and its end is missed.
"""

MEMORY_SECONDS = 2.0
"""Seconds between two samples of a process tree's memory.

The kernel takes 17 ms to count the shared pages of a process that has imported
TensorFlow, so that more frequent samples would slow down the measured command.
"""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Costs of a command, including all processes that it started.

    Attributes:
        seconds: Wall-clock seconds from its start to its end.
        cpu_seconds: Processor time, user and system.
        peak_mib: Highest sampled sum of memory in MiB. Pages that processes share are
            counted once (proportional set size; resident set size where the platform
            has no such figure). Pages shared with processes outside of the tree count
            less, so nothing else may run meanwhile.
    """

    seconds: float
    cpu_seconds: float
    peak_mib: float


class BenchmarkError(RuntimeError):
    """A measured command failed; the message ends with its output."""


def machine() -> str:
    """Processor, cores and versions, on one line to publish with the figures."""
    cores = len(os.sched_getaffinity(0)) if _has_affinity() else os.cpu_count()
    parts = [_processor(), f"{cores} cores", f"Python {platform.python_version()}"]
    for package in PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            parts.append(f"{package} {version(package)}")
    return ", ".join(parts)


def write(name: str, rows: Sequence[Mapping[str, Any]], note: str = "") -> Path:
    """Print rows as a table and write them to ``out/NAME.csv``.

    Args:
        name: Name of the file, without its suffix.
        rows: Rows with the same keys, which name the columns; values are rounded
            already.
        note: What all rows have in common, such as seeds and repeats. The file also
            gets the columns ``note`` and ``machine``.

    Returns:
        The path of the CSV file.
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
        table.add_row(*("–" if cell is None else str(cell) for cell in row.values()))
    terminal = Console()
    console = terminal if terminal.is_terminal else Console(width=PIPE_WIDTH)
    console.print(table)
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
        command: Command whose output is shown only if it fails.
        environment: Environment variables in addition to those of this process.

    Raises:
        BenchmarkError: The command ended with an exit code other than 0.
    """
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        process = psutil.Popen(
            command, stdout=log, stderr=log, env={**os.environ, **environment}
        )
        tree = _Tree(process)
        with _ended(process):
            while _is_running(process):
                tree.sample()
        seconds = time.perf_counter() - started
        if process.returncode:
            raise BenchmarkError(f"{' '.join(command)} failed:\n{_tail(log)}")
    return Measured(
        seconds=seconds, cpu_seconds=tree.cpu_seconds, peak_mib=tree.peak_mib
    )


def measure_contender(
    script: str, request: Mapping[str, Any]
) -> tuple[Measured, dict[str, Any]]:
    """Let a contender answer a request in a process of its own, and measure it.

    Args:
        script: File whose command ``contend REQUEST PATH`` takes a request as JSON
            and writes its outcome as JSON to a path.
        request: Values that JSON can express.

    Returns:
        The costs of the process, and the outcome that it wrote.

    Raises:
        BenchmarkError: The process failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "outcome.json"
        command = [sys.executable, script, "contend", json.dumps(request), str(path)]
        costs = measure(command, ENVIRONMENT)
        return costs, json.loads(path.read_text())


def chosen(typed: str, known: Iterable[str]) -> list[str]:
    """The names in a comma-separated list.

    Raises:
        typer.BadParameter: A name is unknown.
    """
    names, known = typed.split(","), list(known)
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"unknown {name!r}; known are {', '.join(known)}")
    return names


class _Tree:
    """Adds up the processor time and memory of a process and all its descendants.

    The processor time of descendants that have ended is included.
    """

    def __init__(self, root: psutil.Process) -> None:
        self._root = root
        self._cpu: dict[psutil.Process, float] = {}
        self._memory_sampled = -MEMORY_SECONDS
        self.peak_mib = 0.0

    @property
    def cpu_seconds(self) -> float:
        return sum(self._cpu.values())

    def sample(self) -> None:
        processes = [self._root]
        with contextlib.suppress(psutil.Error):  # the root may have just ended
            processes += self._root.children(recursive=True)
        for process in processes:
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                self._cpu[process] = times.user + times.system
        if time.monotonic() - self._memory_sampled >= MEMORY_SECONDS:
            self.peak_mib = max(self.peak_mib, sum(map(_mib, processes)))
            self._memory_sampled = time.monotonic()


@contextlib.contextmanager
def _ended(process: psutil.Popen) -> Iterator[None]:
    """Kill a process tree that is still running when the block is left."""
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
