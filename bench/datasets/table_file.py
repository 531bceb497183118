"""CSV files with a row for each image."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from pathlib import Path

from bench.errors import DatasetError, shortened, shown
from bench.files import open_regular

_DELIMITERS = ",;\t"


def rows_of(
    path: Path, needed: Collection[str], *, what: str, way_out: str
) -> list[Mapping[str, str]]:
    """The rows of a CSV file, with the names of its columns in small letters.

    Args:
        path: The file, in UTF-8; columns are separated by a comma, a semicolon or a
            tab, whichever its first line has most.
        needed: Names of columns that it must have.
        what: Names the file in messages.
        way_out: What to do where there is no file.

    Raises:
        DatasetError: It can't be read, or lacks a column.
    """
    try:
        with open_regular(path) as file:
            lines = file.read().decode("utf-8-sig").splitlines()
        head = lines[0] if lines else ""
        delimiter = max(_DELIMITERS, key=head.count)
        reader = csv.DictReader(lines, delimiter=delimiter, restval="")
        columns = [name.strip() for name in reader.fieldnames or ()]
        if not set(needed) <= {name.lower() for name in columns}:
            raise DatasetError(
                f"{what} needs the columns {' and '.join(needed)}; "
                f"{shown(str(path))} has {shortened(', '.join(columns), 80) or 'none'}"
            )
        reader.fieldnames = [name.lower() for name in columns]
        return [{k: (v or "").strip() for k, v in row.items() if k} for row in reader]
    except FileNotFoundError:
        raise DatasetError(f"there is no file {shown(str(path))}; {way_out}") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(
            f"{what} must be readable text; {shown(str(path))} is not "
            f"({shortened(str(error), 120)}): save it as CSV in UTF-8"
        ) from None
