"""Files of the validation accuracies that ``anytime.py`` compares."""

from __future__ import annotations

import csv
import math
from pathlib import Path

Events = list[tuple[float, float]]
"""Time and validation accuracy of each epoch, in order of time.

Times are seconds since a contender's start, or times of day where this is said.
"""


def append(path: Path, *row: float) -> None:
    """Add a row of numbers to a file."""
    with path.open("a") as file:
        file.write(",".join(f"{value:.6f}" for value in row) + "\n")


def read(path: Path) -> Events:
    """The rows of two numbers in a file, without a last row that a kill cut short."""
    if not path.exists():
        return []
    with path.open() as file:
        complete = [line for line in file if line.endswith("\n")]
    rows = (tuple(map(float, row)) for row in csv.reader(complete))
    return [(row[0], row[1]) for row in rows if len(row) == 2]


def save(path: Path, events: Events, seconds: float) -> None:
    """Write a contender's epochs, followed by the deadline."""
    path.write_text("")
    for row in (*events, (seconds,)):
        append(path, *row)


def load(path: Path, seconds: float) -> Events | None:
    """The saved epochs up to a deadline; None unless all of them were measured."""
    last = path.read_text().split()[-1:] if path.exists() else []
    if not last or "," in last[0] or float(last[0]) < seconds:
        return None
    return [event for event in read(path) if event[0] <= seconds]


def best_at(events: Events, seconds: float = math.inf) -> float:
    """The best accuracy up to a time; 0 before the first epoch."""
    return max((accuracy for t, accuracy in events if t <= seconds), default=0.0)
