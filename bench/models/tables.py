"""Tables as CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.files import replace_file
from bench.text import csv_cell


def write_csv(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Write rows of the same keys as a CSV file, whole or not at all.

    Args:
        rows: At least one; ``_`` in a key is where the heading of a printed table
            breaks, and becomes a blank.
        path: The file.

    Raises:
        WriteError: The file can't be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(name.replace("_", " ") for name in rows[0])
    for row in rows:
        writer.writerow(csv_cell(value) for value in row.values())
    replace_file(path, text.getvalue().encode(), option="--to")
